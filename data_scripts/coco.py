"""Arrange the official downloads of MS COCO as mtlkit reads them: FOLDER [--out ROOT]."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mtlkit.data.official.coco import COCO
from mtlkit.data.official.entry import Official
from mtlkit.data.official.script import run


def main(arguments: Sequence[str] | None = None, entry: Official = COCO) -> int:
    """Arrange the downloads; the exit code."""
    return run(entry, arguments)


if __name__ == "__main__":
    sys.exit(main())
