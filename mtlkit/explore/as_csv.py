"""A panel's numbers as CSV: one value a row, with the series it belongs to named beside it."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from mtlkit.explore import arrange, cells
from mtlkit.explore.palette import Style
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    Embedding,
    Facet,
    Heatmap,
    ImageGrid,
    IntervalFacet,
    Intervals,
    Plotted,
    Table,
)

Record = dict[str, str]

_OPTIONAL = ("facet", "group", "low", "high", "half width", arrange.PRINTED, "mark", "told")
"""Columns left out where no row has anything in them."""

_NUMBER = r"[+−-]?\d[\d,.]*(?:e[+−-]?\d+)?"
_WITH_SPREAD = re.compile(
    rf"(?P<value>{_NUMBER})(?:\s*±\s*(?P<half>{_NUMBER})"
    rf"|\s*\[(?P<low>{_NUMBER}), (?P<high>{_NUMBER})\])?"
)


def as_csv(panel: Plotted | ImageGrid | Table) -> str:
    """The panel's numbers as comma-separated text with a heading.

    Parameters
    ----------
    panel
        Curves and intervals give a row for each point of each series, under the names of the
        legend, and one for each reference line; the columns of both axes have the axes' names
        after `x:` and `y:`. A table and a heat map give a row for each cell, a table's value apart
        from its interval; an embedding one for each point; a grid of pictures one for each row of
        pixels (0 black, 255 white).

    Returns
    -------
    str
        Lines that end with a line feed. Numbers have seven significant digits, all that the
        single precision of the trained networks carries; an empty field is a gap.
    """
    rows = list(_rows(panel))
    names = list(dict.fromkeys(name for row in rows for name in row))
    names = [n for n in names if n not in _OPTIONAL or any(row.get(n) for row in rows)]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _rows(panel: Plotted | ImageGrid | Table) -> Iterator[Record]:
    if isinstance(panel, Table):
        yield from _cells(panel)
    elif isinstance(panel, ImageGrid):
        yield from _pixels(panel)
    elif isinstance(panel, Heatmap):
        yield from _heatmap(panel)
    elif isinstance(panel, Embedding):
        yield from _points(panel)
    else:
        looks = arrange.looks(panel)
        for facet in panel.facets:
            yield from _marks(panel, facet, looks)


def _marks(panel: Curves | Intervals, facet: Facet, looks: dict[str, Style]) -> Iterator[Record]:
    x_name, y_name = f"x: {panel.x_label}", f"y: {panel.y_label}"

    def record(
        kind: str, series: str, x: str, y: float, sides: Mapping[str, float | None]
    ) -> Record:
        ends = {name: _number(side) for name, side in sides.items()}
        named = {"facet": facet.title, "kind": kind, "series": series}
        return {**named, x_name: x, y_name: _number(y), **ends}

    if isinstance(facet, CurveFacet):
        for line in facet.lines:
            for at, (x, y) in enumerate(zip(line.x, line.y, strict=True)):
                sides = {"low": _at(line.low, at), "high": _at(line.high, at)}
                yield record("line", arrange.name(line, looks), _number(x), y, sides)
        for points in facet.points:
            for x, y in zip(points.x, points.y, strict=True):
                yield record("point", arrange.name(points, looks), _number(x), y, {})
    elif isinstance(facet, IntervalFacet) and isinstance(panel, Intervals):
        for series in facet.series:
            for at, category in enumerate(panel.categories):
                sides = {
                    "low": _at(series.low, at),
                    "high": _at(series.high, at),
                    arrange.PRINTED: _at(series.printed, at),
                }
                name = arrange.name(series, looks)
                yield record("value", name, category, series.values[at], sides)
    for reference in facet.references:
        yield record("reference", reference.label, "", reference.value, {})


def _at(values: Sequence[float] | None, index: int) -> float | None:
    return None if values is None else values[index]


def _number(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.7g}"


def _cells(panel: Table) -> Iterator[Record]:
    groups = [group.label for group in panel.groups for _ in range(group.span)]
    for row in panel.rows:
        for number, (column, cell) in enumerate(zip(panel.columns, row, strict=True)):
            if number:
                group = groups[number] if groups else ""
                yield {"row": row[0], "group": group, "column": column, **_value(cell)}


def _value(cell: str) -> Record:
    """A cell's value, and its interval in columns of its own; words stay as they are."""
    found = _WITH_SPREAD.fullmatch(cell.strip())
    if found is None:
        return {"value": "" if cell.strip() == "–" else cell}
    value, half, low, high = (_plain(found[name]) for name in ("value", "half", "low", "high"))
    return {"value": value, "half width": half, "low": low, "high": high}


def _plain(number: str | None) -> str:
    return (number or "").replace("−", "-").replace(",", "")


def _pixels(panel: ImageGrid) -> Iterator[Record]:
    for number, image in enumerate(panel.images, start=1):
        for row, pixels in enumerate(image.pixels.tolist(), start=1):
            yield {
                "picture": str(number),
                "caption": image.caption,
                "mark": panel.mark if image.marked else "",
                "row of pixels": str(row),
                **{f"column {at}": _pixel(pixel) for at, pixel in enumerate(pixels, start=1)},
            }


def _pixel(pixel: int | list[int]) -> str:
    """A grey from 0 to 255, or a colour as `#ff0000`."""
    return str(pixel) if isinstance(pixel, int) else "#" + bytes(pixel).hex()


def _heatmap(panel: Heatmap) -> Iterator[Record]:
    for row, values in zip(panel.rows, panel.values, strict=True):
        for column, value in zip(panel.columns, values, strict=True):
            yield {
                f"row: {panel.y_label}": row,
                f"column: {panel.x_label}": column,
                cells.quantity(panel): _number(value),
            }


def _points(panel: Embedding) -> Iterator[Record]:
    looks = arrange.group_looks(panel)
    for group in panel.groups:
        for at, (x, y) in enumerate(zip(group.x, group.y, strict=True)):
            yield {
                "group": looks[group.key].label,
                "x": _number(x),
                "y": _number(y),
                "mark": panel.mark if group.marked and group.marked[at] else "",
                "told": group.told[at] if group.told else "",
            }
