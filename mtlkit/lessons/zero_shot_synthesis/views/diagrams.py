"""Figure 5.5: where the generators take noise, and where the description."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from mtlkit.explore.palette import INK, PAPER, TASKS
from mtlkit.explore.panels import Illustration
from mtlkit.lessons.zero_shot_synthesis.config import DESIGNS
from mtlkit.lessons.zero_shot_synthesis.generators import INJECTIONS
from mtlkit.lessons.zero_shot_synthesis.views.common import label

_SIZE = (7.4, 5.0)

_STEP, _WIDE = 2.0, 2.65
"""From layer to layer, and from design to design."""

_BOX, _RADIUS = (1.0, 0.64), 0.22

_NOISE, _TASK = TASKS[1].colour, TASKS[0].colour

_TAKES = {
    "ss": "nothing",
    "uds": "+ E_n(n)",
    "ss_mtc_add": "+ E_t(t)",
    "ss_mtc_affine": "× (1 + E_s(t)), then + E_t(t)",
    "tds": "+ E_t(t) × E_n(n)",
}
"""What the next layer takes besides the output of the one before."""


def designs() -> Illustration:
    """The five generators of Fig. 5.5, as the lesson builds them."""

    def paint(drawn: Figure) -> None:
        ax = drawn.subplots()
        ax.set_axis_off()
        for column, design in enumerate(DESIGNS):
            _design(ax, design, column * _WIDE)
        bottom = -_STEP * INJECTIONS - 1.55
        _key(ax, bottom - 0.55)
        ax.set_xlim(-1.25, _WIDE * (len(DESIGNS) - 1) + 1.55)
        ax.set_ylim(bottom - 0.95, 0.95)
        ax.set_aspect("equal")

    told = "; ".join(f"{label(name)}: {words}" for name, words in _TAKES.items())
    return Illustration(
        name="designs",
        title="Figure 5.5, as built here: where noise and description go in",
        alt=f"Five generators of {INJECTIONS + 1} layers each. The description goes in at the "
        f"first layer of all; noise goes in there too in SS, SS-MTC+ and SS-MTC*. What is done "
        f"to the output of each of the first {INJECTIONS} layers: {told}.",
        caption="n is noise, drawn anew for every injection; t is the description, the embedded "
        "words of a composition. + adds, × multiplies, × + multiplies by one thing made of t and "
        "adds another. Not drawn: the networks E through which n and t go. The source's text does "
        "not say where SS-MTC takes its noise: that it does so at the first layer, as SS does, is "
        "our reading.",
        command="mtlkit figures zero_shot_synthesis --out figures",
        size=_SIZE,
        paint=paint,
    )


def _design(ax: Axes, design: str, x: float) -> None:
    """One generator, from its first layer above to the feature below."""
    ax.text(x, 0.72, label(design), ha="center", color=INK, fontsize=11, fontweight="bold")
    for place in range(INJECTIONS + 1):
        y = -_STEP * place
        _layer(ax, x, y, f"layer {place + 1}")
        below = y - _STEP / 2
        if place == INJECTIONS:
            _arrow(ax, (x, y - _BOX[1] / 2), (x, y - 0.95), INK)
            ax.text(x, y - 1.2, "feature", ha="center", va="center", color=INK, fontsize=9)
        elif design == "ss":
            _arrow(ax, (x, y - _BOX[1] / 2), (x, y - _STEP + _BOX[1] / 2), INK)
        else:
            _arrow(ax, (x, y - _BOX[1] / 2), (x, below + _RADIUS), INK)
            _arrow(ax, (x, below - _RADIUS), (x, y - _STEP + _BOX[1] / 2), INK)
            _injection(ax, design, x, below)
    _source(ax, (x + 0.95, 0.0), "t", (x + _BOX[0] / 2, 0.0))
    if design.startswith("ss"):
        _source(ax, (x - 0.95, 0.0), "n", (x - _BOX[0] / 2, 0.0))


def _injection(ax: Axes, design: str, x: float, y: float) -> None:
    if design == "ss_mtc_affine":
        half = _RADIUS + 0.1
        box = FancyBboxPatch(
            (x - half, y - _RADIUS),
            2 * half,
            2 * _RADIUS,
            boxstyle=f"round,pad=0,rounding_size={_RADIUS}",
            facecolor=PAPER,
            edgecolor=INK,
        )
        ax.add_patch(box)
        _word(ax, x, y, "× +")
        _source(ax, (x + 0.95, y), "t", (x + half, y))
        return
    _node(ax, x, y, "+")
    if design == "uds":
        _source(ax, (x - 0.95, y), "n", (x - _RADIUS, y))
    elif design == "ss_mtc_add":
        _source(ax, (x + 0.95, y), "t", (x + _RADIUS, y))
    else:
        product = x + 0.72
        _arrow(ax, (product - _RADIUS, y), (x + _RADIUS, y), INK)
        for letter, side in (("n", 1), ("t", -1)):
            at = (product + 0.55, y + 0.36 * side)
            _source(ax, at, letter, (product + 0.8 * _RADIUS, y + 0.55 * _RADIUS * side))
        _node(ax, product, y, "×")


def _layer(ax: Axes, x: float, y: float, words: str) -> None:
    wide, high = _BOX
    box = FancyBboxPatch(
        (x - wide / 2, y - high / 2),
        wide,
        high,
        boxstyle="round,pad=0,rounding_size=0.1",
        facecolor=PAPER,
        edgecolor=INK,
        linewidth=1.2,
    )
    ax.add_patch(box)
    _word(ax, x, y, words, 8.5)


def _node(ax: Axes, x: float, y: float, sign: str) -> None:
    ax.add_patch(Circle((x, y), _RADIUS, facecolor=PAPER, edgecolor=INK))
    _word(ax, x, y, sign)


def _source(ax: Axes, at: tuple[float, float], letter: str, to: tuple[float, float]) -> None:
    """A disc n or t, and its arrow: noise is dashed, so that colour does not stand alone."""
    colour = _NOISE if letter == "n" else _TASK
    dash = (0, (3, 1.5)) if letter == "n" else "-"
    # From its edge, as a page may have nothing behind it that would hide a line.
    away = math.dist(at, to)
    edge = (at[0] + _RADIUS * (to[0] - at[0]) / away, at[1] + _RADIUS * (to[1] - at[1]) / away)
    _arrow(ax, edge, to, colour, linestyle=dash)
    ax.add_patch(Circle(at, _RADIUS, facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3))
    _word(ax, *at, letter, 9.5, colour)


def _word(ax: Axes, x: float, y: float, text: str, size: float = 10, colour: str = INK) -> None:
    ax.text(x, y, text, ha="center", va="center_baseline", fontsize=size, color=colour, zorder=4)


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, **look: Any
) -> None:
    arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0, **look}
    ax.annotate("", end, start, arrowprops={**arrow, "linewidth": 1.3, "mutation_scale": 8})


def _key(ax: Axes, y: float) -> None:
    for x, letter, words in ((1.6, "n", "noise"), (5.2, "t", "description of the composition")):
        colour = _NOISE if letter == "n" else _TASK
        ax.add_patch(Circle((x, y), _RADIUS, facecolor=PAPER, edgecolor=colour, linewidth=1.6))
        _word(ax, x, y, letter, 9.5, colour)
        ax.text(x + 0.4, y, words, va="center", color=INK, fontsize=9)
