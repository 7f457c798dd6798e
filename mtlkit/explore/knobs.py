"""What can be turned in an Explorer."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote, unquote

import attrs

from mtlkit.errors import UsageError

Kind = Literal["train", "evaluate", "view"]
"""A train knob needs another run, an evaluate knob the trained model, a view knob the frame."""

Values = Mapping[str, Any]
"""A value for each knob, by name: the whole state of an Explorer."""


MOST_LETTERS = 200
"""Of a text that is typed."""

_BREAKS = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of what no line has: control characters, breaks, halves of a letter."""


def _items(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(items)


def _always(values: Values) -> bool:
    return True


def _unlimited(values: Values) -> Any:
    return None


def link_text(value: Any) -> str:
    """A single value as it stands in a link.

    Examples
    --------
    >>> link_text(0.01), link_text(3.0), link_text("learned_kendall")
    ('0.01', '3', 'learned_kendall')
    """
    return f"{value:g}" if isinstance(value, float) else str(value)


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
    most
        The last of its values that does anything, given the values of all knobs (of three seeds
        the third is the last that can be shown); None: all do.
    live_only
        Whether it stands still in the static report however few its values are: a view knob whose
        pictures take long, or are too large for so many frames.

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
    most: Callable[[Values], Any] = _unlimited
    live_only: bool = False

    def __attrs_post_init__(self) -> None:
        """Check that the default can be set."""
        self.check(self.default)

    def check(self, value: Any) -> None:
        """Raise a UsageError if the knob cannot be set to that value."""
        if value not in self.values:
            allowed = ", ".join(map(self.text, self.values))
            raise UsageError(f"{self.name} = {value}: allowed is one of {allowed}.")

    def settled(self, value: Any) -> Any:
        """That value as the knob itself has it: of its type, in its order.

        Raises
        ------
        UsageError
            If the knob cannot be set to it.
        """
        self.check(value)
        return self.values[self.values.index(value)]

    def text(self, value: Any) -> str:
        """A value as it stands in a link: `0.01`, `learned_kendall`."""
        return link_text(value)

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

    def steps(self, one: Any, other: Any) -> int:
        """How many steps lie between two values."""
        return abs(self.values.index(one) - self.values.index(other))

    def said(self, value: Any) -> str:
        """A value in words, with its unit."""
        return f"{self.text(value)} {self.unit}".rstrip()


@attrs.frozen(kw_only=True)
class Named(Knob):
    """A knob whose values have names that a reader understands better.

    Parameters
    ----------
    words
        The names, in the order of the values.
    """

    words: tuple[str, ...] = attrs.field(converter=_items)

    def said(self, value: Any) -> str:
        """A value's name."""
        return self.words[self.values.index(value)]


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
        ticked = value if isinstance(value, tuple | list | set | frozenset) else ()
        if not ticked or any(each not in self.values for each in ticked):
            allowed = ", ".join(self.values)
            told = ", ".join(map(str, ticked)) if ticked else value or "none"
            raise UsageError(f"{self.name} = {told}: allowed is at least one of {allowed}.")

    def settled(self, value: Any) -> Any:
        """The ticked values in the knob's order."""
        self.check(value)
        return tuple(each for each in self.values if each in value)

    def text(self, value: Any) -> str:
        """The ticked values in the knob's order, with commas."""
        return ",".join(v for v in self.values if v in value)

    def read(self, text: str) -> Any:
        """The values that a link names."""
        return self.settled(tuple(filter(None, text.split(","))))

    def steps(self, one: Any, other: Any) -> int:
        """How many boxes differ."""
        return len(set(one) ^ set(other))

    def said(self, value: Any) -> str:
        """The ticked values in words."""
        return ", ".join(w for v, w in zip(self.values, self.words, strict=True) if v in value)


@attrs.frozen(kw_only=True)
class Typed(Knob):
    """A knob that is a line of text: anything can be typed, and some texts are offered.

    Parameters
    ----------
    values
        What is offered; in the static report there is nothing else.
    """

    def check(self, value: Any) -> None:
        """Raise a UsageError if it is no text, or longer than a line."""
        line = isinstance(value, str) and len(value) <= MOST_LETTERS
        if not line or any(unicodedata.category(letter) in _BREAKS for letter in value):
            raise UsageError(
                f"{self.name} = {value!r}: allowed is a line of text of at most {MOST_LETTERS} "
                "characters."
            )

    def settled(self, value: Any) -> str:
        """The text, without spaces around it."""
        self.check(value)
        return str(value).strip()

    def read(self, text: str) -> str:
        """The text that a link names."""
        return self.settled(text)

    def steps(self, one: Any, other: Any) -> int:
        """0 for the same text, 1 for another."""
        return int(one != other)


def defaults(knobs: Iterable[Knob]) -> dict[str, Any]:
    """Every knob as it starts."""
    return {knob.name: knob.default for knob in knobs}


def to_fragment(knobs: Iterable[Knob], values: Values) -> str:
    """The state as the fragment of an address; knobs that stand as they start are left out.

    What an address cannot hold is escaped as everywhere (`%20`): a script reads it back with
    `decodeURIComponent`.
    """
    return "&".join(
        f"{knob.name}={quote(knob.text(values[knob.name]), safe=',')}"
        for knob in knobs
        if values[knob.name] != knob.default
    )


def from_fragment(knobs: Iterable[Knob], fragment: str) -> dict[str, Any]:
    """The state that a fragment restores, or a whole address that ends with one.

    On a page with several Explorers it begins with the one that it is for,
    `explorer-noisy-polynomials?degree=8`; that is passed over (see `place_of`).

    Raises
    ------
    UsageError
        If it names a knob or a value that is not there.
    """
    by_name = {knob.name: knob for knob in knobs}
    values = defaults(by_name.values())
    state = fragment.rpartition("#")[2].removeprefix(place_of(fragment)).removeprefix("?")
    for pair in filter(None, state.split("&")):
        name, _, text = pair.partition("=")
        if name not in by_name:
            raise UsageError(f"knob = {name}: allowed is one of {', '.join(by_name)}.")
        values[name] = by_name[name].read(unquote(text))
    return values


def place_of(fragment: str) -> str:
    """Which Explorer of a page a fragment is for, as its name there; empty if it names none.

    Examples
    --------
    >>> place_of("#explorer-noisy-polynomials?degree=8"), place_of("#degree=8")
    ('explorer-noisy-polynomials', '')
    """
    place = fragment.rpartition("#")[2].partition("?")[0]
    return place if place.startswith("explorer-") else ""
