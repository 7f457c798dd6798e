"""Arrange the official downloads of StanfordVRD as mtlkit reads them: FOLDER [--out ROOT]."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mtlkit.data.official.entry import Official
from mtlkit.data.official.script import run
from mtlkit.data.official.stanford_vrd import STANFORD_VRD


def main(arguments: Sequence[str] | None = None, entry: Official = STANFORD_VRD) -> int:
    """Arrange the downloads; the exit code."""
    return run(entry, arguments)


if __name__ == "__main__":
    sys.exit(main())
