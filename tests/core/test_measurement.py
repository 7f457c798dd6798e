"""Rows of benchmarks, and their way into a file and back."""

import json
import statistics
from pathlib import Path

import attrs
import pytest

from mtlkit.core.measurement import (
    Curve,
    Machine,
    Measurement,
    Ratio,
    Spread,
    measurements,
    read_measurement,
)
from mtlkit.errors import UsageError

RATIO = Ratio("ten of width 64", 2.0, 0.5, 4.0, 3.5, 4.5, 6.0, {"replicas": 10, "width": 64})
SPREAD = Spread("`mtlkit --help`", (0.25, 0.125, 0.5), 0.3)
CURVE = Curve("replicas", "replicas", "seconds", (1, 10), (0.5, 2), (0.25, 1), (1, 4), log_y=False)
RECORD = Measurement(
    name="made_up",
    title="Made up",
    sentence="This “against” that.",
    rows=(RATIO, SPREAD, CURVE),
    machine=Machine("AMD EPYC", 2, 15.5),
    versions={"python": "3.11.7", "torch": "2.15.0"},
    threads=1,
    date="2026-03-04",
)


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    other = attrs.evolve(RECORD, name="other", rows=(SPREAD,), threads=None)
    RECORD.write(tmp_path / "new")
    other.write(tmp_path / "new")
    assert measurements(tmp_path / "new") == {"made_up": RECORD, "other": other}


def test_another_run_takes_the_place_of_the_first_alone(tmp_path: Path) -> None:
    RECORD.write(tmp_path)
    again = attrs.evolve(RECORD, date="2026-03-05", rows=(SPREAD,))
    assert again.write(tmp_path) == tmp_path / "made_up.json"
    assert [file.name for file in tmp_path.iterdir()] == ["made_up.json"]
    assert read_measurement(tmp_path / "made_up.json") == again


def test_the_file_is_plain_json_that_names_the_kind_of_each_row(tmp_path: Path) -> None:
    told = json.loads(RECORD.write(tmp_path).read_text(encoding="utf-8"))
    assert [row["kind"] for row in told["rows"]] == ["ratio", "spread", "curve"]
    assert told["rows"][0]["at"] == {"replicas": 10, "width": 64}
    assert told["machine"] == {"processor": "AMD EPYC", "cores": 2, "memory_gib": 15.5, "gpu": ""}


def test_a_number_that_is_none_is_not_kept(tmp_path: Path) -> None:
    bad = attrs.evolve(RECORD, rows=(Spread("gone", (float("nan"),)),))
    with pytest.raises(ValueError, match="JSON compliant"):
        bad.write(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"rows": [{"kind": "sum"}], "machine": {}}', '{"rows": 1}']
)
def test_what_is_no_record_is_refused_with_the_command_that_makes_one(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "growth.json").write_text(text)
    with pytest.raises(UsageError, match=r"growth\.json: is no record .*-m benchmarks growth"):
        measurements(tmp_path)


def test_where_nothing_was_measured_there_is_no_record(tmp_path: Path) -> None:
    assert measurements(tmp_path / "nothing") == {}


def test_goals_are_reached_upwards_for_speed_and_downwards_for_time() -> None:
    assert RATIO.met is False and attrs.evolve(RATIO, goal=4.0).met is True
    assert SPREAD.median == statistics.median(SPREAD.values)
    assert SPREAD.met is True and attrs.evolve(SPREAD, goal=0.2).met is False
    assert attrs.evolve(RATIO, goal=None).met is None
    assert attrs.evolve(SPREAD, goal=None).met is None


def test_a_row_below_its_goal_says_so_in_its_line() -> None:
    assert RATIO.line().endswith("4.00x  (3.50 to 4.50)  below the goal, 6x")
    assert "goal" not in attrs.evolve(RATIO, goal=3.0).line()


def test_lines_stand_under_their_header() -> None:
    told = {"theirs/ms": "2000.0", "ours/ms": "500.0", "ratio": "4.00x"}
    for name, value in told.items():
        assert RATIO.line().index(value) + len(value) == RATIO.header.index(name) + len(name)
    for row in SPREAD, CURVE:
        last = row.line().splitlines()[-1]
        assert row.header.endswith("to") and len(last) == len(row.header)


def test_a_curve_needs_as_many_of_each() -> None:
    with pytest.raises(UsageError, match="2 values of x, 1 of y, 2 of low, 2 of high"):
        attrs.evolve(CURVE, y=(1.0,))


def test_a_machine_is_told_in_words() -> None:
    assert Machine("ARM", 1, 0.0, "NVIDIA H200").words() == "ARM, 1 core, NVIDIA H200"
