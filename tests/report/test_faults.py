"""The section on what was broken on purpose."""

from pathlib import Path

import attrs
import pytest
from bs4 import BeautifulSoup

from mtlkit.core.measurement import Machine
from mtlkit.errors import UsageError
from mtlkit.report.faults import Campaign, Tried, faults_section, read_campaign

KILLED = Tried(
    name="kill",
    title="kill -9 <anywhere>",
    means="Killed & left.",
    trials=40,
    survived=40,
    kept=222,
    again=31,
    seconds=0.0123,
)
LOST = attrs.evolve(KILLED, name="disk", trials=10, survived=8, failures=("no <b>table</b>", "two"))
CAMPAIGN = Campaign(
    faults=(KILLED, LOST),
    undisturbed=0.25,
    machine=Machine("A processor", 2, 15.6),
    versions={"Python": "3.11.7"},
    date="2026-03-04",
)


@pytest.fixture
def section(tmp_path: Path) -> BeautifulSoup:
    CAMPAIGN.write(tmp_path / "faults.json")
    return BeautifulSoup(faults_section(tmp_path / "faults.json"), "html.parser")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    CAMPAIGN.write(tmp_path / "deep/faults.json")
    assert read_campaign(tmp_path / "deep/faults.json") == CAMPAIGN


def test_a_fault_is_told_with_its_figures(section: BeautifulSoup) -> None:
    row = section.select("tbody tr")[0]
    assert row.th.text == "kill -9 <anywhere>Killed & left."
    told = {cell["data-label"]: cell.text for cell in row.find_all("td")}
    assert told == {
        "Tried": "40",
        "Survived": "40",
        "Kept": "222",
        "Again": "31",
        "Time lost": "0.012 s",
    }
    assert "50 trials, of which 48 survived; 2026-03-04, on A processor, 2 cores" in section.text
    assert "the whole study trains for 0.25 s" in section.text


def test_a_fault_that_was_not_survived_is_shown_as_such(section: BeautifulSoup) -> None:
    good, bad = section.select("tbody tr")
    assert good.select(".mtl-old") == []
    assert [flag.text for flag in bad.select(".mtl-old")] == ["no <b>table</b>"]
    assert bad.find("td", attrs={"data-label": "Survived"}).text == "8, not all"


def test_where_nothing_was_tried_the_page_says_how_to(tmp_path: Path) -> None:
    assert "`make faults` does" in faults_section(tmp_path / "none.json")


@pytest.mark.parametrize("text", ["{}", "[1]", "no json", '{"faults": [{"name": 1}]}'])
def test_a_record_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "faults.json").write_text(text)
    with pytest.raises(UsageError, match=r"faults\.json: is no record of faults"):
        read_campaign(tmp_path / "faults.json")
