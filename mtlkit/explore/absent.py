"""What stands in a picture's place where the strategies on show have nothing to draw in it."""

from __future__ import annotations

from collections.abc import Iterable

from mtlkit.explore.palette import styles
from mtlkit.explore.panels import Table


def none_of_it(name: str, quantity: str, strategies: Iterable[str]) -> Table:
    """A table that says of each strategy that it has no such quantity.

    Parameters
    ----------
    name
        The missing picture's.
    quantity
        What would be drawn, in words: "uncertainty".
    strategies
        Those on show.
    """
    looks = styles(strategies)
    rows = [(look.label, "none") for look in looks.values()]
    return Table(
        name=name,
        title=f"No {quantity} to show",
        alt=f"None of the strategies on show has any {quantity}.",
        caption=f"Fixed weights learn no {quantity}: tick a strategy that learns its weights.",
        columns=("strategy", quantity),
        rows=rows,
    )
