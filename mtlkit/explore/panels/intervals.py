"""Dots with intervals: category x series."""

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


@attrs.frozen(kw_only=True)
class Series:
    """A value with its interval in each category; `printed` is what the source prints there.

    `key` and `label` as for a line; NaN where a category has no value.
    """

    key: str
    values: tuple[float, ...] = attrs.field(converter=numbers)
    low: tuple[float, ...] | None = attrs.field(default=None, converter=optional_numbers)
    high: tuple[float, ...] | None = attrs.field(default=None, converter=optional_numbers)
    printed: tuple[float, ...] | None = attrs.field(default=None, converter=optional_numbers)
    label: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that an interval has both its ends."""
        if (self.low is None) != (self.high is None):
            raise UsageError(f"series {self.key} has one of low and high: allowed is both or none.")


@attrs.frozen(kw_only=True)
class IntervalFacet(Facet):
    """A facet of dots with intervals."""

    series: tuple[Series, ...] = attrs.field(converter=items_of)


@attrs.frozen(kw_only=True)
class Intervals(Panel):
    """Dots with intervals: category x series, in one facet or more.

    A category is a short text (`T = 2`); a long one is wrapped at its spaces.
    """

    x_label: str = attrs.field(validator=said)
    y_label: str = attrs.field(validator=said)
    categories: tuple[str, ...] = attrs.field(converter=items_of)
    facets: tuple[IntervalFacet, ...] = attrs.field(converter=items_of)
    log_y: bool = False

    def __attrs_post_init__(self) -> None:
        """Check that there is one value a category."""
        some("Intervals", "categories", self.categories)
        some("Intervals", "facets", self.facets)
        for facet in self.facets:
            some("a facet", "series", facet.series)
            for series in facet.series:
                same_length(
                    f"series {series.key}",
                    len(self.categories),
                    values=series.values,
                    low=series.low,
                    high=series.high,
                    printed=series.printed,
                )
