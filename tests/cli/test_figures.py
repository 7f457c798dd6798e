"""`mtlkit figures`: every figure as SVG and PDF, the same bytes every time."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from mtlkit import lessons

from .calling import Command, assert_refused, tree

LESSON = "digit_task_weights"
SMOKE = (LESSON, "--scale", "smoke", "--device", "cpu")


@pytest.fixture
def project(mtlkit: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project with nothing in it."""
    monkeypatch.setattr("mtlkit.core.paths.project_root", lambda: tmp_path)
    return tmp_path


def test_every_figure_is_written_as_svg_and_pdf_the_same_every_time(
    mtlkit: Command, project: Path
) -> None:
    assert mtlkit("reproduce", *SMOKE).code == 0
    told = mtlkit("figures", *SMOKE, "--out", project / "a")
    assert (told.code, told.err) == (0, "")
    views = lessons.get(LESSON).views
    names = [*views.FIGURES, *views.RUN_FIGURES]
    files = tree(project / "a")
    assert files.keys() == {f"{name}.{kind}" for name in names for kind in ("svg", "pdf")}
    assert told.out.splitlines() == [
        str(project / "a" / f"{name}.{kind}") for name in names for kind in ("svg", "pdf")
    ]
    for name, content in files.items():
        assert content is not None
        if name.endswith(".pdf"):
            assert content.startswith(b"%PDF-")
            assert content.rstrip().endswith(b"%%EOF")
        else:
            assert ElementTree.parse(io.BytesIO(content)).getroot().tag.endswith("}svg")
    assert mtlkit("figures", *SMOKE, "--out", project / "b").code == 0
    assert tree(project / "b") == files


def test_a_figure_whose_study_is_not_published_is_told_and_the_others_written(
    mtlkit: Command, project: Path
) -> None:
    told = mtlkit("figures", *SMOKE, "--out", project / "out")
    assert told.code == 1
    views = lessons.get(LESSON).views
    assert told.err.splitlines() == [
        f"{name}: {LESSON} {drawing.studies[0]} has not been published at scale smoke; "
        f"`mtlkit reproduce {LESSON} {drawing.studies[0]} --scale smoke` makes it."
        for name, drawing in views.FIGURES.items()
        if drawing.studies
    ]
    drawn = {name for name, drawing in views.FIGURES.items() if not drawing.studies}
    written = {path.name for path in (project / "out").iterdir()}
    assert written == {
        f"{name}.{kind}" for name in drawn | set(views.RUN_FIGURES) for kind in ("svg", "pdf")
    }


class NoMatplotlib:
    """Finds no matplotlib, wherever it is."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError("blocked", name=name)


def test_without_matplotlib_one_sentence_says_how_to_get_it(
    mtlkit: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "matplotlib" or name.startswith("mtlkit.explore"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("mtlkit.explore.draw_matplotlib", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoMatplotlib(), *sys.meta_path])
    told = mtlkit("figures", *SMOKE, "--out", project / "out")
    assert_refused(told, "figures need matplotlib, which is not installed; `pip install ")
    assert tree(project) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("zebra",), "lesson = zebra: allowed is one of "),
        ((LESSON, "--scale", "huge"), "scale = huge: allowed is one of "),
        ((LESSON, "--device", "tpu"), "device = tpu: allowed is one of "),
    ],
)
def test_mistakes_in_figures(
    mtlkit: Command, project: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert_refused(mtlkit("figures", *arguments, "--out", project / "out"), message)
    assert tree(project) == {}
