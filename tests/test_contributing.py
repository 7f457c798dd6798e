"""The examples of CONTRIBUTING.md run as they stand there and do what the page says."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit import lessons
from mtlkit.balance import Weighting
from mtlkit.core.ledger import ledger
from mtlkit.core.lesson import Experiment, Lesson
from mtlkit.core.provenance import numerics_version
from mtlkit.core.publishing import published
from mtlkit.core.runner import Runner, run_setting
from mtlkit.core.training import fit
from mtlkit.errors import UsageError

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CPU = torch.device("cpu")


def blocks(heading: str, language: str) -> list[str]:
    """The fenced blocks of a language in the section of that heading."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def run_block(heading: str) -> dict[str, Any]:
    """Run the only Python block of a section; the names it leaves."""
    (code,) = blocks(heading, "python")
    scope: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, heading, "exec"), scope)
    return scope


# A balancer of your own


@pytest.fixture(scope="module")
def balancer() -> dict[str, Any]:
    return run_block("A balancer of your own")


def test_the_worst_task_gets_most_weight(balancer: dict[str, Any]) -> None:
    weights = balancer["weights"]
    assert weights.shape == (5, 3)
    torch.testing.assert_close(weights.sum(1), torch.full((5,), 3.0))
    losses = torch.tensor([[1.0, 2.0, 5.0]])
    for power, expected in ((1.0, losses * 3 / 8), (2.0, losses**2 * 3 / 30), (0.0, losses**0)):
        made: Weighting = balancer["WorstFirst"](1, 3, power)
        made.objective(losses)
        torch.testing.assert_close(made.weights(), expected)
    made.objective(torch.zeros(1, 3))
    torch.testing.assert_close(made.weights(), torch.ones(1, 3))


def test_it_goes_on_when_replicas_stop_early(balancer: dict[str, Any]) -> None:
    config, team = balancer["config"], balancer["team"]
    program = balancer["PolynomialProgram"](config, "equal", team, CPU)
    program.balancer = balancer["WorstFirst"](5, config.tasks)
    running = [len(epoch.rows) for epoch in fit(program, epochs=60, patience=2)]
    assert running[0] == 5
    assert len(set(running)) > 1
    assert len(program.balancer.weights()) == running[-1]


def _laws() -> ModuleType:
    """The tests that the package's own balancers pass."""
    file = ROOT / "tests" / "balance" / "test_laws.py"
    spec = importlib.util.spec_from_file_location("laws", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LAWS = _laws()


@pytest.mark.parametrize("law", [name for name in vars(LAWS) if name.startswith("test_")])
def test_it_obeys_the_laws_of_balancers(law: str, balancer: dict[str, Any]) -> None:
    LAWS.BALANCERS["worst first"] = lambda replicas: balancer["WorstFirst"](replicas, LAWS.TASKS)
    getattr(LAWS, law)(name="worst first")


@pytest.mark.parametrize("heading", ["A lesson of your own", "Your own data in lesson 01"])
def test_an_example_is_as_long_as_the_page_says(heading: str) -> None:
    (code,) = blocks(heading, "python")
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith("#")]
    own = [line for line in lines if not line.startswith(("import ", "from "))]
    (told,) = re.findall(rf"^## {heading}\n.*?about\s(\d+)\slines", PAGE, re.MULTILINE | re.DOTALL)
    assert abs(len(own) - int(told)) <= 3


# A lesson of your own

LESSON = "A lesson of your own"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the page's package in it, as if installed."""
    code = blocks(LESSON, "python")
    for text in code:
        file = tmp_path / text.splitlines()[0].removeprefix("# ")
        file.write_text(text, encoding="utf-8")
    (described,) = blocks(LESSON, "toml")
    project = tomllib.loads(described)["project"]
    entries = project["entry-points"]["mtlkit.lessons"]
    lines = [f"{name} = {where}" for name, where in entries.items()]
    about = tmp_path / f"{project['name']}-{project['version']}.dist-info"
    about.mkdir()
    (about / "entry_points.txt").write_text("\n".join(["[mtlkit.lessons]", *lines]))
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "shrinkage"]:
        del sys.modules[name]


def _command(line: str, folder: Path) -> str:
    """What a line of the page that begins with `mtlkit` prints."""
    program, *arguments = shlex.split(line)
    assert program == "mtlkit"
    done = subprocess.run(
        [sys.executable, "-c", "from mtlkit.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (folder, ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_command_line_finds_the_lesson_and_judges_its_claim(installed: Path) -> None:
    (shell,) = blocks(LESSON, "sh")
    install, run, reproduce = shell.splitlines()
    assert install == "pip install --editable ."
    assert "50  shrinkage" in _command("mtlkit list", installed)
    _command(run, installed)
    head = json.loads((installed / "runs" / "five" / "result.json").read_text())
    assert head["config"] == {"tasks": 5}
    assert head["seeds"] == [0, 1, 2]
    assert re.search(r"holds +shrinkage\.better_together", _command(reproduce, installed))
    (study,) = published("shrinkage", installed / "results" / "shrinkage")
    lesson = lessons.get("shrinkage")
    assert study.provenance["numerics"] == numerics_version(lesson.numerics_files)
    (verdict,) = ledger([lesson], lambda name: published(name, installed / "results" / name))
    assert verdict.verdict == "holds"
    assert [cell.label for cell in verdict.cells] == ["T = 5", "T = 20"]
    # With truth and noise of variance 1, the estimate gains (T - 2) / 2 on average.
    for cell, tasks in zip(verdict.cells, (5, 20), strict=True):
        assert cell.low is not None
        assert cell.high is not None
        assert abs((cell.low + cell.high) / 2 - (tasks - 2) / 2) < cell.high - cell.low


def test_a_lesson_outside_offers_what_the_rooms_ask_for(installed: Path) -> None:
    lesson = lessons.get("shrinkage")
    assert isinstance(lesson.experiment, Experiment)
    assert lessons.installed() == ("shrinkage",)
    assert "shrinkage" not in lessons.names()
    result = run_setting(lesson, lesson.experiment.Config.preset("smoke"), [3, 7], "cpu")
    assert result.tables["gains"]["seed"].to_list() == [3, 7]
    runner = Runner(lesson, CPU)
    *_, kept = runner.run(lesson.experiment.Config.preset("smoke"), [7])
    assert kept[0].tables["gains"]["gain"].item() == result.tables["gains"]["gain"].iloc[1]
    file = installed / "shrinkage.py"
    assert lesson.numerics_files == (file,)
    before = runner.key(lesson.experiment.Config.preset("smoke"))
    file.write_text(file.read_text().replace("- 2)", "- 1)"))
    assert runner.key(lesson.experiment.Config.preset("smoke")) != before


def test_what_an_entry_point_names_must_be_that_lesson(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=r"allowed is one of noisy_polynomials.*, shrinkage\."):
        lessons.get("zebra")
    (installed / "wrong.py").write_text("NAMES = ('a',)\n")
    points = [
        EntryPoint("listed", "wrong:NAMES", "mtlkit.lessons"),
        EntryPoint("other", "shrinkage:LESSON", "mtlkit.lessons"),
        EntryPoint("noisy_polynomials", "shrinkage:LESSON", "mtlkit.lessons"),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
    for name in ("listed", "other"):
        with pytest.raises(UsageError, match=f"allowed is a Lesson named {name}"):
            lessons.get(name)
    assert lessons.get("noisy_polynomials").number == 1
    assert lessons.installed() == ("listed", "other")


def test_a_lesson_of_the_course_needs_no_package() -> None:
    lesson = lessons.get("noisy_polynomials")
    assert attrs.fields(Lesson).package.default == ""
    named = attrs.evolve(lesson, package="mtlkit.lessons.noisy_polynomials")
    assert named.experiment is lesson.experiment


# Your own data in lesson 01


def test_the_noise_of_each_sensor_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, noise = 3000, {"cheap": 2.0, "good": 0.5, "worn": 1.0}
    random = np.random.default_rng(0)
    x = random.uniform(0, 10, rows)
    quantity = 20 + 5 * np.sin(0.6 * x)
    sensors = {name: quantity + level * random.normal(size=rows) for name, level in noise.items()}
    pd.DataFrame({"x": x, **sensors}).to_csv(tmp_path / "sensors.csv", index=False)
    monkeypatch.chdir(tmp_path)
    found = run_block("Your own data in lesson 01")
    width = 12
    parameters = (1 * width + width) + (width * width + width) + (width + 1)
    # The sample's deviation is off by 1 / sqrt(2 rows), of which we allow four; and of the variance
    # a model with p parameters fits away p / rows, which is half as much of the deviation.
    margin = 4 / (2 * rows) ** 0.5 + parameters / (2 * rows)
    assert margin < 0.1
    estimates = found["noise"].numpy()
    assert estimates.shape == (5, 3)
    assert np.abs(estimates / list(noise.values()) - 1).max() < margin
