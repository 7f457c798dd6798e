"""Arrange the official downloads of UT-Zap50K as mtlkit reads them: FOLDER [--out ROOT]."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mtlkit.data.official.entry import Official
from mtlkit.data.official.script import run
from mtlkit.data.official.ut_zap50k import UT_ZAP50K


def main(arguments: Sequence[str] | None = None, entry: Official = UT_ZAP50K) -> int:
    """Arrange the downloads; the exit code."""
    return run(entry, arguments)


if __name__ == "__main__":
    sys.exit(main())
