"""The claims' table says all that a verdict says, in words, and lets no text become markup."""

from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from mtlkit.explore.ledger import OUTCOMES, badge, claims_table
from tests.report.examples import ROWS


def row(told: dict[str, Any]) -> Tag:
    soup = BeautifulSoup(claims_table([told])._repr_html_(), "html.parser")
    (found,) = soup.select(".mtl-ledger > tbody > tr")
    return found


@pytest.mark.parametrize("told", ROWS, ids=lambda told: told["id"])
def test_a_row_has_statement_quote_source_verdict_region_and_evidence(told: dict[str, Any]) -> None:
    text = row(told).text
    for field in ("statement", "quote", "source", "verdict", "region", "evidence", "explanation"):
        assert told[field] in text
    assert told["note"] in text


def test_effect_and_interval_have_the_digits_that_the_interval_leaves() -> None:
    assert "4.22 [4.10, 4.35]" in row(ROWS[0]).text
    assert "squared units of y" in row(ROWS[0]).text
    assert "–" in row(ROWS[-1]).text


def test_a_claim_about_several_comparisons_shows_each() -> None:
    cells = row(ROWS[1]).details.tbody.find_all("tr")
    assert [cell.th.text for cell in cells] == [cell["label"] for cell in ROWS[1]["cells"]]
    assert [cell.td.text for cell in cells] == ["holds", "holds", "fails", "inconclusive"]
    assert "2 of 4 comparisons hold" in row(ROWS[1]).text
    assert row(ROWS[0]).details is None


def test_what_would_decide_and_what_is_so_by_construction_is_said() -> None:
    assert "about 41 seeds would decide" in row(ROWS[2]).text
    assert "true by construction" in row(ROWS[3]).text
    assert "more than 10,000 seeds" in row(ROWS[4]).text


def test_the_printed_text_as_evidence_names_no_data_and_no_seeds() -> None:
    text = row(ROWS[5]).text
    assert "the printed text itself" in text
    assert "seeds" not in text


def test_every_verdict_has_a_word_and_a_sign_of_its_own() -> None:
    signs = {BeautifulSoup(badge(verdict), "html.parser").svg.decode() for verdict in OUTCOMES}
    assert len(signs) == 4
    assert all(verdict in badge(verdict) for verdict in OUTCOMES)


def test_a_table_stays_a_table_for_screen_readers() -> None:
    soup = BeautifulSoup(claims_table(ROWS)._repr_html_(), "html.parser")
    table = soup.find(class_="mtl-ledger")
    assert table["role"] == "table"
    assert table.caption.text
    assert all(
        cell["role"] in ("columnheader", "rowheader", "cell")
        for cell in table.select(":scope > thead th, :scope > tbody > tr > *")
    )


def test_without_html_there_is_plain_text() -> None:
    assert repr(claims_table(ROWS)).splitlines()[0] == (
        f"holds: {ROWS[0]['statement']} ({ROWS[0]['id']})"
    )
