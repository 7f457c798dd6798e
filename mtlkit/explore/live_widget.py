"""The widget of the live face: traits that kernel and page share, and the page's script."""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import Any

import anywidget
import traitlets

_HERE = Path(__file__).parent


@functools.cache
def _script() -> str:
    """Plotly, which expects a CommonJS module or a page to itself, and our script after it."""
    import plotly.offline

    own = (_HERE / "live.js").read_text(encoding="utf-8")
    return (
        "const module = { exports: {} };\n"
        f"{plotly.offline.get_plotlyjs()}\n"
        "const Plotly = module.exports;\n"
        f"{own}"
    )


class LiveWidget(anywidget.AnyWidget):
    """What the page shows of an Explorer; `live` fills it.

    One widget rather than one for each slider and figure: the page's controls are native ones
    with labels, its figures follow JupyterLab's theme, and plotly's five megabytes come once.

    Parameters
    ----------
    title, hint
        What it is called, and what to try first.
    controls
        The knobs, as `live_controls.control` tells of them.
    texts
        Their values; the page sets them.
    told, status, plots
        What follows from the knobs, how the run stands, and the pictures.

    Attributes
    ----------
    lock
        Held while the page's word is heard; to be held by whoever sets a trait in another thread,
        for traitlets holds changes back for a whole widget at a time.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    controls: traitlets.List[Any] = traitlets.List().tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    plots: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, **traits: object) -> None:
        self.lock = threading.RLock()
        css = (_HERE / "live.css").read_text(encoding="utf-8")
        super().__init__(_esm=_script(), _css=css, **traits)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take in what the page set, and call who observes it: one thread at a time."""
        with self.lock:
            super().set_state(sync_data)
