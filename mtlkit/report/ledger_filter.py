"""The controls above the claims that leave only some of them: see `static/ledger.js`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from mtlkit.core.lesson import Lesson
from mtlkit.explore.ledger import OUTCOMES

_EVIDENCE = {
    "source data": "the source’s data",
    "stand-in": "a stand-in",
    "printed": "the printed text",
}


def filter_form(lessons: Sequence[Lesson], rows: Sequence[Mapping[str, Any]]) -> str:
    """The controls as an HTML form, hidden until the page's script shows it.

    Parameters
    ----------
    lessons
        The lessons to choose from.
    rows
        The verdicts on the page.
    """
    by_lesson = [
        (each.name, f"{each.number:02d} {each.title.partition(':')[0]}") for each in lessons
    ]
    return (
        '<form class="mtl-filter" role="search" aria-label="Filter the claims" autocomplete="off" '
        f"hidden>{_select('lesson', 'Lesson', by_lesson)}"
        f"{_select('verdict', 'Verdict', zip(OUTCOMES, OUTCOMES, strict=True))}"
        f"{_select('evidence', 'Evidence', _EVIDENCE.items())}"
        '<label>Words <input type="search" name="words" placeholder="anywhere in a claim"></label>'
        '<button type="reset">Reset</button>'
        f'<p class="mtl-count" role="status" aria-live="polite">{len(rows)} of {len(rows)} claims '
        "shown</p>"
        '<p class="mtl-nothing" hidden>No claim is like that. Choose less, or reset.</p></form>'
    )


def _select(name: str, label: str, choices: Iterable[tuple[str, str]]) -> str:
    options = "".join(
        f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in choices
    )
    everything = '<option value="">all</option>'
    return f'<label>{label} <select name="{name}">{everything}{options}</select></label>'
