"""Notebooks executed side by side: with parameters, each told, and failures with their reasons."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from mtlkit.core.workers import Here, WorkerDied
from mtlkit.errors import UsageError
from mtlkit.report.executing import Executed, Sheet, execute_all

from . import examples


def sheet(folder: Path, *cells: str, **parameters: str) -> Sheet:
    return Sheet.read(examples.notebook(folder / "book.ipynb", *cells), parameters)


def test_parameters_are_read_as_numbers_and_unknown_ones_refused(tmp_path: Path) -> None:
    book = examples.notebook(tmp_path / "book.ipynb")
    text = book.read_text(encoding="utf-8").replace('scale = \\"lesson\\"', "scale = 1\\nseed = 0")
    book.write_text(text, encoding="utf-8")
    read = Sheet.read(book, {"seed": "3", "scale": "smoke"})
    assert read.parameters == {"seed": 3, "scale": "smoke"}
    with pytest.raises(UsageError, match=r"^--set pace: .* has no such parameter; .* seed"):
        Sheet.read(book, {"pace": "1"})
    with pytest.raises(UsageError, match=r"none\.ipynb: there is none"):
        Sheet.read(tmp_path / "none.ipynb", {})


def test_good_and_bad_ones_are_written_and_the_bad_ones_told(tmp_path: Path) -> None:
    good = sheet(tmp_path / "good", "print(scale)", scale="smoke")
    bad = sheet(tmp_path / "bad", "first = 1", "1 / 0", scale="smoke")
    bad = Sheet("bad.ipynb", bad.text, bad.parameters)
    out = tmp_path / "out"
    out.mkdir()
    told = {
        name: (seconds, fault) for name, seconds, fault in execute_all([good, bad], out, Here())
    }
    assert all(seconds > 0 for seconds, _ in told.values())
    assert told["book.ipynb"][1] == ""
    assert "ZeroDivisionError" in told["bad.ipynb"][1]
    assert "In [3]" in told["bad.ipynb"][1] or "In [4]" in told["bad.ipynb"][1]
    done = nbformat.read(out / "book.ipynb", as_version=4)
    assert done.cells[-1].outputs[0].text == "smoke\n"
    assert (out / "bad.ipynb").is_file()


class Dying(Here):
    """Workers that are all lost with the one that a deadly notebook kills, before or after."""

    def results(self, function, items):  # type: ignore[no-untyped-def]
        names = [item.name for item in items]
        if names[0] != "deadly.ipynb":
            yield Executed(names[0], "{}", 1.0, "")
        if "deadly.ipynb" in names:
            raise WorkerDied
        yield from (Executed(name, "{}", 1.0, "") for name in names[1:])


@pytest.mark.parametrize("place", range(3))
def test_what_was_under_way_when_a_worker_died_is_executed_again(
    tmp_path: Path, place: int
) -> None:
    names = ["one.ipynb", "two.ipynb"]
    names.insert(place, "deadly.ipynb")
    told = list(execute_all([Sheet(name, "{}", {}) for name in names], tmp_path, Dying()))
    assert [name for name, _, fault in told if not fault] == ["one.ipynb", "two.ipynb"]
    (fault,) = [fault for _, _, fault in told if fault]
    assert fault == "deadly.ipynb: its worker was killed each time."
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.ipynb", "two.ipynb"]
