"""Unpacking what was downloaded."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path


def gunzip(archive: Path, target: Path) -> None:
    """Unpack one file compressed with gzip; the name that stands in it is not looked at."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(archive) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)
