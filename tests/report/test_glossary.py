"""The glossary: no word for two things, definitions from defined words, and how words are found."""

import itertools
import re
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.report.edition import Chapter, Edition
from mtlkit.report.glossary import glossary_page
from mtlkit.report.references.terms import Finder, Term, finder, terms
from mtlkit.report.references.works import sources, works

from . import examples

TERMS = {term.term: term for term in terms()}


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    chapter = Chapter(examples.LESSON, Path("unused.ipynb"), [])
    return BeautifulSoup(glossary_page(Edition([chapter], [], "smoke")), "html.parser")


def found(text: str, *, emphasis: bool = False) -> list[tuple[str, str]]:
    return [
        (each.term.term, text[each.start : each.end])
        for each in finder().find(text, emphasis=emphasis)
    ]


def test_no_word_stands_for_two_things() -> None:
    forms = [form.casefold() for term in terms() for form in (term.term, *term.forms)]
    assert Counter(forms).most_common(1)[0][1] == 1
    assert len({term.id for term in terms()}) == len(terms())


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.id)
def test_a_term_and_each_of_its_forms_are_found_as_that_term(term: Term) -> None:
    for form in (term.term, *term.forms):
        assert finder().named(form) == term


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.id)
def test_definitions_are_short_and_use_only_defined_terms(term: Term) -> None:
    used = [finder().named(word) for word in term.uses]
    assert None not in used
    assert term not in used
    assert term.text.count("[") == term.text.count("]") == len(term.uses)
    assert set(re.findall(r"`([^`]+)`", term.text)) <= set(works())
    assert term.definition[-1] in ".)"
    assert len(term.definition) < 330
    assert 1 <= term.lesson <= 11


def test_every_verdict_and_evidence_is_defined() -> None:
    for word in ("holds", "fails", "inconclusive", "not testable here"):
        assert word in TERMS
        assert TERMS[word] in map(finder().named, TERMS["verdict"].uses)
    assert TERMS["stand-in"] in map(finder().named, TERMS["evidence"].uses)


def test_the_longest_term_is_found_and_nothing_inside_it() -> None:
    assert found("A noisy validation loss falls.") == [("noisy loss", "noisy validation loss")]
    assert found("The task weights and a task.") == [
        ("task weight", "task weights"),
        ("task", "task"),
    ]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Epochs", "epoch"),
        ("Uncertainties", "uncertainty"),
        ("queries", "query"),
        ("Hand tuned weights", "hand-tuned weights"),
        ("hand-tuned\nweights", "hand-tuned weights"),
        ("Kendall’s form", "learned (Kendall)"),
        ("95\N{NO-BREAK SPACE}% intervals", "95 % interval"),
        ("published studies", "study"),
    ],
)
def test_plurals_cases_and_line_breaks_are_recognised(text: str, term: str) -> None:
    assert found(f"So {text}, then.") == [(term, text)]


@pytest.mark.parametrize(
    "text", ["multi-task", "a map of it", "tasked", "a cell holds it", "nation"]
)
def test_other_words_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_words_with_an_everyday_meaning_are_terms_in_emphasis_only() -> None:
    assert found("holds") == []
    assert found("holds", emphasis=True) == [("holds", "holds")]


@given(st.text(st.sampled_from("task weigh-s \nnoyl"), max_size=40))
def test_what_is_found_lies_apart_and_in_order(text: str) -> None:
    places = [(each.start, each.end) for each in finder().find(text)]
    assert all(start < end for start, end in places)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(places))


def test_a_glossary_without_terms_finds_nothing() -> None:
    assert list(Finder.of([]).find("a task")) == []


def test_the_page_has_every_term_under_its_id_and_its_links_lead_to_ids(
    page: BeautifulSoup,
) -> None:
    names = {entry["id"]: entry.text for entry in page.select("dt[id]")}
    assert names == {term.id: term.term for term in terms()}
    links = [link["href"] for link in page.find_all("a")]
    inner = {link[1:] for link in links if link.startswith("#")}
    assert inner == set(names)  # the row of terms leads to each
    outer = {link for link in links if not link.startswith("#")}
    assert outer == {"lessons/01_noisy_polynomials.html", "bibliography.html#nahm2020"}
    assert "nahm2020" in sources()


def test_an_entry_on_the_page_is_its_definition_with_the_lesson(page: BeautifulSoup) -> None:
    for entry, term in zip(page.select("dl > div"), terms(), strict=True):
        told = " ".join(entry.dd.text.split())
        assert told == f"{term.definition} Lesson {term.lesson:02d}"
        used = [link["href"][1:] for link in entry.dd.find_all("a") if link["href"][0] == "#"]
        assert used == [finder().named(word).id for word in term.uses]  # type: ignore[union-attr]
