"""A notebook run from top to bottom, with nothing that went wrong left unseen."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbformat import NotebookNode

from mtlkit.errors import UsageError
from mtlkit.report.failures import NotebookFailed


def execute(
    notebook: Path, target: Path, *, scale: str, more: Mapping[str, Any] | None = None
) -> NotebookNode:
    """Run a notebook in this environment's kernel and save it with its output, without widgets.

    Parameters
    ----------
    notebook
        The notebook; its cell tagged `parameters` is followed by one that sets `scale` and `more`.
    target
        Where the executed notebook goes; its folder is the one the cells run in.
    more
        Other parameters of the notebook's, by name.

    Raises
    ------
    UsageError
        If the notebook is missing.
    NotebookFailed
        If a cell raised, or an error is hidden in an output, a thread or a widget.
    """
    if not notebook.is_file():
        raise UsageError(f"notebook = {notebook}: there is none; allowed is a lesson that has one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _headless():
            run: NotebookNode = papermill.execute_notebook(
                notebook,
                target,
                parameters={**(more or {}), "scale": scale},
                kernel_name="python3",
                language="python",
                cwd=target.parent,
                progress_bar=False,
                extra_arguments=["--log-level=ERROR"],
            )
    except papermill.PapermillExecutionError as error:
        raise NotebookFailed(f"{notebook.name}: {error}") from None
    for hidden in hidden_errors(run):
        raise NotebookFailed(f"{notebook.name}: {hidden}")
    # Without a kernel a widget is dead, and its saved state would ask for scripts from elsewhere.
    run.metadata.pop("widgets", None)
    save(run, target)
    return run


@contextmanager
def _headless() -> Iterator[None]:
    """Kernels started meanwhile know that nobody sits before a page, wherever this was started."""
    before = os.environ.get("MTLKIT_HEADLESS")
    os.environ["MTLKIT_HEADLESS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["MTLKIT_HEADLESS"]
        else:
            os.environ["MTLKIT_HEADLESS"] = before


def save(notebook: NotebookNode, target: Path) -> None:
    """Write a notebook."""
    nbformat.write(notebook, target)  # type: ignore[no-untyped-call]


def hidden_errors(notebook: NotebookNode) -> Iterator[str]:
    """Errors that did not stop the run: in outputs, printed by a thread, in a widget's state."""
    for cell in notebook.cells:
        yield from _errors_in(cell.get("outputs", []))
    yield from _errors_in(notebook.metadata.get("widgets", {}))


def _errors_in(value: Any) -> Iterator[str]:
    """Error outputs, and tracebacks printed as text, anywhere in a nest of lists and dicts."""
    if isinstance(value, list):
        for item in value:
            yield from _errors_in(item)
    elif isinstance(value, dict):
        if value.get("output_type") == "error":
            yield f"{value.get('ename', 'error')}: {value.get('evalue', '')}"
        elif value.get("output_type") == "stream" and _TRACEBACK in "".join(value.get("text", "")):
            yield "".join(value["text"]).strip().splitlines()[-1]
        else:
            for item in value.values():
                yield from _errors_in(item)


_TRACEBACK = "Traceback (most recent call last)"
