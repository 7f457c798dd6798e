"""The page: Bibliography."""

from __future__ import annotations

import base64
import itertools
import unicodedata
from collections.abc import Iterable, Mapping
from html import escape

from mtlkit.report.edition import Edition
from mtlkit.report.references.works import Source, Work, bibtex, sources, works

_PAGE = """\
# Bibliography

The course rebuilds five documents, its *sources*. Here they stand with every work that they cite,
as far as their lists and slides tell, and with what the lessons cite besides.

```{{raw}} html
<p>{download} (BibTeX, {count} entries; its field <code>citedby</code> says who cites a work)</p>
```

## The five sources

```{{raw}} html
{sources}
```

## Works cited

```{{raw}} html
{cited}
```
"""

COURSE = "course"
"""Stands for the lessons themselves where works are sorted by who cites them."""


def bibliography_page(edition: Edition) -> str:
    """The page as MyST Markdown; each work's HTML id is its BibTeX key."""
    pages = {
        lesson.number: (lesson.title, f"lessons/{lesson.full_name}.html")
        for lesson in edition.lessons
    }
    all_works = works()
    cited = [work for key, work in all_works.items() if key not in sources()]
    return _PAGE.format(
        download=_download(),
        count=len(all_works),
        sources="\n".join(
            _source(all_works[key], source, pages) for key, source in sources().items()
        ),
        cited=_cited(cited),
    )


def _download() -> str:
    file = base64.b64encode(bibtex().encode()).decode()
    return (
        f'<a class="mtl-download" download="multi-task-learning.bib" '
        f'href="data:application/x-bibtex;base64,{file}">Download the list</a>'
    )


def _source(work: Work, source: Source, pages: Mapping[int, tuple[str, str]]) -> str:
    lessons = "".join(f"<li>{_lesson(n, pages)}: {escape(part)}</li>" for n, part in source.lessons)
    note = f"<p>{escape(source.note)}</p>" if source.note else ""
    return (
        f'<section class="mtl-source" id="{work.key}" aria-labelledby="name-{work.key}">'
        f'<h3 id="name-{work.key}"><code>{work.key}</code></h3>'
        f"<p>{_reference(work)}</p><p>{escape(source.what)}</p>{note}<ul>{lessons}</ul>"
        f'<p class="mtl-note"><strong>What it cites:</strong> {escape(source.list)}</p></section>'
    )


def _lesson(number: int, pages: Mapping[int, tuple[str, str]]) -> str:
    if number not in pages:
        return f"Lesson {number:02d} (planned)"
    title, address = pages[number]
    return f'Lesson {number:02d}, <a href="{address}">{escape(title)}</a>'


def _cited(cited: Iterable[Work]) -> str:
    ordered = sorted(cited, key=_place)
    letters = {
        letter: list(group)
        for letter, group in itertools.groupby(ordered, lambda w: _place(w)[0][0])
    }
    links = "".join(
        f'<li><a href="#works-{letter}">{letter.upper()}</a></li>' for letter in letters
    )
    lists = "".join(
        f'<section class="mtl-letter" aria-labelledby="works-{letter}">'
        f'<h3 id="works-{letter}">{letter.upper()}</h3>'
        f"<ul>{''.join(map(_entry, group))}</ul></section>"
        for letter, group in letters.items()
    )
    return (
        f'<div class="mtl-works">{_choices(ordered)}'
        f'<nav class="mtl-letters" aria-label="Works by letter"><ul>{links}</ul></nav>'
        f"{lists}</div>"
    )


def _choices(cited: list[Work]) -> str:
    """Radio buttons that the style sheet reads: no script is needed."""
    counts = {by: sum(by in _citing(work) for work in cited) for by in (*sources(), COURSE)}
    names = {by: f"<code>{by}</code>" for by in sources()} | {COURSE: "our own lessons"}
    choices = "".join(
        f'<label><input type="radio" name="only" id="only-{by}" autocomplete="off"> '
        f"{names[by]} ({count})</label>"
        for by, count in counts.items()
    )
    return (
        '<fieldset class="mtl-only"><legend>Show the works cited by</legend>'
        '<label><input type="radio" name="only" id="only-all" autocomplete="off" checked> '
        f"all ({len(cited)})</label>{choices}</fieldset>"
    )


def _entry(work: Work) -> str:
    marks = " ".join(f"by-{by}" for by in _citing(work))
    by = [
        f'<a href="#{source}"><code>{source}</code></a>'
        + (f" [{number}]" if number else "")
        + f" ({_numbers(sources()[source].lessons)})"
        for source, number in work.cited_by.items()
    ]
    if work.lessons == ("all",):
        by.append("our own verdicts")
    elif work.lessons:
        by.append(f"our own {_numbers((int(n), '') for n in work.lessons)}")
    return (
        f'<li id="{work.key}" class="mtl-work {marks}">{_reference(work)}'
        f'<span class="mtl-note"><code>{work.key}</code> · cited by {", ".join(by)}</span></li>'
    )


def _reference(work: Work) -> str:
    links = "".join(
        f' <a class="mtl-where" href="{escape(address)}">{escape(name)}</a>'
        for name, address in work.links
    )
    return work.citation + links


def _citing(work: Work) -> tuple[str, ...]:
    return (*work.cited_by, *([COURSE] if work.lessons else []))


def _numbers(lessons: Iterable[tuple[int, str]]) -> str:
    """As in "lessons 01, 02": without links, for there are many."""
    numbers = [f"{number:02d}" for number, _ in lessons]
    return f"{'lessons' if len(numbers) > 1 else 'lesson'} {', '.join(numbers)}"


def _place(work: Work) -> tuple[str, str, str]:
    """What works are ordered by: authors without accents, year, title."""
    decomposed = unicodedata.normalize("NFD", " ".join(work.surnames)).casefold()
    return decomposed.encode("ascii", "ignore").decode(), work.year, work.title
