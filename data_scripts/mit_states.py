"""Arrange the official downloads of MIT-States as mtlkit reads them: FOLDER [--out ROOT]."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mtlkit.data.official.entry import Official
from mtlkit.data.official.mit_states import MIT_STATES
from mtlkit.data.official.script import run


def main(arguments: Sequence[str] | None = None, entry: Official = MIT_STATES) -> int:
    """Arrange the downloads; the exit code."""
    return run(entry, arguments)


if __name__ == "__main__":
    sys.exit(main())
