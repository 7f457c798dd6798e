"""What `python -m benchmarks` runs, prints and keeps."""

import importlib.util
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import torch
from click.testing import CliRunner, Result

from benchmarks import __main__ as command
from benchmarks import sharing, stacked_training
from benchmarks.__main__ import BENCHMARKS
from benchmarks.record import machine
from benchmarks.timing import Row, Spread, compare, ratio
from mtlkit.core.measurement import measurements
from mtlkit.errors import UsageError

ROWS = (Spread("one", (1.0, 3.0, 2.0)), ratio("two", (6.0, 8.0, 9.0), (2.0, 2.0, 3.0), goal=3.5))


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(command.main, arguments)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that take no time."""
    monkeypatch.setattr(stacked_training, "measure", lambda: iter(ROWS))


def test_rows_are_printed_and_kept_with_where_they_are_from(made_up: None, tmp_path: Path) -> None:
    told = bench("stacked_training", "--out", str(tmp_path))
    assert told.exit_code == 0
    assert all(row.line() in told.output and row.header in told.output for row in ROWS)
    (kept,) = measurements(tmp_path).values()
    assert kept.rows == ROWS and kept.sentence == BENCHMARKS["stacked_training"].sentence
    assert kept.machine == machine() and kept.threads == 1 == torch.get_num_threads()
    assert kept.versions["Python"] == platform.python_version()


def test_only_the_file_of_a_name_is_rewritten(made_up: None, tmp_path: Path) -> None:
    (tmp_path / "growth.json").write_text("kept")
    bench("stacked_training", "--out", str(tmp_path))
    assert (tmp_path / "growth.json").read_text() == "kept"


def test_a_benchmark_without_rows_leaves_the_older_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "stacked_training.json").write_text("older")
    monkeypatch.setattr(stacked_training, "measure", lambda: iter(()))
    assert "no row" in bench("stacked_training", "--out", str(tmp_path)).output
    assert (tmp_path / "stacked_training.json").read_text() == "older"


def test_what_cannot_be_measured_is_told_and_the_others_are(
    made_up: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing() -> Iterator[Row]:
        yield ROWS[0]
        raise UsageError("package = none: not installed.")

    monkeypatch.setattr(sharing, "measure", missing)
    told = bench("sharing", "stacked_training", "--out", str(tmp_path))
    assert told.exit_code == 1 and "sharing: package = none" in told.output
    assert "not measured: sharing" in told.output.splitlines()
    assert [file.name for file in tmp_path.iterdir()] == ["stacked_training.json"]


def test_an_unknown_name_is_refused_before_any_work(made_up: None, tmp_path: Path) -> None:
    told = bench("stacked_training", "nonsense", "--out", str(tmp_path))
    assert told.exit_code == 2 and "'nonsense' is not one of" in told.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = bench("stacked_training", "--out", str(tmp_path / "file" / "within"))
    assert told.exit_code == 1 and "cannot be written to" in told.output


def test_without_names_all_run_but_those_that_want_to_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(command, "run", lambda name, benchmark, folder: ran.append(name))
    bench("--out", str(tmp_path))
    assert ran == [name for name, one in BENCHMARKS.items() if not one.named_only]
    assert "make_targets" not in ran and "stacked_training" in ran


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_is_there_and_says_what_it_compares(name: str) -> None:
    """Read, not imported: some bring libraries that take seconds."""
    benchmark = BENCHMARKS[name]
    found = importlib.util.find_spec(f"benchmarks.{benchmark.module}")
    assert found is not None and found.origin is not None
    code = Path(found.origin).read_text(encoding="utf-8")
    assert "\ndef measure(" in code
    assert not benchmark.case or ("\nCASES = {" in code and f'"{benchmark.case}": ' in code)
    assert benchmark.title and benchmark.sentence.endswith(".")


def test_a_machine_is_told_without_its_name() -> None:
    told = " ".join(map(str, attrs.astuple(machine())))
    assert platform.node() not in told and machine().cores <= (os.cpu_count() or 1)


def test_turns_are_compared_pair_by_pair() -> None:
    found = ratio("pairs", (2.0, 3.0, 10.0), (1.0, 1.0, 2.0), at={"width": 64})
    assert (found.ratio, found.least, found.most) == (3.0, 2.0, 5.0)
    assert (found.theirs_seconds, found.ours_seconds) == (3.0, 1.0)
    turns: list[str] = []
    compare("turns", lambda: turns.append("theirs"), lambda: turns.append("ours"), turns=2)
    assert turns == ["theirs", "ours"] * 3
