"""The page: What held, what did not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from mtlkit.core.lesson import Lesson
from mtlkit.explore.claim_links import claim_id, figure_link
from mtlkit.explore.ledger import OUTCOMES, badge
from mtlkit.report.edition import Edition
from mtlkit.report.verdict_words import in_words

Row = Mapping[str, Any]

_INTRODUCTION = """\
# What held, what did not, and why

Every claim that this course puts to the test, and what came of it, in plain words. No verdict and
no number that we found is typed in: they follow from the runs, or from what a source prints, and so
do the groups and the counts. The titles, the statements and the reasons given are ours.

```{{raw}} html
{summary}
```

Training starts from random numbers, so each run comes out a little differently. We therefore repeat
a run with several *seeds* (starting points of the random numbers), take the mean, and say how far
the true value may be from it: the *95 % interval* is a range that misses the true value in only
one of twenty repetitions. A claim says where the value should lie. If the whole range lies there,
the claim **holds**. If the whole range lies elsewhere, it **fails**. If the range is partly here
and partly there, the claim is **inconclusive**: it may be true or not, and these runs cannot tell;
more seeds would make the range narrower. [All numbers, and the sources' own words](claims.md)
"""


def held_page(edition: Edition) -> str:
    """The page as MyST Markdown: the claims by verdict, and within that by lesson."""
    parts = [_INTRODUCTION.format(summary=_summary(edition.rows))]
    for heading, introduction, belongs in _SECTIONS:
        rows = [row for row in edition.rows if belongs(row)]
        inside = _by_lesson(rows, edition.lessons) or "<p>None.</p>"
        parts.append(f"## {heading}\n\n{introduction}\n\n```{{raw}} html\n{inside}\n```\n")
    return "\n".join(parts)


def _held_by_construction(row: Row) -> bool:
    return bool(row["by_construction"]) and row["verdict"] == "holds"


_SECTIONS: Sequence[tuple[str, str, Callable[[Row], bool]]] = (
    (
        "What held",
        "The value lies where the claim says it does.",
        lambda row: row["verdict"] == "holds" and not row["by_construction"],
    ),
    (
        "What held by construction",
        "The set-up makes these come out so, or nearly so, whatever is trained. They are no "
        "evidence for a method.",
        _held_by_construction,
    ),
    (
        "What did not hold",
        "The value lies elsewhere than the claim says.",
        lambda row: row["verdict"] == "fails",
    ),
    (
        "What is open",
        "The interval lies across the border of what was claimed. Said with each is how many seeds "
        "would decide, if mean and spread stay what they are.",
        lambda row: row["verdict"] == "inconclusive",
    ),
    (
        "What could not be tested here",
        "Too few numbers came out to judge.",
        lambda row: row["verdict"] == "not testable here",
    ),
)


def _summary(rows: Sequence[Row]) -> str:
    """The four verdicts as a bar with its numbers, and what each part stands for."""
    count = Counter(row["verdict"] for row in rows)
    parts = "".join(
        f'<span class="mtl-part-{escape(verdict.split()[0])}" style="flex-grow:{count[verdict]}">'
        f"{count[verdict]}</span>"
        for verdict in OUTCOMES
        if count[verdict]
    )
    items = "".join(
        f"<li><strong>{count[verdict]}</strong> {badge(verdict)}</li>" for verdict in OUTCOMES
    )
    built = sum(map(_held_by_construction, rows))
    more = (
        f"<p>Of those that hold, {built} {'does' if built == 1 else 'do'} so by construction.</p>"
        if built
        else ""
    )
    return (
        f'<div class="mtl-bar" aria-hidden="true">{parts}</div>'
        f'<ul class="mtl-tally" aria-label="Verdicts by kind">{items}</ul>{more}'
    )


def _by_lesson(rows: Sequence[Row], lessons: Sequence[Lesson]) -> str:
    text = ""
    for lesson in lessons:
        mine = [row for row in rows if row["lesson"] == lesson.name]
        if mine:
            told = "".join(_told(row, lesson) for row in mine)
            text += f"<h3>{lesson.number:02d} {escape(lesson.title.partition(':')[0])}</h3>{told}"
    return text


def _told(row: Row, lesson: Lesson) -> str:
    figure = figure_link(row, root="")
    note = f" {row['note']}" if row["note"] else ""
    built = (
        "The set-up by itself would make it come out so, or nearly so. "
        if row["by_construction"] and not _held_by_construction(row)
        else ""
    )
    said = escape(f"The claim in full: {row['title']}")
    place = escape(claim_id(row))
    return (
        f'<article class="mtl-told" aria-labelledby="{place}">'
        f'<h4 id="{place}">{escape(row["title"])}</h4>'
        f"<p>{_text(row['statement'])} "
        f'<span class="mtl-outcome">{_text(in_words(row) + note)}</span></p>'
        f'<p class="mtl-explanation">{_text(built + row["explanation"])}</p>'
        f'<p class="mtl-links"><span class="mtl-note">{escape(_evidence(row))}</span> '
        f'<a href="claims.html#{place}" aria-label="{said}">The claim in full</a> {figure}</p>'
        "</article>"
    )


def _text(text: str) -> str:
    """Text as HTML; a per cent sign stays with its number."""
    return escape(text.replace(" %", "\N{NO-BREAK SPACE}%"))


def _evidence(row: Row) -> str:
    kind = {
        "source data": f"The source’s data ({row['data']})",
        "stand-in": f"A stand-in for the source’s data ({row['data']})",
        "printed": "Worked out from what is printed",
    }[row["evidence"]]
    return f"{kind}, scale {row['scale']}." if row["evidence"] != "printed" else f"{kind}."
