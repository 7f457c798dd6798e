"""Notebooks executed side by side: each in a kernel of its own, on whatever workers there are."""

from __future__ import annotations

import ast
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import nbformat

from mtlkit.core.workers import WorkerDied, Workers
from mtlkit.errors import UsageError
from mtlkit.report.execute import execute
from mtlkit.report.failures import NotebookFailed

_TRIES = 3


@attrs.frozen
class Sheet:
    """A notebook that is to be executed anywhere: its name, its text, its parameters."""

    name: str
    text: str
    parameters: Mapping[str, Any]

    @classmethod
    def read(cls, notebook: Path, parameters: Mapping[str, str]) -> Sheet:
        """A notebook with parameters as they stand on a command line: `3` is a number.

        Raises
        ------
        UsageError
            If there is no such notebook, or it has no such parameter.
        """
        if not notebook.is_file():
            raise UsageError(
                f"notebook = {notebook}: there is none; allowed is a lesson that has one."
            )
        text = notebook.read_text(encoding="utf-8")
        known = _known(text)
        for name in parameters:
            if name not in known:
                raise UsageError(
                    f"--set {name}: {notebook.name} has no such parameter; allowed is one of "
                    f"{', '.join(known)}."
                )
        return cls(notebook.name, text, {n: _value(value) for n, value in parameters.items()})


@attrs.frozen
class Executed:
    """What became of a notebook: its text, as far as it came, the time, and what went wrong."""

    name: str
    text: str
    seconds: float
    fault: str


def execute_sheet(sheet: Sheet) -> Executed:
    """Execute a notebook in a folder of its own."""
    start = time.monotonic()
    fault = ""
    more = {name: value for name, value in sheet.parameters.items() if name != "scale"}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / sheet.name, Path(folder) / "run" / sheet.name
        source.write_text(sheet.text, encoding="utf-8")
        try:
            execute(source, target, scale=sheet.parameters["scale"], more=more)
        except NotebookFailed as failure:
            fault = str(failure)
        text = target.read_text(encoding="utf-8") if target.is_file() else sheet.text
    return Executed(sheet.name, text, time.monotonic() - start, fault)


def execute_all(
    sheets: Sequence[Sheet], out: Path, workers: Workers
) -> Iterator[tuple[str, float, str]]:
    """Execute notebooks and write them to a folder; name, seconds and fault of each as it is done.

    Those whose worker is killed are executed again; after a few times one by one, so that one that
    kills takes no others with it.
    """
    todo = {sheet.name: sheet for sheet in sheets}
    deaths = 0  # since one was done
    while todo:
        alone = deaths >= _TRIES
        asked = list(todo.values())[: 1 if alone else None]
        try:
            for done in workers.results(execute_sheet, asked):
                (out / done.name).write_text(done.text, encoding="utf-8")
                del todo[done.name]
                deaths = deaths if alone else 0
                yield done.name, done.seconds, done.fault
        except WorkerDied:
            deaths += 1
            name = asked[0].name
            if alone and name in todo:
                del todo[name]
                yield name, 0.0, f"{name}: its worker was killed each time."


def _known(text: str) -> list[str]:
    """The names that a notebook's cell tagged `parameters` sets."""
    book = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    cells = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", ())]
    return [
        target.id
        for cell in cells
        for line in ast.parse(cell.source).body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    ]


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
