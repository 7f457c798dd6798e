"""How a strategy or a task looks: the same colour, dash and marker in every figure.

The hues of tasks are Okabe and Ito's, chosen for colour-blind readers; orange and sky blue are
darkened so that every one has a contrast of at least 3:1 on white and on the report's dark
background. Strategies have hues of their own, for pictures of tasks and of strategies stand side by
side; the first five of a family stay apart for readers without red or green cones too. Colour never
stands alone: dash and marker differ as well.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from mtlkit.errors import UsageError

INK = "#333333"
"""Text, axes, and lines that stand for the truth; a dark page replaces it by a light grey."""

PAPER = "#ffffff"
"""The background; a page may replace it by its own."""

RULE = "#dddddd"
"""Grid lines."""


@attrs.frozen
class Style:
    """One look.

    `dash` is one of `solid, dash, dot, dashdot, longdash, dashdotdot`; `marker` one of `circle,
    square, diamond, triangle-up, triangle-down, x, star, pentagon, cross, hexagon,
    triangle-left`.
    """

    label: str
    colour: str
    dash: str
    marker: str


_BLUE, _VERMILION, _GREEN = "#0072b2", "#d55e00", "#009e73"
_ORANGE, _PINK, _SKY = "#b97f00", "#c46c9c", "#3a97cc"
_GREY, _BRICK = "#7f7f7f", "#c45a5a"

_VIOLET, _OLIVE, _MAGENTA, _UMBER = "#7040e0", "#7d8800", "#b22496", "#8f5413"
_LILAC, _TEAL, _ROSE = "#a185cc", "#00889c", "#e0206e"

_PINE, _CLAY, _PLUM = "#307058", "#b88878", "#7a5894"

THEMED = {
    _BLUE: "blue",
    _VERMILION: "vermilion",
    _GREEN: "green",
    _ORANGE: "orange",
    _PINK: "pink",
    _SKY: "sky",
    _GREY: "grey",
    _BRICK: "brick",
    _VIOLET: "violet",
    _OLIVE: "olive",
    _MAGENTA: "magenta",
    _UMBER: "umber",
    _LILAC: "lilac",
    _TEAL: "teal",
    _ROSE: "rose",
    _PINE: "pine",
    _CLAY: "clay",
    _PLUM: "plum",
}
"""What style sheets call a colour: `--mtl-blue`. A dark page puts another one in its place."""

_SEPARATE = Style("separate backbones", _OLIVE, "dashdot", "diamond")

WEIGHTINGS = {
    "learned_kendall": Style("learned (Kendall)", _VIOLET, "solid", "circle"),
    "learned_printed": Style("learned (as printed)", _MAGENTA, "dash", "square"),
    "equal": Style("equal weights", _OLIVE, "dashdot", "diamond"),
    "hand_tuned": Style("hand-tuned", _UMBER, "longdash", "triangle-up"),
    "single_task": Style("single task", _LILAC, "dot", "triangle-down"),
    "sum_normalised": Style("learned, sum fixed", _TEAL, "dash", "star"),
    "learned_frozen": Style("learned, then frozen", _ROSE, "dashdotdot", "cross"),
}
"""Ways to weight tasks."""

ARCHITECTURES = {
    "hard_sharing": Style("one backbone", _VIOLET, "solid", "circle"),
    "separate": _SEPARATE,
    "separate_matched": Style("separate, same parameters", _MAGENTA, "dash", "square"),
    "cross_stitch": Style("cross-stitch", _UMBER, "longdash", "triangle-up"),
    "soft_sharing": Style("soft sharing", _LILAC, "dot", "triangle-down"),
}
"""Ways to share a network."""

REGRESSIONS = {
    "ridge": Style("ridge", _MAGENTA, "dash", "square"),
    "lasso": Style("lasso", _VIOLET, "solid", "circle"),
    "l1_l2": Style("ℓ1/ℓ2", _OLIVE, "dashdot", "diamond"),
    "l1_linf": Style("ℓ1/ℓ∞", _UMBER, "longdash", "triangle-up"),
    "mean_regularised": Style("mean-regularised", _LILAC, "dot", "triangle-down"),
    "pooled": Style("pooled", _PINE, "dashdotdot", "star"),
}
"""Linear regressions of several tasks."""

MIXTURES = {
    "gated": Style("learned gates", _VIOLET, "solid", "circle"),
    "ungated": Style("ungated mixture", _MAGENTA, "dash", "square"),
    "shared": Style("one expert", _UMBER, "longdash", "triangle-up"),
    "separate": _SEPARATE,
    "routed": Style("one expert each (routing)", _LILAC, "dot", "triangle-down"),
    "shared_wide": Style("one wide expert", _TEAL, "dash", "star"),
    "top_k": Style("noisy top-k", _ROSE, "dashdotdot", "cross"),
    "frozen_half": Style("gates frozen at ½", _PINE, "dashdot", "pentagon"),
    "frozen_density": Style("gates frozen at learned density", _CLAY, "longdash", "hexagon"),
    "true_families": Style("true families", INK, "solid", "x"),
}
"""Ways to use experts."""

RETRIEVAL = {
    "simclr": Style("SimCLR", _VIOLET, "solid", "circle"),
    "max_triplet": Style("max triplet", _MAGENTA, "dash", "square"),
    "sum_triplet": Style("sum triplet", _OLIVE, "dashdot", "diamond"),
    "barlow_twins": Style("Barlow Twins", _UMBER, "longdash", "triangle-up"),
    "max_after_sum": Style("max after sum", _LILAC, "dot", "triangle-down"),
    "simclr_positive": Style("SimCLR + positive", _TEAL, "dashdotdot", "star"),
}
"""Losses of retrieval."""

COLLECTIONS = {
    **{name: WEIGHTINGS[name] for name in ("learned_kendall", "learned_printed", "equal")},
    "hand_tuned": WEIGHTINGS["hand_tuned"],
    "sentences_alone": Style("sentences alone", _LILAC, "dot", "triangle-down"),
    "tags_alone": Style("tags alone", _TEAL, "dash", "star"),
    "difficulty": Style("learned, with difficulty", _ROSE, "dashdotdot", "cross"),
}
"""Ways to weight two collections, or to do with one."""

SYNTHESIS = {
    "tds": Style("TDS", _VIOLET, "solid", "circle"),
    "ss": Style("SS", _OLIVE, "dashdot", "diamond"),
    "uds": Style("UDS", _UMBER, "longdash", "triangle-up"),
    "ss_mtc_add": Style("SS-MTC+", _LILAC, "dot", "triangle-down"),
    "ss_mtc_affine": Style("SS-MTC*", _MAGENTA, "dash", "square"),
    "tds_shuffled": Style("TDS, noise of another task", _ROSE, "dashdotdot", "cross"),
    "visprod": Style("VisProd", _TEAL, "dash", "star"),
    "label_embed": Style("LabelEmbed+", _PINE, "dashdot", "pentagon"),
    "red_wine": Style("RedWine", _CLAY, "longdash", "hexagon"),
    "att_operator": Style("AttOperator", _PLUM, "dot", "triangle-left"),
    "ridge_prototypes": Style("ridge prototypes", INK, "solid", "x"),
}
"""Generator designs, and other ways to recognise what was never seen."""

FAMILIES = (WEIGHTINGS, ARCHITECTURES, REGRESSIONS, MIXTURES, RETRIEVAL, COLLECTIONS, SYNTHESIS)
"""What may stand in one figure; another family has the same hues once more."""

NAMED = {
    **{name: style for family in FAMILIES for name, style in family.items()},
    "truth": Style("truth", INK, "dot", "x"),
    "data": Style("noisy data", _GREY, "dash", "pentagon"),
}
"""Strategies by name, the truth where it is known, and data as they are given."""

TASKS = tuple(
    Style(f"task {number}", colour, dash, marker)
    for number, (colour, dash, marker) in enumerate(
        (
            (_BLUE, "solid", "circle"),
            (_VERMILION, "dash", "square"),
            (_GREEN, "dashdot", "diamond"),
            (_ORANGE, "longdash", "triangle-up"),
            (_PINK, "dot", "triangle-down"),
            (_GREY, "dashdotdot", "x"),
            (_SKY, "dash", "star"),
            (_BRICK, "dashdot", "pentagon"),
        ),
        start=1,
    )
)
"""Tasks in order; task 9 looks like task 1."""


def task_key(number: int) -> str:
    """The key of a task; tasks count from 1.

    Raises
    ------
    UsageError
        If the number is below 1.
    """
    if number < 1:
        raise UsageError(f"task = {number}: allowed is a whole number from 1 on.")
    return f"task {number}"


def styles(keys: Iterable[str]) -> dict[str, Style]:
    """A look for each key.

    Known strategies and tasks look as they do everywhere; any other key gets, in the order of
    appearance, a look that no key of this figure has.
    """
    keys = tuple(dict.fromkeys(keys))
    found = {key: style for key in keys if (style := _known(key)) is not None}
    free = [style for style in TASKS if style.colour not in {s.colour for s in found.values()}]
    for key in keys:
        if key not in found:
            style = free.pop(0) if free else TASKS[len(found) % len(TASKS)]
            found[key] = attrs.evolve(style, label=key.replace("_", " "))
    return {key: found[key] for key in keys}


def label(key: str) -> str:
    """What figures call a strategy or a task."""
    return styles([key])[key].label


def _known(key: str) -> Style | None:
    if key in NAMED:
        return NAMED[key]
    word, _, number = key.partition(" ")
    if word == "task" and number.isdecimal() and int(number) > 0:
        return attrs.evolve(TASKS[(int(number) - 1) % len(TASKS)], label=key)
    return None
