"""Reads captions and pictures without the package's tables: words by a grammar, objects by hue."""

from __future__ import annotations

import itertools
import re

import attrs
import numpy as np
from matplotlib.colors import rgb_to_hsv
from torch import Tensor

from mtlkit.data.generated.scenes import COLOURS, SHAPES, SIZES, Scenes

MEANING = {
    "shape": {
        "circle": ["circle", "disc"],
        "square": ["square", "box"],
        "triangle": ["triangle", "wedge"],
        "cross": ["cross", "plus"],
        "star": ["star"],
        "ring": ["ring", "hoop"],
    },
    "colour": {
        "purple": ["purple", "violet"],
        "blue": ["blue", "cobalt"],
        "red": ["red", "crimson"],
        "green": ["green", "emerald"],
        "orange": ["orange", "amber"],
        "yellow": ["yellow", "lemon"],
    },
    "size": {"small": ["small", "little", "tiny"], "big": ["big", "large"]},
    "background": {
        "pale": ["pale", "white"],
        "dark": ["dark", "black"],
        "striped": ["striped", "lined"],
        "dotted": ["dotted", "spotted"],
    },
    "axis": {"across": ["sidebyside"], "upright": ["stacked"]},
}
KNOWN = {
    word: (attribute, meaning)
    for attribute, meanings in MEANING.items()
    for meaning, words in meanings.items()
    for word in words
}
"""Of each word that says something of a scene, the attribute and its value."""


def _any(attribute: str) -> str:
    return "|".join(word for word, (one, _) in KNOWN.items() if one == attribute)


def _thing(number: int) -> str:
    return (
        rf"(?P<article{number}>an?) (?:(?P<size{number}>{_any('size')}) )?"
        rf"(?:(?P<colour{number}>{_any('colour')}) )?(?P<shape{number}>{_any('shape')})"
    )


def _ground(number: int) -> str:
    return rf"an? (?P<background{number}>{_any('background')}) (?:background|backdrop|ground)"


SENTENCE = re.compile(
    rf"(?:{_ground(1)} with |there is |we see |a picture of |an image shows )?{_thing(1)}"
    r"(?: (?:sits )?(?:(?:to the )?(?P<relation>left|right) of|(?P<level>above|over|below|under|"
    rf"beneath)|and) {_thing(2)})?(?: (?:on|against) {_ground(2)})?"
)


@attrs.frozen
class Seen:
    """An object in a picture: its colour by hue, the middle of its pixels, its extent."""

    colour: str
    row: float
    column: float
    extent: int
    pixels: bytes


def look(image: Tensor) -> list[Seen]:
    """The objects of a picture, by the hue of its coloured pixels; no two of one colour."""
    values = image.permute(1, 2, 0).numpy() / 255
    hue = rgb_to_hsv(values)[:, :, 0] * 360
    coloured = values.max(2) - values.min(2) > 0.1
    found = []
    for colour, (low, high) in {
        "purple": (255, 310),
        "blue": (190, 250),
        "red": (-30, 18),
        "green": (90, 170),
        "orange": (18, 44),
        "yellow": (44, 75),
    }.items():
        rows, columns = np.nonzero(coloured & ((hue - low) % 360 < high - low))
        if len(rows) >= 5:
            extent = int(max(np.ptp(rows), np.ptp(columns))) + 1
            pixels = image[:, rows, columns].numpy().tobytes()
            found.append(Seen(colour, float(rows.mean()), float(columns.mean()), extent, pixels))
    return found


def seen_by_colour(image: Tensor) -> dict[str, Seen]:
    """The objects of a picture under their colours."""
    return {one.colour: one for one in look(image)}


def truth_of(scenes: Scenes) -> list[list[dict[str, str]]]:
    """The objects of each scene, by the names of their attributes."""
    return [
        [
            {"shape": SHAPES[shape], "colour": COLOURS[colour], "size": SIZES[size]}
            for shape, colour, size in objects
        ]
        for objects in scenes.objects.tolist()
    ]


def is_true(caption: str, image: Tensor, truth: list[dict[str, str]], background: str) -> bool:
    """Whether a sentence holds of a picture; directions are taken from its pixels."""
    said = SENTENCE.fullmatch(caption)
    assert said, caption
    part = said.groupdict()
    for ground in (part["background1"], part["background2"]):
        if ground and KNOWN[ground][1] != background:
            return False
    mentions = [
        {
            name: KNOWN[part[f"{name}{n}"]][1]
            for name in ("shape", "colour", "size")
            if part[f"{name}{n}"]
        }
        for n in (1, 2)
        if part[f"shape{n}"]
    ]
    seen = seen_by_colour(image)
    objects = [(one, seen[one["colour"]]) for one in truth]
    for chosen in itertools.permutations(objects, len(mentions)):
        fits = all(
            mention.items() <= one.items()
            for mention, (one, _) in zip(mentions, chosen, strict=True)
        )
        if fits and _stand(part, *(seen for _, seen in chosen)):
            return True
    return False


def _stand(part: dict[str, str | None], first: Seen, second: Seen | None = None) -> bool:
    """Whether objects stand as a sentence says, and not rather otherwise."""
    if second is None or not (part["relation"] or part["level"]):
        return True
    right, down = second.column - first.column, second.row - first.row
    if part["relation"]:
        ahead, aside = (right if part["relation"] == "left" else -right), down
    else:
        ahead, aside = (down if part["level"] in ("above", "over") else -down), right
    return ahead > 1.2 * abs(aside)
