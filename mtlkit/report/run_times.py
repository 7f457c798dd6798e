"""How long the cells of an executed notebook took."""

from __future__ import annotations

import attrs
from nbformat import NotebookNode


@attrs.frozen
class CellTime:
    """A cell of code: its place among the cells of code, its first line that says something, and
    the seconds it took."""

    number: int
    first_line: str
    seconds: float


def run_times(notebook: NotebookNode) -> list[CellTime]:
    """The cells of code of a notebook that papermill has run, in order.

    Cells that papermill did not time (none, in a run that went well) are left out.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        CellTime(number, _first_line(cell.source), float(duration))
        for number, cell in enumerate(code, start=1)
        if (duration := cell.metadata.get("papermill", {}).get("duration")) is not None
    ]


def _first_line(source: str) -> str:
    lines = [line for line in source.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("#", "import ", "from "))]
    return (said or lines or [""])[0].strip()
