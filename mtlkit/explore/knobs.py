"""What can be turned in an Explorer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import attrs

from mtlkit.errors import UsageError

Kind = Literal["train", "evaluate", "view"]
"""A train knob needs another run, an evaluate knob the trained model, a view knob the frame."""

Values = Mapping[str, Any]
"""A value for each knob, by name: the whole state of an Explorer."""


def _items(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(items)


def _always(values: Values) -> bool:
    return True


@attrs.frozen(kw_only=True)
class Knob:
    """A knob with steps: one of some values in their order.

    Parameters
    ----------
    name, label
        Its name in links and code, and what stands beside it.
    values, default
        What it can be set to, in order, and how it starts.
    kind
        What a turn needs: see `Kind`.
    unit
        Put behind the value.
    main
        Whether it is seen at once; others are folded away under "more".
    applies
        Whether it does anything, given the values of all knobs (the noise of task 5 does not
        where there are three tasks).

    Raises
    ------
    UsageError
        At construction, if there are no values, or the default is none of them.
    """

    name: str
    label: str
    values: tuple[Any, ...] = attrs.field(converter=_items)
    default: Any
    kind: Kind = "train"
    unit: str = ""
    main: bool = False
    applies: Callable[[Values], bool] = _always

    def __attrs_post_init__(self) -> None:
        """Check that the default can be set."""
        self.check(self.default)

    def check(self, value: Any) -> None:
        """Raise a UsageError if the knob cannot be set to that value."""
        if value not in self.values:
            allowed = ", ".join(map(self.text, self.values))
            raise UsageError(f"{self.name} = {value}: allowed is one of {allowed}.")

    def text(self, value: Any) -> str:
        """A value as it stands in a link: `0.01`, `learned_kendall`."""
        return f"{value:g}" if isinstance(value, float) else str(value)

    def read(self, text: str) -> Any:
        """The value that a link names.

        Raises
        ------
        UsageError
            If it is none of the knob's.
        """
        for value in self.values:
            if self.text(value) == text:
                return value
        self.check(text)

    def said(self, value: Any) -> str:
        """A value in words, with its unit."""
        return f"{self.text(value)} {self.unit}".rstrip()


@attrs.frozen(kw_only=True)
class Ticks(Knob):
    """A knob that is a list of boxes to tick: any of some values, at least one.

    Parameters
    ----------
    default
        The values ticked at the start.
    words
        The values as a reader sees them, in the same order.
    """

    words: tuple[str, ...] = attrs.field(converter=_items)

    def check(self, value: Any) -> None:
        """Raise a UsageError if none is ticked, or one that is not there."""
        if not value or not set(value) <= set(self.values):
            allowed = ", ".join(self.values)
            raise UsageError(
                f"{self.name} = {self.text(value) or 'none'}: allowed is at least one of {allowed}."
            )

    def text(self, value: Any) -> str:
        """The ticked values in the knob's order, with commas."""
        return value if isinstance(value, str) else ",".join(v for v in self.values if v in value)

    def read(self, text: str) -> Any:
        """The values that a link names."""
        ticked = tuple(text.split(","))
        self.check(ticked)
        return tuple(value for value in self.values if value in ticked)

    def said(self, value: Any) -> str:
        """The ticked values in words."""
        return ", ".join(w for v, w in zip(self.values, self.words, strict=True) if v in value)


def defaults(knobs: Iterable[Knob]) -> dict[str, Any]:
    """Every knob as it starts."""
    return {knob.name: knob.default for knob in knobs}


def to_fragment(knobs: Iterable[Knob], values: Values) -> str:
    """The state as the fragment of an address; knobs that stand as they start are left out."""
    return "&".join(
        f"{knob.name}={knob.text(values[knob.name])}"
        for knob in knobs
        if values[knob.name] != knob.default
    )


def from_fragment(knobs: Iterable[Knob], fragment: str) -> dict[str, Any]:
    """The state that a fragment restores.

    Raises
    ------
    UsageError
        If it names a knob or a value that is not there.
    """
    by_name = {knob.name: knob for knob in knobs}
    values = defaults(by_name.values())
    for pair in filter(None, fragment.lstrip("#").split("&")):
        name, _, text = pair.partition("=")
        if name not in by_name:
            raise UsageError(f"knob = {name}: allowed is one of {', '.join(by_name)}.")
        values[name] = by_name[name].read(text)
    return values
