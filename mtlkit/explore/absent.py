"""What stands in a picture's place where the parts on show have nothing to draw in it."""

from __future__ import annotations

from collections.abc import Iterable

from mtlkit.explore.lesson_words import Words
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import Table

_WORDS = Words()


def none_of_it(
    name: str, quantity: str, parts: Iterable[str], *, words: Words = _WORDS, why: str = ""
) -> Table:
    """A table that says of each part (strategy, method) that it has no such quantity.

    Parameters
    ----------
    name
        The missing picture's.
    quantity
        What would be drawn, in words: "uncertainty".
    parts
        Those on show.
    words
        What the lesson calls them.
    why
        A sentence that says why, and what to tick instead; empty: one on task weights.
    """
    looks = styles(parts)
    weights = f"Fixed weights learn no {quantity}: tick a {words.part} that learns its weights."
    rows = [(look.label, "none") for look in looks.values()]
    return Table(
        name=name,
        title=f"No {quantity} to show",
        alt=f"None of the {words.parts} on show has any {quantity}.",
        caption=why or weights,
        columns=(words.part, quantity),
        rows=rows,
    )
