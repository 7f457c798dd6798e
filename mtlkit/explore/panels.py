"""Panels: what a figure shows, as data.

A panel holds numbers and words and nothing of how it is drawn; `draw_plotly`, `draw_matplotlib`
and `draw_html` turn the same panel into a figure to play with, to print, or to read. A number
that is not finite (a run that diverged) is kept as NaN and drawn as a gap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from jaxtyping import UInt8

from mtlkit.errors import UsageError


def _numbers(values: Iterable[Any]) -> tuple[float, ...]:
    """Any sequence of numbers as floats; None and what is not finite become NaN."""
    try:
        numbers = tuple(math.nan if value is None else float(value) for value in values)
    except (TypeError, ValueError):
        raise UsageError(
            f"values = {values!r}: allowed are numbers, with None or NaN for a gap."
        ) from None
    return tuple(number if math.isfinite(number) else math.nan for number in numbers)


def _optional_numbers(values: Iterable[Any] | None) -> tuple[float, ...] | None:
    return None if values is None else _numbers(values)


def _items(items: Iterable[Any]) -> tuple[Any, ...]:
    """Any sequence as a tuple (plain `tuple` is too generic for the type checker here)."""
    return tuple(items)


def _said(panel: object, field: attrs.Attribute[str], text: str) -> None:
    if not text.strip():
        raise UsageError(
            f"{field.name} of {type(panel).__name__} is empty: allowed is text that says what "
            "the figure shows."
        )


def _same_length(what: str, length: int, **columns: Sequence[Any] | None) -> None:
    for name, column in columns.items():
        if column is not None and len(column) != length:
            raise UsageError(
                f"{name} of {what} has {len(column)} values: allowed is {length}, as many as the "
                "others."
            )


def _some(what: str, name: str, items: Sequence[Any]) -> None:
    if not items:
        raise UsageError(f"{name} of {what} is empty: allowed is at least one.")


@attrs.frozen(kw_only=True)
class Panel:
    """What every panel says of itself.

    Parameters
    ----------
    name
        Its name in the lesson's `views`, such as `figure_4_2`: what links lead to.
    title
        A heading of a few words.
    alt
        One sentence that tells a reader who cannot see the figure what it shows.
    caption
        What to look at, under the figure.
    command
        The shell command that makes the figure's numbers, shown under it.

    Raises
    ------
    UsageError
        At construction, if something is missing or lengths differ.
    """

    name: str = ""
    title: str = attrs.field(validator=_said)
    alt: str = attrs.field(validator=_said)
    caption: str = ""
    command: str = ""


@attrs.frozen
class Line:
    """A line, with a band around it where `low` and `high` are given.

    `key` fixes its look (see `palette`): a strategy's name, `task 2`, `truth`; `label` is its
    name in the legend where it should differ from the look's own.
    """

    key: str
    x: tuple[float, ...] = attrs.field(converter=_numbers)
    y: tuple[float, ...] = attrs.field(converter=_numbers)
    low: tuple[float, ...] | None = attrs.field(default=None, converter=_optional_numbers)
    high: tuple[float, ...] | None = attrs.field(default=None, converter=_optional_numbers)
    label: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that the lengths agree, and that a band has both its sides."""
        what = f"line {self.key}"
        _same_length(what, len(self.x), y=self.y, low=self.low, high=self.high)
        if (self.low is None) != (self.high is None):
            raise UsageError(f"{what} has one of low and high: allowed is both or none.")


@attrs.frozen
class Points:
    """Single points, such as noisy data; `key` and `label` as for a line."""

    key: str
    x: tuple[float, ...] = attrs.field(converter=_numbers)
    y: tuple[float, ...] = attrs.field(converter=_numbers)
    label: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that the lengths agree."""
        _same_length(f"points {self.key}", len(self.x), y=self.y)


@attrs.frozen
class Reference:
    """A horizontal line across a facet, such as a true value.

    Drawn dotted in the colour of `key`; the legend has each `label` once.
    """

    value: float = attrs.field(converter=float)
    label: str = "truth"
    key: str = "truth"


@attrs.frozen(kw_only=True)
class Facet:
    """One of several small pictures with the same axes."""

    title: str = ""
    references: tuple[Reference, ...] = attrs.field(default=(), converter=_items)


@attrs.frozen(kw_only=True)
class CurveFacet(Facet):
    """A facet of lines and points."""

    lines: tuple[Line, ...] = attrs.field(default=(), converter=_items)
    points: tuple[Points, ...] = attrs.field(default=(), converter=_items)

    def __attrs_post_init__(self) -> None:
        """Check that there is something to see."""
        _some("a facet", "lines and points", (*self.lines, *self.points))


@attrs.frozen(kw_only=True)
class Curves(Panel):
    """Lines, bands and points over a numeric axis, in one facet or more.

    `x_label` and `y_label` name the quantity and its unit; `log_y` asks for a logarithmic axis,
    on which a value of zero or less is a gap.
    """

    x_label: str = attrs.field(validator=_said)
    y_label: str = attrs.field(validator=_said)
    facets: tuple[CurveFacet, ...] = attrs.field(converter=_items)
    log_y: bool = False

    def __attrs_post_init__(self) -> None:
        """Check that there is something to see."""
        _some("Curves", "facets", self.facets)


@attrs.frozen(kw_only=True)
class Series:
    """A value with its interval in each category; `printed` is what the source prints there.

    `key` and `label` as for a line; NaN where a category has no value.
    """

    key: str
    values: tuple[float, ...] = attrs.field(converter=_numbers)
    low: tuple[float, ...] | None = attrs.field(default=None, converter=_optional_numbers)
    high: tuple[float, ...] | None = attrs.field(default=None, converter=_optional_numbers)
    printed: tuple[float, ...] | None = attrs.field(default=None, converter=_optional_numbers)
    label: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that an interval has both its ends."""
        if (self.low is None) != (self.high is None):
            raise UsageError(f"series {self.key} has one of low and high: allowed is both or none.")


@attrs.frozen(kw_only=True)
class IntervalFacet(Facet):
    """A facet of dots with intervals."""

    series: tuple[Series, ...] = attrs.field(converter=_items)


@attrs.frozen(kw_only=True)
class Intervals(Panel):
    """Dots with intervals: category x series, in one facet or more.

    A category is a short text (`T = 2`); a long one is wrapped at its spaces.
    """

    x_label: str = attrs.field(validator=_said)
    y_label: str = attrs.field(validator=_said)
    categories: tuple[str, ...] = attrs.field(converter=_items)
    facets: tuple[IntervalFacet, ...] = attrs.field(converter=_items)
    log_y: bool = False

    def __attrs_post_init__(self) -> None:
        """Check that there is one value a category."""
        _some("Intervals", "categories", self.categories)
        _some("Intervals", "facets", self.facets)
        for facet in self.facets:
            _some("a facet", "series", facet.series)
            for series in facet.series:
                _same_length(
                    f"series {series.key}",
                    len(self.categories),
                    values=series.values,
                    low=series.low,
                    high=series.high,
                    printed=series.printed,
                )


@attrs.frozen(eq=False)
class GridImage:
    """A small grey picture (0 black, 255 white) with a few words, marked or not."""

    pixels: UInt8[np.ndarray, "height width"]
    caption: str
    marked: bool = False

    def __attrs_post_init__(self) -> None:
        """Check the pixels' type and shape."""
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2 or self.pixels.size == 0:
            raise UsageError(
                f"pixels of {self.caption} are {self.pixels.dtype} of shape {self.pixels.shape}: "
                "allowed is uint8 with a height and a width."
            )


@attrs.frozen(kw_only=True, eq=False)
class ImageGrid(Panel):
    """Small pictures side by side; `mark` says in words what a marked one is."""

    images: tuple[GridImage, ...] = attrs.field(converter=_items)
    mark: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that marks are explained."""
        _some("ImageGrid", "images", self.images)
        if not self.mark and any(image.marked for image in self.images):
            raise UsageError(
                "mark of ImageGrid is empty: allowed is what the mark means, as pictures have it."
            )


@attrs.frozen
class ColumnGroup:
    """A heading over several columns."""

    label: str
    span: int


def _rows(rows: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)


@attrs.frozen(kw_only=True)
class Table(Panel):
    """A table of formatted values; the first column names the row.

    `groups` are headings over the columns from left to right and span them all; an empty label
    leaves a place free.
    """

    columns: tuple[str, ...] = attrs.field(converter=_items)
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_rows)
    groups: tuple[ColumnGroup, ...] = attrs.field(default=(), converter=_items)

    def __attrs_post_init__(self) -> None:
        """Check that rows and groups fit the columns."""
        _some("Table", "columns", self.columns)
        for number, row in enumerate(self.rows, start=1):
            _same_length(f"Table, row {number}", len(self.columns), cells=row)
        spanned = sum(group.span for group in self.groups)
        if self.groups and spanned != len(self.columns):
            raise UsageError(
                f"groups of Table span {spanned} columns: allowed is {len(self.columns)}, all "
                "there are."
            )
