"""The page of speeds says what the records say, and what is missing."""

import json
import re
from pathlib import Path

import attrs
import pytest
from bs4 import BeautifulSoup

from mtlkit.core import measurement
from mtlkit.core.measurement import Measurement, Spread
from mtlkit.errors import UsageError
from mtlkit.report.cover import cover
from mtlkit.report.edition import Edition
from mtlkit.report.measured import measured_page, page
from mtlkit.report.measured_figures import figures

from .made_up_measurements import ALL, GROWTH, MACHINE, OTHER, STACKED, START_UP, record, speed

EDITION = Edition([], [], "smoke")


def shown(*records: Measurement) -> BeautifulSoup:
    return BeautifulSoup(page({each.name: each for each in records}), "html.parser")


def table(soup: BeautifulSoup, number: int = 0) -> dict[str, dict[str, str]]:
    """By the row's name its cells by column."""
    return {
        row.th.text: {cell["data-label"]: cell.text for cell in row.find_all("td")}
        for row in soup.find_all("table")[number].select("tbody tr")
    }


def test_every_row_of_every_record_is_there() -> None:
    soup = shown(*ALL.values())
    cells = {row for number in range(3) for row in table(soup, number)}
    rows = {row.name.replace("`", "") for each in ALL.values() for row in each.rows}
    drawn = "".join(script.text for script in soup.select("figure script"))
    assert {name for name in rows - cells if f'"name":"{name}"' not in drawn} == set()


def test_a_speed_is_told_with_its_range_and_whether_its_goal_is_met() -> None:
    told = table(shown(STACKED))
    assert told["10 replicas of width 64"] == {
        "Theirs": "5.5 s",
        "Ours": "1 s",
        "Speed": "5.50×",
        "Range": "4.95× to 6.60×",
        "Goal": "at least 6.00×missed",
    }
    assert told["100 replicas of width 64"]["Goal"] == "at least 0.95×: met"
    assert told["10 replicas of width 512"]["Goal"].endswith("missed")


def test_times_are_told_with_their_goals_and_code_as_code() -> None:
    soup = shown(START_UP)
    assert table(soup)["mtlkit --help"] == {
        "Median": "350 ms",
        "Range": "250 ms to 400 ms",
        "Goal": "at most 300 msmissed",
    }
    assert table(soup)["share"]["Range"] == "measured once"
    assert table(soup)["share"]["Goal"] == "at most 15 %: met"
    assert [code.text for code in soup.select("th code")] == ["import mtlkit", "mtlkit --help"]


def test_very_small_numbers_are_told_in_powers_of_ten() -> None:
    (row,) = shown(record("peers", Spread("apart", (1.2e-7,), 1e-3, ""))).select("tbody tr")
    assert str(row.td.div) == "<div>1.2·10<sup>-7</sup></div>"
    assert "at most 0.001: met" in row.text


def test_goals_have_a_column_only_where_there_are_some() -> None:
    assert "Goal" in shown(STACKED).thead.text
    assert "Goal" not in shown(OTHER).thead.text


def test_goals_are_counted_and_those_missed_are_named() -> None:
    told = shown(STACKED).find("p").text
    assert told == (
        "Goals: 5, of which 2 missed: 10 replicas of width 64; 10 replicas of width 512."
    )
    (row, *_) = STACKED.rows
    assert shown(attrs.evolve(STACKED, rows=(row,))).find("p").text == "Goals: 1, all of them met."
    assert "Goals" not in shown(OTHER).text.partition("Lesson by lesson")[2]


@pytest.mark.parametrize("rows", [10, 11])
def test_a_long_table_is_folded_with_its_rows_in_it(rows: int) -> None:
    one = STACKED.rows[0]
    soup = shown(
        attrs.evolve(OTHER, rows=tuple(attrs.evolve(one, name=str(n)) for n in range(rows)))
    )
    assert len(table(soup)) == rows
    folded = soup.select("details > .mtl-scroll")
    assert len(folded) == (rows > 10)
    assert not folded or soup.details.summary.text == "All 11 rows"


def test_each_section_says_where_and_when_it_was_measured() -> None:
    elsewhere = attrs.evolve(GROWTH, date="2026-04-01", threads=4)
    notes = [note.text for note in shown(STACKED, elsewhere, START_UP).select("p.mtl-note")]
    assert len(notes) == 3 and all(MACHINE.words() in note for note in notes)
    assert "2026-03-04" in notes[0] and notes[0].endswith("torch 2.15.0, one thread.")
    assert "2026-04-01" in notes[1] and notes[1].endswith("4 threads.")
    assert notes[2].endswith("torch 2.15.0.")


def test_ten_thousand_runs_are_counted_from_the_rows() -> None:
    """Ours takes a second for 100 steps of 100 replicas: 1000 times that for 10 000 x 1000."""
    text = page(ALL)
    assert "2 h 13 min in a plain loop" in text.replace("\n", " ")
    assert "17 min with 100 seeds in a stack: 8.00× as fast" in text
    assert round(8 * 1000 / 60) == 2 * 60 + 13 and round(1000 / 60) == 17
    assert "slower in 2 of the 5 cases measured: 1 replicas of width 512 (0.97×); 10" in text


def test_where_none_is_slower_that_is_said() -> None:
    assert "In none of the 1 cases" in page({"stacked_training": record("any", speed(10, 64, 2.0))})


def test_what_is_not_measured_names_its_command() -> None:
    empty = page({})
    asked = re.findall(r"Not measured yet: `python -m benchmarks (\w+)`", empty)
    assert set(asked) >= {"stacked_training", "peers", "growth", "start_up", "make_targets"}
    assert "In short" not in empty and "Lesson by lesson" not in empty
    now = re.findall(r"Not measured yet: `python -m benchmarks (\w+)`", page(ALL))
    assert set(asked) - set(now) == {"stacked_training", "growth", "start_up"}


def test_what_the_page_asks_for_can_be_measured() -> None:
    from benchmarks.__main__ import BENCHMARKS

    for name, title in re.findall(r"## (.*)\n\nNot measured yet: `.* (\w+)`", page({})):
        assert BENCHMARKS[title].title == name


def test_the_picture_of_speeds_has_a_line_a_width() -> None:
    (panel,) = figures(STACKED)
    (facet,) = panel.facets
    assert {line.key: (line.x, line.y) for line in facet.lines} == {
        "width 64": ((1.0, 10.0, 100.0), (1.02, 5.5, 8.0)),
        "width 512": ((1.0, 10.0), (0.97, 0.9)),
    }
    assert facet.lines[0].low is not None and facet.lines[0].low[1] == pytest.approx(0.9 * 5.5)
    assert [reference.value for reference in facet.references] == [1.0]
    assert "from 0.9 to 8" in panel.alt


def test_another_way_at_the_same_place_is_no_second_point() -> None:
    again = attrs.evolve(speed(10, 64, 3.0), name="the same with vmap")
    (panel,) = figures(attrs.evolve(STACKED, rows=(*STACKED.rows, again)))
    assert panel == next(figures(STACKED))


def test_curves_of_one_quantity_share_a_picture() -> None:
    seconds, memory = figures(GROWTH)
    assert [line.label for line in seconds.facets[0].lines] == ["replicas", "points"]
    assert seconds.x_label == "replicas or points" and seconds.log_x and seconds.log_y
    assert memory.y_label == "memory in MiB"
    assert memory.facets[0].lines[0].high == pytest.approx((26.0, 39.0, 260.0))


def test_every_picture_can_be_linked_to_and_has_its_command() -> None:
    soup = shown(*ALL.values())
    ids = [figure["id"] for figure in soup.find_all("figure")]
    assert len(set(ids)) == len(ids) == 3
    told = [command.code.text for command in soup.select(".mtl-command")]
    assert told == [
        f"python -m benchmarks {name}" for name in ("stacked_training",) + 2 * ("growth",)
    ]


def test_no_text_becomes_markup() -> None:
    bad = '<i class="bad">&amp;</i>'
    row = attrs.evolve(speed(10, 64, 0.5), name=bad)
    other = attrs.evolve(OTHER, title=bad, sentence=bad)
    soup = shown(attrs.evolve(STACKED, rows=(row,), title=bad, sentence=bad), other)
    assert soup.find("i") is None and row.name in table(soup)


def test_the_page_is_made_from_the_published_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measurement, "results_root", lambda: tmp_path)
    assert measured_page(EDITION) == page({})
    for each in ALL.values():
        each.write(tmp_path / "benchmarks")
    assert measured_page(EDITION) == page(ALL)
    (tmp_path / "benchmarks" / "growth.json").write_text(json.dumps({"rows": []}))
    with pytest.raises(UsageError, match=r"growth\.json"):
        measured_page(EDITION)


def test_the_cover_leads_to_it() -> None:
    text = cover(EDITION)
    assert "](measured.md)" in text and "\nmeasured\n" in text
