"""No error of a notebook stays hidden: not in a cell, a thread, or a widget's saved state."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from mtlkit.errors import UsageError
from mtlkit.report.execute import execute, hidden_errors
from mtlkit.report.failures import NotebookFailed

from . import examples

WIDGET = """\
import ipywidgets

out = ipywidgets.Output()
with out:
    1 / 0"""
THREAD = """\
import threading

thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()"""


def test_a_missing_notebook_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"99_none\.ipynb"):
        execute(tmp_path / "99_none.ipynb", tmp_path / "out.ipynb", scale="smoke")


@pytest.mark.parametrize("cell", ["1 / 0", WIDGET, THREAD], ids=["cell", "widget", "thread"])
def test_an_error_fails_the_build_wherever_it_hides(tmp_path: Path, cell: str) -> None:
    book = examples.notebook(tmp_path / "book.ipynb", cell, "print('the next cell ran')")
    with pytest.raises(NotebookFailed, match="ZeroDivisionError"):
        execute(book, tmp_path / "run" / "book.ipynb", scale="smoke")


def test_a_good_notebook_runs_at_the_scale_and_keeps_no_widget_state(tmp_path: Path) -> None:
    book = examples.notebook(
        tmp_path / "book.ipynb", "import ipywidgets; slider = ipywidgets.IntSlider()", "scale"
    )
    execute(book, tmp_path / "run" / "book.ipynb", scale="smoke")
    saved = nbformat.read(tmp_path / "run" / "book.ipynb", as_version=4)
    assert saved.cells[-1].outputs[0].data["text/plain"] == "'smoke'"
    assert "widgets" not in saved.metadata


def widget_state(outputs: list[dict[str, object]]) -> NotebookNode:
    state = {"abc": {"model_name": "OutputModel", "state": {"outputs": outputs}}}
    return nbformat.from_dict(
        {
            "cells": [],
            "metadata": {
                "widgets": {"application/vnd.jupyter.widget-state+json": {"state": state}}
            },
        }
    )


def test_a_callbacks_traceback_in_a_widget_is_found() -> None:
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    printed = {
        "output_type": "stream",
        "name": "stderr",
        "text": ["Traceback (most recent call last):\n", "KeyError: 'task'\n"],
    }
    assert list(hidden_errors(widget_state([error, printed]))) == [
        "ValueError: no",
        "KeyError: 'task'",
    ]
    plain = {"output_type": "stream", "name": "stdout", "text": "an error of 5 %\n"}
    assert list(hidden_errors(widget_state([plain]))) == []
