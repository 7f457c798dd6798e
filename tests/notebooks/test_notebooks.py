"""Every notebook runs at `smoke`, keeps its checked facts, and its exercise has a solution."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mtlkit import exercises, lessons
from mtlkit.report.execute import hidden_errors

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CHECKED = "# NBVAL_CHECK_OUTPUT"

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def _cells(path: Path, kind: str) -> list[Any]:
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == kind]


def test_every_lesson_has_its_notebook() -> None:
    expected = {lessons.get(name).notebook for name in lessons.names()}
    assert {path.name for path in NOTEBOOKS} == expected


@each_notebook
def test_runs_at_smoke_without_a_hidden_error(path: Path, real_report: Path) -> None:
    done = nbformat.read(real_report / "notebooks" / path.name, 4)  # an error fails the report
    assert not list(hidden_errors(done))
    shown = [cell for cell in done.cells if cell.cell_type == "code" and cell.outputs]
    assert len(shown) > 3


@each_notebook
def test_checked_facts_hold(path: Path) -> None:
    environment = {**os.environ, "MTLKIT_SCALE": "smoke", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-cell-timeout=300"]
    command += ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(path)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=FOLDER, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\d+ passed", done.stdout)


@each_notebook
def test_only_checked_cells_keep_output(path: Path) -> None:
    notebook = nbformat.read(path, 4)
    checked = [cell for cell in _cells(path, "code") if cell.source.startswith(CHECKED)]
    assert checked
    for cell in checked:
        # nbval compares nothing where there is no output or no execution count.
        assert cell.outputs
        assert cell.execution_count
    for cell in _cells(path, "code"):
        if cell not in checked:
            assert not cell.outputs
            assert cell.execution_count is None
    assert "widgets" not in notebook.metadata
    assert notebook.metadata.kernelspec.name == "python3"
    assert len(json.dumps(notebook)) < 100_000


@each_notebook
def test_cells_are_short_and_parameters_are_tagged(path: Path) -> None:
    cells = _cells(path, "code")
    assert all(len(cell.source.splitlines()) <= 15 for cell in cells)
    (parameters,) = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    for name in ("scale", "seed", "device"):
        assert re.search(rf"^{name} = ", parameters.source, re.MULTILINE)


@each_notebook
def test_the_exercise_is_open_and_its_solution_right(path: Path) -> None:
    (exercise,) = [
        cell for cell in _cells(path, "code") if "exercise" in cell.metadata.get("tags", [])
    ]
    (solution,) = [
        cell for cell in _cells(path, "markdown") if "solution" in cell.metadata.get("tags", [])
    ]
    (code,) = re.findall(r"```python\n(.*?)```", solution.source, re.DOTALL)
    (name,) = re.findall(r"^def (\w+)\(", code, re.MULTILINE)
    (checker,) = re.findall(r"(check_\w+)\(", exercise.source, re.MULTILINE)
    scope: dict[str, Any] = {}
    exec(code, scope)
    check: Callable[..., bool] = getattr(exercises, checker)
    assert check(scope[name])
    unsolved: dict[str, Any] = {}
    exec(re.sub(r"^.*= check_.*", "", exercise.source, flags=re.MULTILINE), unsolved)
    assert not check(unsolved[name])
