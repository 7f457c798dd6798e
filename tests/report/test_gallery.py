"""The gallery has every figure of a lesson, its claims beside it, and says what is not there."""

from __future__ import annotations

from pathlib import Path

from bs4 import BeautifulSoup

from mtlkit import lessons
from mtlkit.core.ledger import ledger
from mtlkit.core.publishing import published
from mtlkit.report.edition import Chapter, Edition
from mtlkit.report.gallery import gallery_page

LESSON = lessons.get("noisy_polynomials")


def page(studies: int | None = None) -> BeautifulSoup:
    found = published(LESSON.name)[:studies]
    chapter = Chapter(LESSON, Path("01.ipynb"), found)
    rows = [verdict.as_dict() for verdict in ledger([LESSON], published)]
    text = gallery_page(Edition([chapter], rows, "lesson", {}), chapter)
    return BeautifulSoup(text, "html.parser")


def test_every_figure_and_every_claim_is_there_once() -> None:
    shown = page()
    ids = [figure["id"] for figure in shown.find_all("figure")]
    assert ids == [f"figure-{name.replace('_', '-')}" for name in LESSON.views.FIGURES]
    titles = [link.text for link in shown.select(".mtl-gallery > ul a")]
    assert sorted(titles) == sorted(claim.title for claim in LESSON.claims)


def test_a_figure_without_its_study_is_named() -> None:
    shown = page(studies=0)
    assert [figure["id"] for figure in shown.find_all("figure")] == ["figure-objectives"]
    assert "figure_4_2 is not published yet" in shown.text
