"""The page in plain words: each verdict in its own group, nothing typed in, nothing left out."""

import re
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from mtlkit.explore.claim_links import claim_id
from mtlkit.report.edition import Edition
from mtlkit.report.held import held_page
from mtlkit.report.verdict_words import in_words
from tests.report import examples

ROWS = examples.ROWS


def sections(rows: list[dict[str, Any]]) -> dict[str, BeautifulSoup]:
    """The page's HTML by heading."""
    page = held_page(Edition([examples.chapter(Path("unused"))], rows, "smoke"))
    parts = re.split(r"^#{1,2} (.*)$", page, flags=re.MULTILINE)[1:]
    blocks = (re.findall(r"```\{raw\} html\n(.*?)\n```", part, re.DOTALL) for part in parts[1::2])
    return {
        heading: BeautifulSoup("".join(block), "html.parser")
        for heading, block in zip(parts[::2], blocks, strict=True)
    }


def ids(section: BeautifulSoup) -> list[str]:
    return [title["id"] for title in section.find_all("h4")]


def named(*names: str) -> list[str]:
    return [claim_id(row) for row in ROWS if row["id"].partition(".")[2] in names]


def test_each_claim_stands_in_the_group_of_its_verdict() -> None:
    told = {heading: ids(section) for heading, section in sections(ROWS).items()}
    assert told == {
        "What held, what did not, and why": [],
        "What held": named("underestimated"),
        "What held by construction": named("rises_with_tasks"),
        "What did not hold": named("estimates_match", "printed_form"),
        "What is open": named("added_tasks_help", "more_seeds"),
        "What could not be tested here": named("not_yet"),
    }


def test_another_verdict_moves_a_claim() -> None:
    changed = [{**ROWS[0], "verdict": "inconclusive"}]
    told = sections(changed)
    assert ids(told["What is open"]) == [claim_id(ROWS[0])]
    assert told["What held"].text.strip() == "None."


def test_a_claim_has_its_words_its_reason_and_its_links() -> None:
    for section in sections(ROWS).values():
        for article in section.find_all("article"):
            (row,) = (row for row in ROWS if claim_id(row) == article.h4["id"])
            text = article.text.replace("\N{NO-BREAK SPACE}", " ")
            for told in (row["title"], row["statement"], in_words(row), row["explanation"]):
                assert told in text
            assert [link["href"] for link in article.find_all("a")] == [
                f"claims.html#{claim_id(row)}",
                "figures/noisy_polynomials.html#figure-table-4-1",
            ]


def test_the_summary_counts_all_verdicts() -> None:
    first = next(iter(sections(ROWS).values()))
    assert [part.text for part in first.select(".mtl-bar span")] == ["2", "2", "2", "1"]
    assert [item.strong.text for item in first.select(".mtl-tally li")] == ["2", "2", "2", "1"]
    assert "1 does so by construction" in first.text


def test_construction_is_said_where_a_claim_did_not_hold_too() -> None:
    row = {**ROWS[-1], "by_construction": True}
    assert (
        "The set-up by itself would make" in sections([row])["What could not be tested here"].text
    )


def test_what_would_decide_is_said_of_what_is_open() -> None:
    text = sections(ROWS)["What is open"].text
    assert "about 41 seeds instead of 10 would decide" in text
    assert "not even 10,000 seeds would decide" in text


def test_no_text_becomes_markup() -> None:
    bad = '<i class="bad">&amp;</i>'
    fields = ("title", "statement", "explanation", "note", "unit", "cell", "region", "data")
    row = {**ROWS[0], **dict.fromkeys(fields, bad)}
    section = sections([row])["What held"]
    assert section.find("i") is None
    assert section.h4.text == bad
