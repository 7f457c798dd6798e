"""An Explorer's knobs as the live face shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mtlkit.errors import UsageError
from mtlkit.explore import live_words
from mtlkit.explore.knobs import Knob, Ticks, Typed, Values, from_fragment, place_of
from mtlkit.explore.subject import Subject

Json = dict[str, Any]

_DEARER = 1.5
"""A box whose own training costs so many times that of the cheapest says what it adds."""


def control(knob: Knob) -> Json:
    """What the page needs to know of a knob.

    `looks` is one of `range` (a slider), `choice` (one of a few words), `ticks` (boxes) and
    `typed` (a line of text);
    `texts` are the values as a link names them, `said` as a reader sees them.
    """
    if isinstance(knob, Ticks):
        looks, said = "ticks", list(knob.words)
    elif isinstance(knob, Typed):
        looks, said = "typed", [knob.said(value) for value in knob.values]
    else:
        numbers = all(isinstance(value, int | float) for value in knob.values)
        looks, said = "range" if numbers else "choice", [knob.said(value) for value in knob.values]
    return {
        "name": knob.name,
        "label": knob.label,
        "looks": looks,
        "main": knob.main,
        "texts": [str(value) for value in knob.values]
        if isinstance(knob, Ticks)
        else [knob.text(value) for value in knob.values],
        "said": said,
    }


def texts(knobs: Iterable[Knob], values: Values) -> dict[str, str]:
    """The knobs' values as a link names them: what page and kernel tell one another."""
    return {knob.name: knob.text(values[knob.name]) for knob in knobs}


def read(knobs: Iterable[Knob], texts: Mapping[str, str]) -> dict[str, Any]:
    """The values back from their texts.

    Raises
    ------
    UsageError
        If a knob has no such value.
    """
    return {knob.name: knob.read(texts[knob.name]) for knob in knobs}


def python_line(subject: Subject, knobs: Iterable[Knob], values: Values) -> str:
    """The line of code that restores the knobs.

    Knobs that stand as they start at scale `lesson` are left out.
    """
    turned = [
        f", {knob.name}={values[knob.name]!r}"
        for knob in knobs
        if values[knob.name] != knob.default
    ]
    named = "" if subject.default else f', exploration="{subject.name}"'
    return f'Explorer(lessons.get("{subject.lesson.name}"){named}{"".join(turned)})'


def where(subject: Subject, values: Values) -> Json:
    """What restores the knobs: a link's fragment and a line of code."""
    return {
        "link": subject.fragment(values),
        "line": python_line(subject, subject.exploration.knobs, values),
    }


def told(subject: Subject, values: Values, pace: float | None = None) -> Json:
    """What follows from the knobs: which do nothing, what a box would cost, link and line.

    Parameters
    ----------
    pace
        Seconds that one unit of the lesson's cost takes here, if that is known.
    """
    knobs = subject.exploration.knobs
    return {
        "off": [knob.name for knob in knobs if not knob.applies(values)],
        "most": {
            knob.name: len(knob.values) - 1
            if (most := knob.most(values)) is None
            else knob.values.index(most)
            for knob in knobs
            if not isinstance(knob, Ticks)
        },
        "costs": costs(subject, values, pace),
        **where(subject, values),
    }


def cost(subject: Subject, values: Values) -> float:
    """What a run costs, in the lesson's own unit."""
    setting = subject.exploration.trained(values)
    return subject.lesson.experiment.cost(setting.config) * setting.seeds


def costs(subject: Subject, values: Values, pace: float | None = None) -> dict[str, dict[str, str]]:
    """What ticking a box would cost, in words, by knob and box; dear boxes not ticked yet."""

    def turned(**turned: Any) -> float:
        return cost(subject, {**values, **turned})

    found: dict[str, dict[str, str]] = {}
    for knob in subject.exploration.knobs:
        if not isinstance(knob, Ticks) or knob.kind != "train":
            continue
        alone = {value: turned(**{knob.name: (value,)}) for value in knob.values}
        least, now = min(alone.values()), turned()
        found[knob.name] = {
            value: _price(turned(**{knob.name: (*values[knob.name], value)}), now, pace)
            for value in knob.values
            if value not in values[knob.name] and alone[value] >= _DEARER * least
        }
    return found


def _price(then: float, now: float, pace: float | None) -> str:
    times = f"about {then / now:.0f} times the training"
    return times if pace is None else f"{times}, {live_words.duration(then * pace)}"


def opened(subject: Subject, scale: str, link: str, turned: Values) -> dict[str, Any]:
    """The knobs' values as an Explorer opens.

    Raises
    ------
    UsageError
        If `link` is another Explorer's, or it or `turned` name a knob or a value that is not there.
    """
    by_name = {knob.name: knob for knob in subject.exploration.knobs}
    values = subject.exploration.start(scale)
    if link:
        place, mine = place_of(link), subject.place
        if place not in ("", mine) and not place.removeprefix("explorer-").isdecimal():
            raise UsageError(
                f"link = {link}: leads to another Explorer ({place}); allowed is one of {mine}."
            )
        values = from_fragment(by_name.values(), link)
    for name, value in turned.items():
        if name not in by_name:
            raise UsageError(f"knob = {name}: allowed is one of {', '.join(by_name)}.")
        values[name] = by_name[name].settled(value)
    return values
