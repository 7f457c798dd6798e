"""A claim's card says all that a verdict says, in words, and lets no text become markup."""

from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from mtlkit.explore.claim_links import claim_id
from mtlkit.explore.ledger import OUTCOMES, PAGE_HTML, badge, claims_table
from tests.report.examples import ROWS


def card(told: dict[str, Any], root: str | None = None) -> Tag:
    soup = BeautifulSoup(claims_table([told]).html(root), "html.parser")
    (found,) = soup.select(".mtl-ledger > .mtl-claim")
    return found


@pytest.mark.parametrize("told", ROWS, ids=lambda told: told["id"])
def test_a_card_has_all_that_was_said_and_found(told: dict[str, Any]) -> None:
    shown = card(told)
    for field in ("title", "statement", "quote", "source", "verdict", "region", "evidence"):
        assert told[field] in shown.text
    assert told["explanation"] in shown.text
    assert told["note"] in shown.text
    assert shown["id"] == claim_id(told)


def test_a_card_is_headed_by_its_title() -> None:
    shown = card(ROWS[0])
    assert shown.find(["h2", "h3", "p"]).text == ROWS[0]["title"]
    assert shown.find(id=shown["aria-labelledby"]).name == "h3"


def test_a_card_says_for_the_filter_what_it_is() -> None:
    shown = card(ROWS[2])
    assert [shown[f"data-{key}"] for key in ("lesson", "verdict", "evidence")] == [
        "noisy_polynomials",
        "inconclusive",
        "stand-in",
    ]


def test_effect_and_interval_have_the_digits_that_the_interval_leaves() -> None:
    assert "4.22 [4.10, 4.35]" in card(ROWS[0]).text
    assert "squared units of y" in card(ROWS[0]).text
    assert "–" in card(ROWS[-1]).text


def test_every_card_has_a_picture_with_words() -> None:
    for told in ROWS:
        picture = card(told).select_one(".mtl-found .mtl-picture")
        assert f"Claimed: {told['region']}." in picture["aria-label"]
        assert (picture.circle is None) == (told["effect"] is None)


def test_a_claim_about_several_comparisons_shows_each_on_one_scale() -> None:
    cells = card(ROWS[1]).details.tbody.find_all("tr")
    assert [cell.th.text for cell in cells] == [cell["label"] for cell in ROWS[1]["cells"]]
    assert [cell.td.text for cell in cells] == ["holds", "holds", "fails", "inconclusive"]
    assert "2 of 4 comparisons hold" in card(ROWS[1]).text
    regions = [cell.find(class_="mtl-region") for cell in cells]
    assert len({(region["x"], region["width"]) for region in regions}) == 1
    assert card(ROWS[0]).details is None


def test_what_would_decide_and_what_is_so_by_construction_is_said() -> None:
    assert "about 41 seeds would decide" in card(ROWS[2]).text
    assert "so by construction" in card(ROWS[3]).text
    assert "more than 10,000 seeds" in card(ROWS[4]).text


def test_what_is_printed_as_evidence_names_no_data_and_no_seeds() -> None:
    text = card(ROWS[5]).text
    assert "worked out from what is printed" in text
    assert "seeds" not in text


@pytest.mark.parametrize(
    "root",
    ["", "../"],
)
def test_links_start_where_the_page_is(root: str) -> None:
    shown = card(ROWS[0], root)
    figure = f"{root}figures/noisy_polynomials.html#figure-table-4-1"
    assert shown.cite.a["href"] == f"{root}bibliography.html#nahm2020"
    assert shown.cite.text == ROWS[0]["source"]
    links = {link.text: link for link in shown.select(".mtl-links a")}
    assert links["See the figure"]["href"] == figure
    assert links["Link to this claim"]["href"] == f"#{shown['id']}"
    # Out of their context links are told apart by the claim's title.
    assert all(link["aria-label"] == f"{text}: {ROWS[0]['title']}" for text, link in links.items())


def test_a_notebook_has_no_links_and_its_page_in_the_report_has_them() -> None:
    shown = claims_table(ROWS[:1])._repr_mimebundle_()
    assert "<a " not in shown["text/html"]
    assert shown[PAGE_HTML] == claims_table(ROWS[:1]).folded("../")


def test_no_text_becomes_markup() -> None:
    bad = '<i class="bad">&amp;</i>'
    told = {
        key: bad if isinstance(value, str) and key not in ("verdict", "document") else value
        for key, value in ROWS[1].items()
    }
    told |= {"source": f"nahm2020{bad}", "cells": [{**ROWS[1]["cells"][0], "label": bad}] * 2}
    shown = card(told, bad)
    assert shown.find("i") is None
    assert shown.h3.text == bad
    assert shown["id"] == claim_id(told)


def test_every_verdict_has_a_word_and_a_sign_of_its_own() -> None:
    signs = {BeautifulSoup(badge(verdict), "html.parser").svg.decode() for verdict in OUTCOMES}
    assert len(signs) == 4
    assert all(verdict in badge(verdict) for verdict in OUTCOMES)


def test_the_comparisons_stay_a_table_for_screen_readers() -> None:
    table = card(ROWS[1]).find(class_="mtl-cells")
    assert table["role"] == "table"
    assert [cell.get("scope") for cell in table.thead.find_all("th")] == ["col"] * 4
    assert {cell["role"] for cell in table.find_all(["th", "td"])} == {
        "columnheader",
        "rowheader",
        "cell",
    }


def test_in_a_lesson_each_claim_is_a_line_that_opens_it() -> None:
    soup = BeautifulSoup(claims_table(ROWS)._repr_html_(), "html.parser")
    folds = soup.find_all("details", class_="mtl-fold")
    assert len(folds) == len(ROWS)
    for fold, told in zip(folds, ROWS, strict=True):
        assert not fold.has_attr("open")
        assert told["verdict"] in fold.summary.text
        assert told["title"] in fold.summary.text
        assert fold.article.blockquote


def test_without_html_there_is_plain_text() -> None:
    assert repr(claims_table(ROWS)).splitlines()[0] == (
        f"holds: {ROWS[0]['statement']} ({ROWS[0]['id']})"
    )
