"""Arrange the official downloads of IAPR TC-12 as mtlkit reads them: FOLDER [--out ROOT]."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mtlkit.data.official.entry import Official
from mtlkit.data.official.iapr_tc12 import IAPR_TC12
from mtlkit.data.official.script import run


def main(arguments: Sequence[str] | None = None, entry: Official = IAPR_TC12) -> int:
    """Arrange the downloads; the exit code."""
    return run(entry, arguments)


if __name__ == "__main__":
    sys.exit(main())
