"""The page that says how the numbers were computed."""

import json
from pathlib import Path

import attrs
import nbformat
import pytest
from bs4 import BeautifulSoup

from mtlkit.core.freshness import comparison
from mtlkit.core.provenance import numerics_version
from mtlkit.report.computed import computed_page
from mtlkit.report.edition import Chapter, Edition
from mtlkit.report.recomputed import recomputed
from mtlkit.report.run_times import CellTime, run_times

from . import examples
from .test_facts import OLD

TODAY = numerics_version(examples.LESSON.numerics_files)
CHECK = {
    "lesson": "noisy_polynomials",
    "study": "table_4_1",
    "data": "generated",
    "scale": "lesson",
    "agrees": True,
    "tolerance": 0.5,
    "loose": {"best_epoch": 1.0},
    "settings": [
        {"labels": {"tasks": 3}, "strategies": ["equal"], "seeds": 5},
        {"labels": {"tasks": 3}, "strategies": ["single_task"], "seeds": 5},
    ],
    "largest": {
        "estimate": {"where": {}, "half_widths": 0.031, "note": ""},
        "best_epoch": {"where": {}, "half_widths": 0.27, "note": ""},
    },
    "numerics": TODAY,
    "numerics_published": TODAY,
    "comparison": comparison(),
    "device": "CPU (aarch64, Linux)",
    "created": "2026-03-04T05:06:07+00:00",
    "seconds": 12.0,
}


def edition(*studies, times=()) -> Edition:
    chapter = Chapter(examples.LESSON, Path("01.ipynb"), studies)
    return Edition([chapter], examples.ROWS, "smoke", {"noisy_polynomials": times})


def page(*studies, times=()) -> BeautifulSoup:
    return BeautifulSoup(computed_page(edition(*studies, times=times)), "html.parser")


def checks(folder: Path, *records: dict[str, object]) -> BeautifulSoup:
    (folder / "checks").mkdir()
    for number, record in enumerate(records):
        (folder / "checks" / f"{number}.json").write_text(json.dumps(record))
    return BeautifulSoup(recomputed(examples.LESSON, folder), "html.parser")


def test_a_study_is_told_with_its_provenance() -> None:
    (row,) = page(examples.STUDY).table.select("tbody tr")
    told = {cell["data-label"]: cell.text for cell in row.find_all("td")}
    assert row.th.text == "table_4_1"
    assert told["Settings"] == "8" and told["Seeds, up to"] == "10"
    assert told["Training time"] == "13 min" and told["Made"] == "2026-01-02"
    assert told["Code"] == "today’s"
    text = page(examples.STUDY).text
    assert "torch 2.15.0" in text and "CPU (x86_64" in text
    assert "more than 0.5 times the half-width" in text and ", or 1 for" not in text
    loose = {**examples.STUDY.provenance, "loose": {"stop_epoch": 1.0, "best_epoch": 1.0}}
    text = page(attrs.evolve(examples.STUDY, provenance=loose)).text
    assert "(geometric means of positive numbers), or 1 for best_epoch, stop_epoch." in text


def test_a_checksum_is_shown_where_data_have_one() -> None:
    told = {**examples.STUDY.provenance, "data": {"name": "digits", "checksum": "f" * 64}}
    study = attrs.evolve(examples.STUDY, data="digits", provenance=told)
    assert f"checksum {'f' * 12}" in page(study).text


def test_a_study_of_older_code_is_flagged_with_its_version() -> None:
    flags = page(examples.STUDY, OLD).table.select(".mtl-old")
    assert len(flags) == 1
    assert flags[0].text.startswith("0-123456789abc: computed by an older version")


def test_studies_made_with_other_versions_are_told_apart() -> None:
    other = attrs.evolve(
        examples.STUDY,
        study="figure_4_2",
        provenance={**examples.STUDY.provenance, "versions": {"torch": "9.9.9"}},
    )
    assert "figure_4_2: made on" in page(examples.STUDY, other).text


def test_a_lesson_without_studies_has_no_table_of_them() -> None:
    assert "No study is published yet" in computed_page(edition())


def test_the_time_of_the_notebook_is_that_of_its_cells() -> None:
    times = [CellTime(1, "import torch", 1.5), CellTime(2, "x < 1", 2.5), CellTime(3, "y", 0.01)]
    told = page(examples.STUDY, times=times)
    assert "3 cells of code took 4 s at scale smoke, 1 of them" in told.text
    rows = told.find("details").select("tbody tr")
    assert [row.text for row in rows] == ["cell 1import torch1.5 s", "cell 2x < 12.5 s"]


def test_papermills_durations_are_kept_with_the_line_that_says_what_a_cell_does() -> None:
    new = nbformat.v4
    cells = [
        new.new_markdown_cell("text"),
        new.new_code_cell("# a comment\nimport torch\n\ntrain()"),
        new.new_code_cell("import torch"),
        new.new_code_cell("x"),
    ]
    for cell, seconds in zip(cells[1:3], (0.5, 2), strict=True):
        cell.metadata["papermill"] = {"duration": seconds}
    assert run_times(new.new_notebook(cells=cells)) == [
        CellTime(1, "train()", 0.5),
        CellTime(2, "import torch", 2.0),
    ]


def test_where_nothing_was_checked_the_page_says_so_and_how_to(tmp_path: Path) -> None:
    told = recomputed(examples.LESSON, tmp_path)
    assert "Nothing" in told and "mtlkit check noisy_polynomials" in told


def test_a_check_is_told_with_its_largest_deviation(tmp_path: Path) -> None:
    (row,) = checks(tmp_path, CHECK).select("tbody tr")
    told = {cell["data-label"]: cell.text for cell in row.find_all("td")}
    assert row.th.text == "table_4_1 (generated, lesson)"
    assert told["Recomputed"] == "tasks 3, equal: 5 seeds; tasks 3, single_task: 5 seeds"
    assert told["Largest deviation"] == "0.27 half-widths (best_epoch)"
    assert told["Allowed"] == "1 half-width" and told["Agrees"] == "yes"
    assert told["Where"] == "CPU (aarch64, Linux)" and told["When"] == "2026-03-04, in 12 s"


@pytest.mark.parametrize(
    ("change", "column", "told"),
    [
        ({"agrees": False}, "Agrees", "no"),
        (
            {"largest": {**CHECK["largest"], "estimate": {"half_widths": 0.2, "note": ""}}},
            "Allowed",
            "0.5 half-widths",
        ),
        ({"loose": {}}, "Allowed", "0.5 half-widths"),
        (
            {"largest": {**CHECK["largest"], "seed": {"half_widths": None, "note": "gone"}}},
            "Largest deviation",
            "seed: gone",
        ),
        ({"largest": {}}, "Largest deviation", "nothing to compare"),
    ],
)
def test_a_check_that_went_wrong_says_how(
    tmp_path: Path, change: dict[str, object], column: str, told: str
) -> None:
    found = checks(tmp_path, {**CHECK, **change})
    assert found.find("td", attrs={"data-label": column}).text == told


def test_a_check_of_older_code_is_flagged_with_the_command_that_renews_it(tmp_path: Path) -> None:
    older = {**CHECK, "study": "figure_4_2", "comparison": "1-a"}
    (flag,) = checks(tmp_path, CHECK, older).select(".mtl-old")
    command = "mtlkit check noisy_polynomials figure_4_2 --scale lesson --record"
    assert flag.text == f"by another version of the comparison: {command}"
