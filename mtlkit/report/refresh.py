"""Notebooks as they are committed: output on checked cells only, and no widget state.

Run as `python -m mtlkit.report.refresh` after editing a notebook.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mtlkit.core.paths import project_root
from mtlkit.report.execute import execute, save

CHECKED = "# NBVAL_CHECK_OUTPUT"


def refresh(path: Path) -> None:
    """Run a notebook at `smoke` and store what its checked cells print; drop all other output."""
    with tempfile.TemporaryDirectory() as folder:
        done = execute(path, Path(folder) / path.name, scale="smoke")
    printed = {cell.id: cell.outputs for cell in done.cells if cell.cell_type == "code"}
    committed: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    count = 0
    for cell in committed.cells:
        if cell.cell_type != "code":
            continue
        checked = cell.source.startswith(CHECKED)
        count += checked
        cell.outputs = printed[cell.id] if checked else []
        cell.execution_count = count if checked else None
        for transient in ("papermill", "execution"):
            cell.metadata.pop(transient, None)
    committed.metadata.pop("widgets", None)
    committed.metadata.pop("papermill", None)
    save(committed, path)


if __name__ == "__main__":
    for notebook in sorted((project_root() / "notebooks").glob("*.ipynb")):
        refresh(notebook)
        print(notebook.name)
