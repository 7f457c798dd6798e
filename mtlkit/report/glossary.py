"""The page: Glossary."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from html import escape

from mtlkit.report.edition import Edition
from mtlkit.report.references.terms import Term, finder, terms
from mtlkit.report.references.works import works

_PAGE = """\
# Glossary

The words of the course, by subject, each with the lesson in which it first matters. Where one of
them first stands on a page, it has a dotted line and leads here.

```{{raw}} html
{index}
```

{themes}
"""

_THEME = """\
## {name}

```{{raw}} html
<dl class="mtl-glossary">{entries}</dl>
```
"""


def glossary_page(edition: Edition) -> str:
    """The page as MyST Markdown; each term's HTML id is `Term.id`."""
    pages = {lesson.number: f"lessons/{lesson.full_name}.html" for lesson in edition.lessons}
    themes = "\n".join(
        _THEME.format(name=name, entries="".join(_entry(term, pages) for term in group))
        for name, group in itertools.groupby(terms(), lambda term: term.theme)
    )
    return _PAGE.format(index=_index(), themes=themes)


def _index() -> str:
    ordered = sorted(terms(), key=lambda term: term.term.casefold())
    items = "".join(f'<li><a href="#{t.id}">{escape(t.term)}</a></li>' for t in ordered)
    return f'<nav class="mtl-terms" aria-label="Terms by letter"><ul>{items}</ul></nav>'


def _entry(term: Term, pages: Mapping[int, str]) -> str:
    number = f"Lesson {term.lesson:02d}"
    if term.lesson in pages:
        number = f'<a href="{pages[term.lesson]}">{number}</a>'
    return (
        f'<div><dt id="{term.id}">{escape(term.term)}</dt><dd>{_definition(term)} '
        f'<span class="mtl-note">{number}</span></dd></div>'
    )


def _definition(term: Term) -> str:
    pieces = []
    for piece, bracketed in term.parts():
        used = finder().named(piece) if bracketed else None
        if used is None:
            pieces.append(_code(piece))
        else:
            pieces.append(f'<a href="#{used.id}">{escape(piece)}</a>')
    return "".join(pieces)


def _code(text: str) -> str:
    """Backquoted words as code; those that are keys lead to the bibliography."""

    def code(match: re.Match[str]) -> str:
        word = match[1]
        if word in works():
            return f'<a href="bibliography.html#{word}"><code>{word}</code></a>'
        return f"<code>{word}</code>"

    return re.sub(r"`([^`]+)`", code, escape(text))
