"""The section on what was broken on purpose."""

from pathlib import Path

import attrs
import pytest
from bs4 import BeautifulSoup

from mtlkit.report.faults import faults_section
from tests.core.test_faults import CAMPAIGN


@pytest.fixture
def section(tmp_path: Path) -> BeautifulSoup:
    CAMPAIGN.write(tmp_path / "faults.json")
    return BeautifulSoup(faults_section(tmp_path / "faults.json"), "html.parser")


def test_a_fault_is_told_with_its_figures(section: BeautifulSoup) -> None:
    row = section.select("tbody tr")[0]
    assert row.th.text == "kill -9 <anywhere>Killed & left."
    told = {cell["data-label"]: cell.text for cell in row.find_all("td")}
    assert told == {
        "Tried": "40",
        "Survived": "40",
        "Kept": "222",
        "Again": "31",
        "Time lost": "12 ms",
    }
    assert "50 trials, of which 48 survived; 2026-03-04, on A processor, 2 cores" in section.text
    assert "the whole study trains for 250 ms" in section.text


def test_faults_of_two_days_are_said_to_be_so(tmp_path: Path) -> None:
    later = attrs.evolve(CAMPAIGN.faults[1], date="2026-03-09")
    CAMPAIGN.with_again([later]).write(tmp_path / "faults.json")
    assert "survived; 2026-03-04 to 2026-03-09, on" in faults_section(tmp_path / "faults.json")


def test_a_fault_that_was_not_survived_is_shown_as_such(section: BeautifulSoup) -> None:
    good, bad = section.select("tbody tr")
    assert good.select(".mtl-old") == []
    assert [flag.text for flag in bad.select(".mtl-old")] == ["no <b>table</b>"]
    assert bad.find("td", attrs={"data-label": "Survived"}).text == "8, not all"


def test_where_nothing_was_tried_the_page_says_how_to(tmp_path: Path) -> None:
    assert "`make faults` does" in faults_section(tmp_path / "none.json")
