"""`mtlkit check`, `diff` and `doctor`: what they tell, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest

from mtlkit import lessons
from mtlkit.core.probes.finding import Finding

from .calling import Command, assert_refused, tree

LESSON, STUDY = "digit_task_weights", "uncertainty_order"
CHECK = ("check", LESSON, "--scale", "smoke", "--seeds", "2", "--device", "cpu")
TABLE = Path("results", LESSON, "studies", "digits.smoke", f"{STUDY}.parquet")


@pytest.fixture
def project(mtlkit: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project with one published study, one of the digits', at `smoke`."""
    monkeypatch.setattr("mtlkit.core.paths.project_root", lambda: tmp_path)
    assert mtlkit("reproduce", LESSON, STUDY, "--scale", "smoke", "--device", "cpu").code == 0
    return tmp_path


def change(file: Path, column: str, factor: float) -> None:
    table = pd.read_parquet(file)
    table[column] *= factor
    table.to_parquet(file, index=False)


def test_a_sound_pack_agrees_and_a_record_is_kept(mtlkit: Command, project: Path) -> None:
    before = tree(project / "results")
    told = mtlkit(*CHECK)
    assert told.code == 0
    assert told.out.split()[:2] == ["agrees", f"{STUDY}:"]
    assert tree(project / "results") == before
    told = mtlkit(*CHECK, STUDY, "--record")
    record = project / "results" / LESSON / "checks" / "digits.smoke" / f"{STUDY}.json"
    assert told.code == 0
    assert told.out.splitlines()[-1].strip() == str(record)
    found = json.loads(record.read_text(encoding="utf-8"), parse_constant=no_constant)
    assert (found["agrees"], found["study"], found["scale"]) == (True, STUDY, "smoke")
    assert found["tolerance"] == lessons.get(LESSON).studies[STUDY].tolerance
    assert found["settings"][0]["seeds"] == 2
    assert {"uncertainty", "best_epoch", "test_accuracy"} <= found["largest"].keys()


def no_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


def test_a_pack_that_was_tampered_with_is_found_out(mtlkit: Command, project: Path) -> None:
    change(project / TABLE, "uncertainty", 1.5)
    told = mtlkit(*CHECK, "--record")
    assert told.code == 1
    assert told.out.split()[:2] == ["DIFFERS", f"{STUDY}:"]
    told_of = [line for line in told.out.splitlines() if "published" in line]
    assert told_of
    assert all(line.split()[0] == "uncertainty," for line in told_of)
    (record,) = project.glob("results/*/checks/*/*.json")
    assert json.loads(record.read_text(encoding="utf-8"))["agrees"] is False


def test_other_numerics_are_told(mtlkit: Command, project: Path) -> None:
    (file,) = project.glob("results/*/provenance/*/*.json")
    record = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**record, "numerics": "0-old"}), encoding="utf-8")
    told = mtlkit(*CHECK)
    assert told.code == 0
    assert "published by another version of the code (0-old; now " in told.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "zebra"), "lesson = zebra: allowed is one of "),
        (("check", LESSON, "table_9"), "study = table_9: allowed is one of figure_5_2, "),
        (("check", LESSON, "--scale", "huge"), "scale = huge: allowed is one of "),
        (("check", LESSON, "--seeds", "1"), "Invalid value for '--seeds': 1 is not in the range"),
        (("check", LESSON, "--settings", "0"), "Invalid value for '--settings': 0 is not in"),
        (("check", LESSON), f"{LESSON} has no published study at scale lesson; `mtlkit reproduce"),
        (("check", LESSON, STUDY), f"{LESSON} {STUDY} has not been published at scale lesson; "),
    ],
)
def test_mistakes_in_check(
    mtlkit: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.setattr("mtlkit.core.paths.project_root", lambda: tmp_path)
    assert_refused(mtlkit(*arguments), message)
    assert tree(tmp_path) == {}


def test_two_runs_are_compared(mtlkit: Command, tmp_path: Path) -> None:
    run = ("run", "noisy_polynomials", "--scale", "smoke", "--seeds", "2", "--device", "cpu")
    for name, rate in (("a", "0.01"), ("b", "0.01"), ("c", "0.02")):
        chosen = ("--set", f"learning_rate={rate}", "--out", tmp_path / name)
        assert mtlkit(*run, *chosen).code == 0
    told = mtlkit("diff", tmp_path / "a", tmp_path / "b")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[0] == "settings: the same"
    assert told.out.splitlines()[-1] == "A and B agree."
    told = mtlkit("diff", tmp_path / "a", tmp_path / "c")
    assert told.code == 1
    assert "learning_rate  A 0.01   B 0.02" in told.out
    assert told.out.splitlines()[-1] == "A and B differ."
    told = mtlkit("diff", tmp_path / "a", tmp_path / "c", "--json")
    assert told.code == 1
    found = json.loads(told.out, parse_constant=no_constant)
    assert found["config"] == {"learning_rate": [0.01, 0.02]}
    sides = [pd.read_parquet(tmp_path / name / "tables" / "errors.parquet") for name in "ac"]
    one, other = (side["clean_error"].to_numpy(float) for side in sides)
    column = found["tables"]["errors"]["columns"]["clean_error"]
    relative = abs(one - other) / abs(pd.DataFrame([one, other])).max().to_numpy()
    assert column["largest"] == pytest.approx(relative.max())
    assert column["differing"] == (one != other).sum()


def test_published_studies_and_packs_are_compared_within_a_tolerance(
    mtlkit: Command, project: Path
) -> None:
    copy = project / "copy"
    for path, text in tree(project / "results" / LESSON).items():
        if text is not None:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(text)
    pack = project / "results" / LESSON
    table = copy / TABLE.relative_to(Path("results", LESSON))
    assert mtlkit("diff", project / TABLE, table).code == 0
    change(table, "noise", 1.001)
    for pair in ((project / TABLE, table), (pack, copy)):
        told = mtlkit("diff", *pair)
        assert told.code == 1
        (line,) = [line for line in told.out.splitlines() if line.startswith("  noise: ")]
        assert "at most by 0.001 of the larger, at noises 1, 2, 3, seed 0" in line
        assert mtlkit("diff", *pair, "--tolerance", "0.002").code == 0


def test_mistakes_in_diff(mtlkit: Command, project: Path) -> None:
    here = project / TABLE
    assert_refused(mtlkit("diff", here, project), f"{project}: holds nothing to compare; allowed ")
    assert_refused(mtlkit("diff", here, here.parents[2]), f"{here} is a published study and ")
    assert_refused(mtlkit("diff", here, here, "--tolerance", "-1"), "tolerance = -1: allowed is ")
    assert_refused(mtlkit("diff", here), "Missing argument 'B'")


FINDINGS = [
    Finding("ok", "python", "Python 3.13"),
    Finding("note", "gpu", "none can be used."),
    Finding("problem", "disk", "only 3 MB free."),
]


@pytest.mark.parametrize(("count", "code"), [(2, 0), (3, 1)])
def test_doctor_tells_a_line_a_finding_and_ends_with_1_on_a_problem(
    mtlkit: Command, monkeypatch: pytest.MonkeyPatch, count: int, code: int
) -> None:
    monkeypatch.setattr("mtlkit.core.doctor.examine", lambda lessons: FINDINGS[:count])
    told = mtlkit("doctor")
    assert told.code == code
    assert told.out.splitlines() == [
        *(f"{one.state:>8}  {one.about}: {one.text}" for one in FINDINGS[:count]),
        f"Problems: {code}. Notes: 1.",
    ]
    told = mtlkit("doctor", "--json")
    assert told.code == code
    assert [Finding(**row) for row in json.loads(told.out)] == FINDINGS[:count]


def test_doctor_looks_at_every_lesson_of_the_course(mtlkit: Command) -> None:
    about = {row["about"] for row in json.loads(mtlkit("doctor", "--json").out)}
    assert about >= {f"results {name}" for name in lessons.names()}
