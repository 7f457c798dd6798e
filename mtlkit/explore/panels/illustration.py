"""A drawing that has words and shapes, but no numbers to play with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from matplotlib.figure import Figure

from mtlkit.errors import UsageError
from mtlkit.explore.panels.base import Panel


def _positive(panel: object, field: attrs.Attribute[Any], size: tuple[float, float]) -> None:
    del panel, field
    if min(size) <= 0:
        raise UsageError(f"size of Illustration is {size}: allowed are a width and a height.")


@attrs.frozen(kw_only=True, eq=False)
class Illustration(Panel):
    """Boxes and arrows, or pictures in rows and columns.

    Parameters
    ----------
    size
        Width and height in inches; a page has room for a width of 7.4.
    paint
        Draws into an empty figure. Colours of the palette follow a page's theme; any other one
        stays as it is.
    """

    size: tuple[float, float] = attrs.field(validator=_positive)
    paint: Callable[[Figure], object]
