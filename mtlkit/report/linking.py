"""A Sphinx extension: terms lead to the glossary, keys and citations to the bibliography.

The notebooks stay plain text; the links are made when a page is written. Raw HTML is left alone.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import attrs
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from mtlkit.report.references.terms import Term, finder
from mtlkit.report.references.works import Work, works

GLOSSARY, BIBLIOGRAPHY = "glossary", "bibliography"
"""The pages that links lead to, and on which none is made."""

_UNLINKED = (
    nodes.title,
    nodes.subtitle,
    nodes.rubric,
    nodes.reference,
    nodes.literal,
    nodes.literal_block,
    nodes.doctest_block,
    nodes.math,
    nodes.math_block,
    nodes.figure,
    nodes.caption,
    nodes.raw,
    nodes.comment,
    nodes.problematic,
    nodes.system_message,
    addnodes.pending_xref,
    addnodes.download_reference,
    addnodes.toctree,
)
_FEWEST_WORDS = 3


@attrs.frozen
class _Linker:
    """Makes the links of one page, in its document."""

    app: Sphinx
    document: nodes.document
    page: str

    def cite(self) -> None:
        """Lead every citation to the bibliography."""
        self._link_keys_and_titles()
        self._replace(self._cited)

    def define(self) -> None:
        """Lead the first occurrence of every term to the glossary."""
        links = self.document.findall(nodes.reference)
        linked = {node["mtl-term"] for node in links if "mtl-term" in node}
        self._replace(functools.partial(self._first_terms, linked))

    def _link_keys_and_titles(self) -> None:
        """Code that is a work's key, and emphasis that is a work's title."""
        for code in list(self.document.findall(nodes.literal)):
            self._wrap(code, works().get(code.astext()))
        for title in list(self.document.findall(nodes.emphasis)):
            self._wrap(title, _by_title().get(" ".join(title.astext().split())))

    def _wrap(self, node: nodes.Element, work: Work | None) -> None:
        if work and _linkable(node.parent):
            node.replace_self(self._to_work(work, node.deepcopy()))

    def _replace(self, pieces: Callable[[str, bool], Iterator[nodes.Node]]) -> None:
        """Put pieces in place of each run of text, of which they are told if it is emphasised."""
        made = [
            (parent, start, end, list(pieces(_joined(parent, start, end), _is_emphasis(parent))))
            for parent, start, end in _runs(self.document)
        ]
        for parent, start, end, nodes_made in reversed(made):  # so that places stay right
            if not all(isinstance(node, nodes.Text) for node in nodes_made):
                parent[start:end] = nodes_made

    def _cited(self, text: str, emphasis: bool) -> Iterator[nodes.Node]:
        place = 0
        for match in _citations().finditer(text):
            work = _by_citation()[_flat(match[0])]
            yield from _text(text[place : match.start()])
            yield self._to_work(work, nodes.inline("", match[0]))
            place = match.end()
        yield from _text(text[place:])

    def _first_terms(self, linked: set[str], text: str, emphasis: bool) -> Iterator[nodes.Node]:
        place = 0
        for found in finder().find(text, emphasis=emphasis):
            if found.term.id in linked:
                continue
            linked.add(found.term.id)
            yield from _text(text[place : found.start])
            yield self._to_term(found.term, text[found.start : found.end])
            place = found.end
        yield from _text(text[place:])

    def _to_term(self, term: Term, text: str) -> nodes.reference:
        return self._link(
            GLOSSARY,
            term.id,
            nodes.inline("", text),
            classes=["mtl-term"],
            reftitle=term.definition,
            **{"mtl-term": term.id},
        )

    def _to_work(self, work: Work, content: nodes.Node) -> nodes.reference:
        return self._link(BIBLIOGRAPHY, work.key, content, classes=["mtl-cited"])

    def _link(self, page: str, anchor: str, content: nodes.Node, **more: Any) -> nodes.reference:
        address = self.app.builder.get_relative_uri(self.page, page)
        return nodes.reference("", "", content, internal=True, refuri=f"{address}#{anchor}", **more)


def _forbids(node: nodes.Node) -> bool:
    """Whether no link may be made inside it."""
    in_output = isinstance(node, nodes.container) and "cell_output" in node["classes"]
    return in_output or isinstance(node, _UNLINKED)


def _linkable(node: nodes.Node | None) -> bool:
    """Whether neither it nor anything around it forbids links."""
    while node is not None:
        if _forbids(node):
            return False
        node = node.parent
    return True


def _runs(node: nodes.Element) -> Iterator[tuple[nodes.Element, int, int]]:
    """Neighbouring texts, in the order of reading: their parent, the first and past the last."""
    place = 0
    for is_text, group in itertools.groupby(
        node.children, lambda child: isinstance(child, nodes.Text)
    ):
        run = list(group)
        if is_text:
            yield node, place, place + len(run)
        else:
            for child in run:
                if isinstance(child, nodes.Element) and not _forbids(child):
                    yield from _runs(child)
        place += len(run)


def _joined(parent: nodes.Element, start: int, end: int) -> str:
    return "".join(child.astext() for child in parent.children[start:end])


def _is_emphasis(node: nodes.Node) -> bool:
    return isinstance(node, (nodes.emphasis, nodes.strong))


def _text(text: str) -> Iterator[nodes.Text]:
    if text:
        yield nodes.Text(text)


def _flat(text: str) -> str:
    return " ".join(re.sub(r"[(),]", " ", text).split())


@functools.cache
def _by_citation() -> dict[str, Work]:
    """Works by authors and year, where these tell them apart."""
    found: dict[str, list[Work]] = {}
    for work in works().values():
        if work.year.isdigit():
            found.setdefault(_flat(f"{work.in_text} {work.year}"), []).append(work)
    return {name: each[0] for name, each in found.items() if len(each) == 1}


@functools.cache
def _citations() -> re.Pattern[str]:
    """As in "Kendall, Gal and Cipolla (2018)" or "(Kendall, Gal and Cipolla, 2018)"."""
    choices = []
    for work in _by_citation().values():
        names = r"\s+".join(re.escape(word) for word in work.in_text.split())
        choices.append(rf"{names}(?:\s+\({work.year}\)|,\s+{work.year})")
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(choices, key=len, reverse=True))})(?!\w)")


@functools.cache
def _by_title() -> dict[str, Work]:
    """Works by title, where it is long enough to be no mere word, and theirs alone."""
    titles = [work.title for work in works().values()]
    return {
        work.title: work
        for work in works().values()
        if titles.count(work.title) == 1 and len(work.title.split()) >= _FEWEST_WORDS
    }


def link(app: Sphinx, document: nodes.document, page: str) -> None:
    """Make a page's links in its document, in place; a second time changes nothing.

    Parameters
    ----------
    app
        The site; without a glossary or a bibliography nothing leads there.
    document
        The page, with its cross-references resolved: what is a link already stays as it is.
    page
        Its name.
    """
    if app.builder.format != "html" or page in (GLOSSARY, BIBLIOGRAPHY):
        return
    linker = _Linker(app, document, page)
    if BIBLIOGRAPHY in app.env.found_docs:
        linker.cite()
    if GLOSSARY in app.env.found_docs:
        linker.define()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register."""
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
