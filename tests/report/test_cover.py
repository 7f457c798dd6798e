"""The first page: the verdicts lead to the claims, a figure invites to play."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import attrs
from bs4 import BeautifulSoup

from mtlkit.report.cover import cover, tally
from mtlkit.report.edition import Chapter, Edition

from . import examples

HALF = 0.5


def text(*studies) -> str:
    chapter = Chapter(examples.LESSON, Path("01.ipynb"), studies)
    return cover(Edition([chapter], examples.ROWS, "smoke"))


def page(*studies) -> BeautifulSoup:
    return BeautifulSoup(text(*studies), "html.parser")


def test_each_verdict_leads_to_the_claims_that_have_it() -> None:
    links = BeautifulSoup(tally(examples.ROWS), "html.parser").find_all("a")
    chosen = [parse_qs(urlsplit(link["href"]).fragment)["verdict"] for link in links]
    assert chosen == [["holds"], ["fails"], ["inconclusive"], ["not testable here"]]
    assert {urlsplit(link["href"]).path for link in links} == {"claims.html"}


def test_a_cards_verdicts_lead_to_the_lessons_own_claims() -> None:
    signs = page(examples.STUDY).select(".mtl-signs a")
    asked = [parse_qs(urlsplit(link["href"]).fragment) for link in signs]
    assert {found["lesson"][0] for found in asked} == {"noisy_polynomials"}
    assert [link.text.split()[0] for link in signs] == ["2", "2", "2", "1"]


def test_the_cover_shows_a_figure_with_the_published_numbers_and_what_to_try() -> None:
    found = page(examples.STUDY)
    spec = json.loads(found.figure.find("script").text)
    printed = [trace for trace in spec["data"] if trace["name"] == "learned (as printed)"]
    marks = next(trace for trace in printed if trace["mode"] == "markers")
    assert all(abs(value - HALF) < 0.01 for value in marks["y"])
    assert "**Try it.**" in text(examples.STUDY)


def test_without_a_published_study_the_cover_goes_without_a_figure() -> None:
    assert page().figure is None
    assert page(attrs.evolve(examples.STUDY, scale="smoke")).figure is None
    assert "Try it" not in text()


def test_each_reader_is_told_where_to_start() -> None:
    told = text(examples.STUDY)
    for reader in ("Students", "Teachers", "Researchers"):
        assert f"\n{reader}\n: " in told
    assert "Begin with [lesson 01](lessons/01_noisy_polynomials.ipynb)" in told


def test_the_cover_is_light() -> None:
    assert len(text(examples.STUDY).encode()) < 200_000
