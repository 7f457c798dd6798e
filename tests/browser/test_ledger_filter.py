"""The filter above the claims, in a browser: what is left, the address, and Back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import mtlkit.report
from mtlkit.explore.claim_links import claim_id
from mtlkit.report.edition import Edition
from mtlkit.report.ledger import ledger_page
from tests.report import examples

ROWS = examples.ROWS
STATIC = Path(mtlkit.report.__file__).parent / "static"
SHOWN = ".mtl-claim:visible"


@pytest.fixture
def address(tmp_path: Path) -> str:
    """The ledger's HTML with its script and style, as a file."""
    text = ledger_page(Edition([examples.chapter(Path("unused"))], ROWS, "smoke"))
    _, tools, cards = re.findall(r"```\{raw\} html\n(.*?)\n```", text, re.DOTALL)
    page = tmp_path / "claims.html"
    page.write_text(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Claims</title>"
        f"<style>{(STATIC / 'ledger.css').read_text()}</style>"
        f"<main class='bd-article'>{tools}<section><h2>01</h2>{cards}</section></main>"
        f"<script>{(STATIC / 'ledger.js').read_text()}</script></html>"
    )
    return page.as_uri()


def ids(page: Page) -> list[str]:
    return [card.get_attribute("id") or "" for card in page.locator(SHOWN).all()]


def of(**chosen: str) -> list[str]:
    return [claim_id(row) for row in ROWS if all(row[key] == chosen[key] for key in chosen)]


def test_choices_leave_the_claims_they_name_and_count_them(
    browser_page: Page, address: str
) -> None:
    browser_page.goto(address)
    assert ids(browser_page) == of()
    browser_page.get_by_label("Verdict").select_option("inconclusive")
    assert ids(browser_page) == of(verdict="inconclusive")
    expect(browser_page.get_by_role("status")).to_have_text("2 of 7 claims shown")
    browser_page.get_by_label("Evidence").select_option("stand-in")
    assert ids(browser_page) == of(verdict="inconclusive", evidence="stand-in")
    browser_page.get_by_role("button", name="Reset").click()
    assert ids(browser_page) == of()
    assert browser_page.evaluate("location.hash") == ""


def test_words_may_stand_anywhere_in_a_claim(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_label("Words").press_sequentially("LIKELIHOOD gaussian")
    assert ids(browser_page) == of(evidence="printed")
    browser_page.get_by_label("Words").fill("no such words")
    assert ids(browser_page) == []
    expect(browser_page.get_by_text("No claim is like that")).to_be_visible()
    expect(browser_page.get_by_role("heading", name="01")).to_be_hidden()
    browser_page.get_by_role("button", name="Reset").click()
    expect(browser_page.get_by_text("No claim is like that")).to_be_hidden()
    assert ids(browser_page) == of()


def test_a_filtered_view_can_be_sent_to_someone(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_label("Verdict").select_option("not testable here")
    browser_page.get_by_label("Words").fill("figure_4_2 & 5 %")
    sent = browser_page.evaluate("location.href")
    browser_page.goto("about:blank")
    browser_page.goto(sent)
    expect(browser_page.get_by_label("Verdict")).to_have_value("not testable here")
    expect(browser_page.get_by_label("Words")).to_have_value("figure_4_2 & 5 %")
    expect(browser_page.get_by_role("status")).to_have_text("0 of 7 claims shown")


def test_an_address_that_names_what_is_not_there_filters_nothing(
    browser_page: Page, address: str
) -> None:
    browser_page.goto(f"{address}#verdict=splendid&lesson=noisy_polynomials")
    assert ids(browser_page) == of()
    expect(browser_page.get_by_label("Lesson")).to_have_value("noisy_polynomials")


def test_back_undoes_a_choice_and_a_whole_search(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_label("Verdict").select_option("holds")
    browser_page.get_by_label("Words").press_sequentially("fifth")
    browser_page.go_back()
    expect(browser_page.get_by_label("Words")).to_have_value("")
    assert ids(browser_page) == of(verdict="holds")
    browser_page.go_back()
    assert ids(browser_page) == of()
    browser_page.go_forward()
    assert ids(browser_page) == of(verdict="holds")


def test_a_link_to_a_claim_shows_it_whatever_is_filtered(browser_page: Page, address: str) -> None:
    browser_page.goto(f"{address}#verdict=holds")
    target = of(verdict="not testable here")[0]
    browser_page.evaluate("place => { location.hash = place }", target)
    expect(browser_page.locator(f"#{target}")).to_be_in_viewport()
    assert ids(browser_page) == of()
    browser_page.go_back()
    assert ids(browser_page) == of(verdict="holds")


def test_a_link_to_a_claim_that_is_shown_keeps_the_filter(browser_page: Page, address: str) -> None:
    browser_page.goto(f"{address}#verdict=holds")
    browser_page.locator(SHOWN).last.get_by_text("Link to this claim").click()
    assert ids(browser_page) == of(verdict="holds")


def test_without_javascript_all_claims_are_shown_and_no_filter(
    browser_page: Page, address: str
) -> None:
    context = browser_page.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}#verdict=holds")
    expect(page.locator(".mtl-claim:visible")).to_have_count(len(ROWS))
    expect(page.locator(".mtl-filter")).to_be_hidden()
    context.close()


def test_the_filter_works_from_the_keyboard(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_label("Lesson").focus()
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.type("fails")
    assert ids(browser_page) == of(verdict="fails")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.type("likelihood")
    assert ids(browser_page) == of(evidence="printed")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Enter")
    assert ids(browser_page) == of()
