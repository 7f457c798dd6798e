"""The pictures of the page "How fast it is"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mtlkit.core.measurement import Curve, Measurement, Ratio
from mtlkit.explore.panels import CurveFacet, Curves, Line, Reference

_GRID = {"replicas", "width"}
"""What a ratio's place says where many networks are trained at once."""


def figures(measured: Measurement) -> Iterator[Curves]:
    """Speed by replicas and width, then every kind of curve."""
    ratios = [row for row in measured.rows if isinstance(row, Ratio) and row.at.keys() >= _GRID]
    if len({row.at["replicas"] for row in ratios}) > 1:
        yield _speed(measured, ratios)
    yield from _growth(measured)


def _speed(measured: Measurement, ratios: Sequence[Ratio]) -> Curves:
    """A line a width; where the same place was measured in several ways, the first counts."""
    places = {(row.at["width"], row.at["replicas"]): row for row in reversed(ratios)}
    widths = sorted({width for width, _ in places})
    lines = []
    for width in widths:
        mine = [places[place] for place in sorted(places) if place[0] == width]
        lines.append(
            Line(
                f"width {width:g}",
                [row.at["replicas"] for row in mine],
                [row.ratio for row in mine],
                [row.least for row in mine],
                [row.most for row in mine],
            )
        )
    speeds = [row.ratio for row in places.values()]
    return Curves(
        name=f"speed_{measured.name}",
        title="Speed by replicas and width",
        alt=(
            "How many times as fast as a plain loop the stacked training is, by the number of "
            f"replicas, for widths of {_listed(f'{width:g}' for width in widths)}: from "
            f"{min(speeds):.2g} to {max(speeds):.2g}."
        ),
        caption=(
            "Above the dotted line ours is faster. Bands reach from the slowest turn to the "
            "fastest."
        ),
        command=f"python -m benchmarks {measured.name}",
        x_label="replicas trained at once",
        y_label="times as fast",
        log_x=True,
        log_y=True,
        facets=[CurveFacet(lines=lines, references=[Reference(1.0, "the plain loop")])],
    )


def _growth(measured: Measurement) -> Iterator[Curves]:
    """A picture for each quantity and kind of axes; what it grows with may differ by line."""
    kinds: dict[tuple[str, bool, bool], list[Curve]] = {}
    for row in measured.rows:
        if isinstance(row, Curve):
            kinds.setdefault((row.y_label, row.log_x, row.log_y), []).append(row)
    for number, ((quantity, log_x, log_y), curves) in enumerate(kinds.items(), start=1):
        x_label = _listed(dict.fromkeys(curve.x_label for curve in curves), "or")
        ends = [value for curve in curves for value in curve.y]
        yield Curves(
            name=f"{measured.name}_{number}",
            title=f"{quantity[:1].upper()}{quantity[1:]} by {x_label}",
            alt=(
                f"How {quantity} changes with {x_label}, one line each for "
                f"{_listed(dict.fromkeys(curve.name for curve in curves))}: from {min(ends):.2g} "
                f"to {max(ends):.2g}."
            ),
            caption="Bands reach from the least measurement to the greatest.",
            command=f"python -m benchmarks {measured.name}",
            x_label=x_label,
            y_label=quantity,
            log_x=log_x,
            log_y=log_y,
            facets=[CurveFacet(lines=[_line(curve) for curve in curves])],
        )


def _line(curve: Curve) -> Line:
    return Line(curve.name, curve.x, curve.y, curve.low, curve.high, label=curve.name)


def _listed(items: Iterable[str], joined: str = "and") -> str:
    """Items in words: `a, b and c`."""
    *most, last = items
    return f"{', '.join(most)} {joined} {last}" if most else last
