"""The page of claims: a section a lesson, a filter that fits its rows, files that hold them all."""

import base64
import csv
import io
import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from mtlkit.explore.claim_links import claim_id
from mtlkit.report.edition import Edition
from mtlkit.report.ledger import ledger_page
from tests.report import examples

ROWS = examples.ROWS


@pytest.fixture(scope="module")
def text() -> str:
    return ledger_page(Edition([examples.chapter(Path("unused"))], ROWS, "smoke"))


@pytest.fixture(scope="module")
def page(text: str) -> BeautifulSoup:
    blocks = re.findall(r"```\{raw\} html\n(.*?)\n```", text, re.DOTALL)
    return BeautifulSoup("\n".join(blocks), "html.parser")


def test_every_claim_has_a_place_of_its_own(page: BeautifulSoup) -> None:
    assert [card["id"] for card in page.select(".mtl-claim")] == list(map(claim_id, ROWS))
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_links_lead_to_the_lessons_figure_and_the_bibliography(page: BeautifulSoup) -> None:
    hrefs = {link["href"] for link in page.select(".mtl-claim a") if link["href"][0] != "#"}
    assert hrefs == {
        "figures/noisy_polynomials.html#figure-table-4-1",
        "bibliography.html#nahm2020",
    }


def test_the_page_leads_to_the_lesson_and_to_the_plain_words(text: str) -> None:
    assert "(lessons/01_noisy_polynomials.ipynb)" in text
    assert "(held.md)" in text


def test_the_filter_offers_what_there_is_and_waits_for_its_script(page: BeautifulSoup) -> None:
    form = page.find(class_="mtl-filter")
    assert form.has_attr("hidden")
    for name in ("lesson", "verdict", "evidence"):
        offered = {option["value"] for option in form.find("select", {"name": name})("option")}
        assert offered >= {row[name] for row in ROWS} | {""}
    assert all(field.find_parent("label") for field in form.find_all(["select", "input"]))
    assert form.find(role="status").text == "7 of 7 claims shown"


def test_the_page_asks_for_the_filters_script(text: str) -> None:
    from mtlkit.report.scripts import SCRIPTS

    assert [scripts for sign, scripts in SCRIPTS.items() if sign in text] == [("ledger.js",)]


def test_the_files_hold_every_verdict(page: BeautifulSoup) -> None:
    files = {
        link["download"]: base64.b64decode(link["href"].partition("base64,")[2]).decode()
        for link in page.select(".mtl-downloads a")
    }
    assert json.loads(files["claims.json"]) == ROWS
    lines = list(csv.DictReader(io.StringIO(files["claims.csv"])))
    assert [line["id"] for line in lines] == [row["id"] for row in ROWS]
    assert [line["quote"] for line in lines] == [row["quote"] for row in ROWS]
    assert float(lines[0]["effect"]) == ROWS[0]["effect"]
    assert lines[-1]["effect"] == ""


def test_a_lesson_without_claims_says_so() -> None:
    text = ledger_page(Edition([examples.chapter(Path("unused"))], [], "smoke"))
    assert "No claims yet." in text
    assert "0 of 0 claims shown" in text
