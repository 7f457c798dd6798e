"""Configs: frozen, validated in one sentence, hashable the same way on every machine."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Mapping, Set
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import attrs

from mtlkit.errors import UsageError


@runtime_checkable
class Kind(Protocol):
    """What values a setting may take, and how text becomes one."""

    @property
    def allowed(self) -> str:
        """The allowed values in words, to end an error's sentence with."""
        ...

    def read(self, text: str) -> Any:
        """The value that `text` stands for; `ValueError` if none."""
        ...

    def check(self, value: Any) -> Any:
        """The value in its canonical type; `ValueError` if it is not allowed."""
        ...


@attrs.frozen
class Whole:
    """A whole number from `low` to `high`."""

    low: int
    high: int

    @property
    def allowed(self) -> str:
        """The range in words."""
        return f"a whole number from {self.low:,} to {self.high:,}"

    def read(self, text: str) -> int:
        """Read a whole number."""
        return int(text)

    def check(self, value: Any) -> int:
        """Accept a whole number within the range."""
        if isinstance(value, bool) or int(value) != value or not self.low <= value <= self.high:
            raise ValueError
        return int(value)


@attrs.frozen
class Real:
    """A finite number from `low` to `high`; `low` itself is left out where `open_low`."""

    low: float
    high: float
    open_low: bool = False

    @property
    def allowed(self) -> str:
        """The range in words."""
        start = f"above {self.low:g}" if self.open_low else f"from {self.low:g}"
        return f"a number {start} up to {self.high:g}"

    def read(self, text: str) -> float:
        """Read a number."""
        return float(text)

    def check(self, value: Any) -> float:
        """Accept a finite number within the range."""
        if isinstance(value, bool | str):
            raise ValueError
        number = float(value)
        inside = self.low < number if self.open_low else self.low <= number
        if not (math.isfinite(number) and inside and number <= self.high):
            raise ValueError
        return number + 0.0  # so that -0.0, which equals 0.0, has its hash too


@attrs.frozen
class Choice:
    """One of a few names."""

    names: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """The names."""
        return "one of " + ", ".join(self.names)

    def read(self, text: str) -> str:
        """Take the text as it is."""
        return text

    def check(self, value: Any) -> str:
        """Accept one of the names."""
        if value not in self.names:
            raise ValueError
        return str(value)


@attrs.frozen
class Flag:
    """Yes or no."""

    @property
    def allowed(self) -> str:
        """Yes or no."""
        return "yes or no"

    def read(self, text: str) -> bool:
        """Read yes or no, true or false."""
        return {"yes": True, "true": True, "no": False, "false": False}[text.lower()]

    def check(self, value: Any) -> bool:
        """Accept a truth value."""
        if not isinstance(value, bool):
            raise ValueError
        return value


@attrs.frozen
class Several:
    """Between `least` and `most` values of one kind; as text, separated by commas."""

    kind: Kind
    least: int
    most: int
    distinct: bool = False

    @property
    def allowed(self) -> str:
        """How many of what."""
        different = "different " if self.distinct else ""
        return f"{self.least} to {self.most} {different}values, each {self.kind.allowed}"

    def read(self, text: str) -> tuple[Any, ...]:
        """Read comma-separated values."""
        return tuple(self.kind.read(part.strip()) for part in text.split(","))

    def check(self, value: Any) -> tuple[Any, ...]:
        """Accept a sequence of allowed values of an allowed length."""
        if isinstance(value, str | Set | Mapping):  # text has a reader; the others have no order
            raise ValueError
        values = tuple(self.kind.check(item) for item in value)
        if not self.least <= len(values) <= self.most:
            raise ValueError
        if self.distinct and len(set(values)) < len(values):
            raise ValueError
        return values


def setting(kind: Kind, default: Any, doc: str) -> Any:
    """A field of a `Config`: the values it may take, its default, and one line on its meaning.

    A default of None means: derived from the other settings by `Config.derive`.
    """
    return attrs.field(default=default, metadata={"kind": kind, "doc": doc})


ConfigT = TypeVar("ConfigT", bound="Config")


@attrs.frozen(kw_only=True)
class Config:
    """Everything that fixes a run but the random seed.

    A lesson subclasses it with `setting` fields, and names its scales in `PRESETS`.

    Raises
    ------
    UsageError
        At construction, with one sentence: the field, its value, what is allowed.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def __attrs_post_init__(self) -> None:
        """Check what was given, derive what was left open, then check the rules between fields."""
        fields = attrs.fields(type(self))
        left_open = [f for f in fields if f.default is None and getattr(self, f.name) is None]
        for field in fields:
            if field not in left_open:
                self._set(field, getattr(self, field.name))
        derived = self.derive()
        for field in left_open:
            self._set(field, derived.get(field.name))
        self.check()

    def _set(self, field: attrs.Attribute[Any], value: Any) -> None:
        object.__setattr__(self, field.name, _checked(field, value))

    def derive(self) -> Mapping[str, Any]:
        """Values for settings left at None, from the others, which are checked by then."""
        return {}

    def check(self) -> None:
        """Rules between fields; raise `UsageError`."""

    def warnings(self) -> tuple[str, ...]:
        """Sentences a user should read before running this config."""
        return ()

    @classmethod
    def preset(cls: type[ConfigT], scale: str, **settings: Any) -> ConfigT:
        """The config of a scale, with some settings given as values or as text.

        Raises
        ------
        UsageError
            If the scale or a field is unknown, or a value is not allowed.
        """
        if scale not in cls.PRESETS:
            raise UsageError(f"scale = {scale}: allowed is one of {', '.join(cls.PRESETS)}.")
        fields = {field.name: field for field in attrs.fields(cls)}
        values = dict(cls.PRESETS[scale])
        for name, value in settings.items():
            if name not in fields:
                near = difflib.get_close_matches(name, fields, n=1)
                hint = f" (did you mean {near[0]}?)" if near else ""
                raise UsageError(f"unknown field {name}{hint}: allowed is {', '.join(fields)}.")
            values[name] = _read(fields[name], value) if isinstance(value, str) else value
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON values, in the order of declaration."""
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in attrs.fields(type(self))
            for value in [getattr(self, field.name)]
        }

    def changes(self, base: Config) -> dict[str, str]:
        """The settings that differ from another config's, as text that `preset` reads back."""
        mine, theirs = self.as_dict(), base.as_dict()
        return {
            name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
            for name, value in mine.items()
            if value != theirs[name]
        }

    def digest(self) -> str:
        """A hash of the settings: the same on every machine and in every process."""
        text = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _read(field: attrs.Attribute[Any], text: str) -> Any:
    """Text to value; a `Choice` passes through and is checked with the rest."""
    kind: Kind = field.metadata["kind"]
    try:
        return kind.read(text)
    except (ValueError, KeyError):
        raise UsageError(f"{field.name} = {text}: allowed is {kind.allowed}.") from None


def _checked(field: attrs.Attribute[Any], value: Any) -> Any:
    kind: Kind = field.metadata["kind"]
    try:
        return kind.check(value)
    except (ValueError, TypeError, OverflowError):
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        raise UsageError(f"{field.name} = {shown}: allowed is {kind.allowed}.") from None
