"""Lines, bands and points over a numeric axis."""

from __future__ import annotations

import attrs

from mtlkit.errors import UsageError
from mtlkit.explore.panels.base import Facet, Panel
from mtlkit.explore.panels.checks import (
    items_of,
    numbers,
    optional_numbers,
    said,
    same_length,
    some,
)


@attrs.frozen
class Line:
    """A line, with a band around it where `low` and `high` are given.

    `key` fixes its look (see `palette`): a strategy's name, `task 2`, `truth`; `label` is its
    name in the legend where it should differ from the look's own.
    """

    key: str
    x: tuple[float, ...] = attrs.field(converter=numbers)
    y: tuple[float, ...] = attrs.field(converter=numbers)
    low: tuple[float, ...] | None = attrs.field(default=None, converter=optional_numbers)
    high: tuple[float, ...] | None = attrs.field(default=None, converter=optional_numbers)
    label: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that the lengths agree, and that a band has both its sides."""
        what = f"line {self.key}"
        same_length(what, len(self.x), y=self.y, low=self.low, high=self.high)
        if (self.low is None) != (self.high is None):
            raise UsageError(f"{what} has one of low and high: allowed is both or none.")


@attrs.frozen
class Points:
    """Single points, such as noisy data; `key` and `label` as for a line."""

    key: str
    x: tuple[float, ...] = attrs.field(converter=numbers)
    y: tuple[float, ...] = attrs.field(converter=numbers)
    label: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that the lengths agree."""
        same_length(f"points {self.key}", len(self.x), y=self.y)


@attrs.frozen(kw_only=True)
class CurveFacet(Facet):
    """A facet of lines and points."""

    lines: tuple[Line, ...] = attrs.field(default=(), converter=items_of)
    points: tuple[Points, ...] = attrs.field(default=(), converter=items_of)

    def __attrs_post_init__(self) -> None:
        """Check that there is something to see."""
        some("a facet", "lines and points", (*self.lines, *self.points))


@attrs.frozen(kw_only=True)
class Curves(Panel):
    """Lines, bands and points over a numeric axis, in one facet or more.

    `x_label` and `y_label` name the quantity and its unit; `log_x` and `log_y` ask for
    logarithmic axes, on which a value of zero or less is a gap.
    """

    x_label: str = attrs.field(validator=said)
    y_label: str = attrs.field(validator=said)
    facets: tuple[CurveFacet, ...] = attrs.field(converter=items_of)
    log_x: bool = False
    log_y: bool = False

    def __attrs_post_init__(self) -> None:
        """Check that there is something to see."""
        some("Curves", "facets", self.facets)
