"""Numbers in rows and columns, each cell coloured by its value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np

from mtlkit.errors import UsageError
from mtlkit.explore.knobs import link_text
from mtlkit.explore.panels.base import Panel
from mtlkit.explore.panels.checks import items_of, numbers, said, same_length, some


def _matrix(values: Iterable[Any]) -> tuple[tuple[float, ...], ...]:
    """Any table of numbers, a data frame's too, row by row."""
    return tuple(numbers(np.atleast_1d(row)) for row in np.asarray(values, dtype=object))


def _ends(span: Iterable[Any] | None) -> tuple[float, ...] | None:
    return None if span is None else numbers(span)


def _cells(outlined: Iterable[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(place) for place in cell) for cell in outlined)


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(map(link_text, values))


@attrs.frozen
class Turns:
    """What a click on a cell does in an Explorer: it sets a view knob to its row's value.

    Whoever has no mouse has the knob itself.

    Parameters
    ----------
    knob
        The knob's name.
    values
        What each row sets it to, from top to bottom; kept as a link has them.
    """

    knob: str
    values: tuple[str, ...] = attrs.field(converter=_texts)


@attrs.frozen(kw_only=True)
class Heatmap(Panel):
    """Rows x columns of numbers, such as a confusion matrix or gating probabilities.

    Parameters
    ----------
    x_label, y_label
        What the columns and the rows are.
    columns, rows
        Their names, from left to right and from top to bottom.
    values
        A row of numbers for each row; NaN where there is none, drawn hatched.
    quantity
        What the numbers are.
    unit
        Their unit, such as `%`; empty for a pure number.
    decimals
        Digits after the point in cells, where there is room for numbers.
    centre
        A value that means neither more nor less, such as 0 for a difference: values beyond it
        get one hue and those below it another. None: one scale from the least to the greatest.
    span
        Where the colours begin and end, such as (0, 1) for probabilities, so that two pictures
        can be compared; the colour of a value beyond an end is the end's. With `centre` it has
        to lie as far to both sides. None: as far as the values go.
    missing
        What it means that a cell has no value, in a word or two.
    turns
        What a click on a cell sets, where an Explorer shows the picture; None: nothing.
    outlined
        Cells that stand out by a frame, each by its row and its column, from 0.
    outline
        What the frame means, in a few words.
    """

    x_label: str = attrs.field(validator=said)
    y_label: str = attrs.field(validator=said)
    columns: tuple[str, ...] = attrs.field(converter=items_of)
    rows: tuple[str, ...] = attrs.field(converter=items_of)
    values: tuple[tuple[float, ...], ...] = attrs.field(converter=_matrix)
    quantity: str = attrs.field(validator=said)
    unit: str = ""
    decimals: int = 2
    centre: float | None = attrs.field(default=None, converter=attrs.converters.optional(float))
    span: tuple[float, ...] | None = attrs.field(default=None, converter=_ends)
    missing: str = attrs.field(default="no value", validator=said)
    turns: Turns | None = None
    outlined: tuple[tuple[int, ...], ...] = attrs.field(default=(), converter=_cells)
    outline: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that the values fit the names, and the colours' ends one another."""
        some("Heatmap", "columns", self.columns)
        some("Heatmap", "rows", self.rows)
        turned = None if self.turns is None else self.turns.values
        same_length("Heatmap", len(self.rows), values=self.values, turns=turned)
        for name, row in zip(self.rows, self.values, strict=True):
            same_length(f"Heatmap, row {name}", len(self.columns), cells=row)
        if self.span is not None:
            self._check_span(self.span)
        self._check_outlined()

    def _check_outlined(self) -> None:
        shape = len(self.rows), len(self.columns)
        for cell in self.outlined:
            if len(cell) != 2 or not all(0 <= at < n for at, n in zip(cell, shape, strict=True)):
                raise UsageError(
                    f"outlined = {cell}: allowed is a row from 0 to {shape[0] - 1} and a column "
                    f"from 0 to {shape[1] - 1}."
                )
        if self.outlined and not self.outline:
            raise UsageError(
                "outline of Heatmap is empty: allowed is what the frame means, as cells have it."
            )

    def _check_span(self, span: tuple[float, ...]) -> None:
        if len(span) != 2 or not span[0] < span[1]:
            raise UsageError(f"span = {span}: allowed are two numbers, the first below the second.")
        if self.centre is not None and not np.isclose(sum(span) / 2, self.centre):
            raise UsageError(
                f"span = {span} with centre = {self.centre:g}: allowed are ends as far to both "
                "sides of the centre."
            )
