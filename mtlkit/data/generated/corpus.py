"""A small corpus of plain sentences about what the words of compositions look like.

Digits are told by their strokes, loops and neighbours, shapes by their edges and corners, textures
and transforms by what they change, relations by their direction and their opposite. Nothing is said
of any composition: an attribute and an object never stand in one sentence.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

DIGITS: Mapping[str, tuple[str, ...]] = {
    "zero": ("a closed loop", "a round outer curve", "nothing but a round curve"),
    "one": ("a single straight stroke", "a straight upright line", "a sharp corner at the top"),
    "two": ("an open curve at the top", "a straight stroke at the foot", "a bend like a swan"),
    "three": ("a pair of open curves", "an open curve at the top", "an open curve at the foot"),
    "four": ("straight strokes that meet midway", "a straight upright line", "a sharp corner"),
    "five": (
        "an open curve at the foot",
        "a straight stroke at the top",
        "a belly at the foot",
        "a flag at the top",
    ),
    "six": ("a closed loop at the foot", "a curved tail at the top", "a round outer curve"),
    "seven": (
        "a straight stroke at the top",
        "a straight leaning line",
        "a sharp corner at the top",
    ),
    "eight": ("a pair of closed loops", "a round outer curve", "loops that touch in the middle"),
    "nine": ("a closed loop at the top", "a curved tail at the foot", "a round outer curve"),
}
"""What one sees of each; the keys are in the order of counting."""

SHAPES: Mapping[str, tuple[str, ...]] = {
    "circle": ("a round edge", "no corners at all", "a filled middle"),
    "ellipse": ("a round edge", "no corners at all", "a flat long body"),
    "ring": ("a round edge", "no corners at all", "a hole in the middle"),
    "crescent": ("a round edge", "a pair of sharp horns", "the form of a thin moon"),
    "square": ("equal straight sides", "right angles", "a filled middle"),
    "triangle": ("leaning straight sides", "a pointed top", "a filled middle"),
    "cross": ("straight bars that meet midway", "right angles", "straight sides"),
    "star": ("many arms", "a pointed top", "many sharp corners", "straight sides"),
}
"""What one sees of each."""

LOOKS: Mapping[str, tuple[str, ...]] = {
    "plain": ("its usual strokes", "nothing changed", "an even tone"),
    "speckled": ("many small spots", "grain all over the picture", "a rough surface"),
    "blurred": ("soft edges", "little detail", "a misty rim"),
    "outlined": ("a thin line along the rim", "an empty inside", "hollow edges"),
    "striped": ("bands in a row", "a pattern that repeats", "a printed surface"),
    "dotted": ("many small spots", "a pattern that repeats", "a printed surface"),
    "slanted": ("a lean to the side", "another angle than usual", "its usual strokes"),
    "rotated": ("a quarter turn", "another angle than usual", "its top at the side"),
    "inverted": ("light and dark exchanged", "a white ground", "a negative tone"),
    "shadowed": ("a dark copy behind it", "some depth", "a darker ground"),
    "red": ("an even tone", "a warm hue", "a tomato hue", "an ember hue"),
    "green": ("an even tone", "a cool hue", "a leafy hue", "a grassy hue"),
    "blue": ("an even tone", "a cool hue", "a watery hue", "a heavenly hue"),
}
"""What each gives to the thing that it is said of."""

RELATIONS: Mapping[str, tuple[str, ...]] = {
    "left of": (
        "beside it",
        "at the same height",
        "on its western side",
        "before it in the line",
        "where reading starts",
        "to the west",
    ),
    "right of": (
        "beside it",
        "at the same height",
        "on its eastern side",
        "after it in the line",
        "where reading ends",
        "to the east",
    ),
    "above": (
        "in the same column",
        "on top of it",
        "higher up",
        "nearer to the sky",
        "over its head",
    ),
    "below": (
        "in the same column",
        "under it",
        "lower down",
        "nearer to the floor",
        "at its feet",
    ),
}
"""Where the first thing lies."""

OPPOSITES = (("left of", "right of"), ("above", "below"))

ALIKE = (
    ("one", "seven"),
    ("four", "nine"),
    ("three", "eight"),
    ("three", "five"),
    ("zero", "six"),
    ("five", "six"),
    ("two", "seven"),
    ("circle", "ellipse"),
    ("circle", "ring"),
    ("ring", "ellipse"),
    ("square", "triangle"),
    ("cross", "star"),
    ("speckled", "dotted"),
    ("striped", "dotted"),
    ("slanted", "rotated"),
)
"""Words for what is easily mistaken for each other."""

_AN = ("eight", "ellipse")
_OF_A_THING = (
    "{a} {it} has {look}",
    "we know {a} {it} by {look}",
    "whoever draws {a} {it} makes {look}",
    "{look} may well belong to {a} {it}",
    "without {look} it would be no {it}",
)
_OF_A_LOOK = (
    "what is {it} has {look}",
    "we call it {it} because of {look}",
    "to make it {it} we give it {look}",
    "{look} may well mean that it is {it}",
    "without {look} we do not say {it}",
)
_OF_A_RELATION = (
    "what is {it} another lies {look}",
    "{it} means {look}",
    "to come {it} something we place it {look}",
    "{look} may well be said as {it}",
    "what is not {look} is not {it} the other",
)
_ALIKE = (
    "{it} and {other} are easily mixed up",
    "{it} looks much like {other}",
    "at a glance {it} may pass for {other}",
)
_OPPOSITE = (
    "{it} is the opposite of {other}",
    "if the first is {it} the second the second is {other} the first",
)
_COUNTING = ("{it} comes before {other}", "{other} follows {it} when we count")


DESCRIBED = (*DIGITS, *SHAPES, *LOOKS, *RELATIONS)
"""The words that the sentences tell of; they stand in no other meaning. The rest is context."""


def sentences() -> tuple[str, ...]:
    """All sentences: words in lower case between spaces, the same for every seed."""
    told = [
        template.format(a="an" if it in _AN else "a", it=it, look=look)
        for templates, facts in (
            (_OF_A_THING, DIGITS),
            (_OF_A_THING, SHAPES),
            (_OF_A_LOOK, LOOKS),
            (_OF_A_RELATION, RELATIONS),
        )
        for it, looks in facts.items()
        for look in looks
        for template in templates
    ]
    paired = [
        template.format(it=it, other=other)
        for templates, pairs in (
            (_ALIKE, ALIKE),
            (_OPPOSITE, (*OPPOSITES, *(pair[::-1] for pair in OPPOSITES))),
            (_COUNTING, tuple(itertools.pairwise(DIGITS))),
        )
        for it, other in pairs
        for template in templates
    ]
    return (*told, *paired)
