"""A few photographs with captions, in a folder as their official sets are installed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.data.official.captioned_miniature import photograph

SPLITS = ("train",) * 20 + ("val",) * 20 + ("test",) * 20

Spoil = Callable[[Path, dict[str, Any]], None]
"""Changes the folder or what is told of its pictures."""


def install(
    root: Path,
    name: str,
    spoil: Spoil = lambda folder, told: None,
    classes: Sequence[str] = (),
) -> Path:
    """Sixty pictures, also grey ones and ones of four colours; captions also not of Latin letters.

    With classes, picture k is of class k modulo their number.
    """
    folder = root / name
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    for number, split in enumerate(SPLITS):
        file = f"{number}.jpg"
        mode = {1: "L", 2: "CMYK"}.get(number % 10, "RGB")
        (folder / file).write_bytes(photograph(500 + number, mode=mode))
        captions = [f"picture {number % 7} of {split}", "犬 と 猫", "Ёлка №5"]
        label = {"label": number % len(classes)} if classes else {}
        rows.append({"file": file, "split": split, "captions": captions, **label})
    told: dict[str, Any] = {"images": rows, "classes": list(classes)}
    spoil(folder, told)
    (folder / "captions.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def missing(folder: Path, told: dict[str, Any]) -> None:
    (folder / "4.jpg").unlink()


def truncated(folder: Path, told: dict[str, Any]) -> None:
    (folder / "4.jpg").write_bytes((folder / "4.jpg").read_bytes()[:200])


def empty(folder: Path, told: dict[str, Any]) -> None:
    told["images"][4]["captions"] = ["", "  "]


def wordless(folder: Path, told: dict[str, Any]) -> None:
    told["images"][4]["captions"] = ["?!"]
