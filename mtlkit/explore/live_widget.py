"""The widget of the live face: traits that kernel and page share, and the page's script."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
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
    traits
        Any of the traits below, by name.

    Attributes
    ----------
    title, hint
        What it is called, and what to try first.
    controls
        The knobs, as `live_controls.control` tells of them.
    texts
        Their values as a link has them; the page sets them.
    move
        How often the page was touched; the page sets it.
    told, status
        What follows from the knobs, and how the run stands; `status["move"]` is the last touch
        that the kernel has heard of.
    plots, marks
        The pictures, and by name which of them are old.
    lock
        Held while the page's word is heard; to be held by whoever sets a trait in another thread,
        for traitlets holds changes back for a whole widget at a time.
    at_end
        Called when the widget is closed, from here or from the page.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    controls: traitlets.List[Any] = traitlets.List().tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)
    move = traitlets.Int().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    plots: traitlets.List[Any] = traitlets.List().tag(sync=True)
    marks = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: object) -> None:
        self.lock = threading.RLock()
        self.at_end: Callable[[], None] = _nothing
        css = (_HERE / "live.css").read_text(encoding="utf-8")
        super().__init__(_esm=_script(), _css=css, **traits)
        self.comm.on_close(lambda message: self.at_end())

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take in what the page set, and call who observes it: one thread at a time.

        The page waits to hear that it was heard: the number of its move comes back to it.
        """
        with self.lock:
            super().set_state(sync_data)
            if self.status.get("move") != self.move:
                self.status = {**self.status, "move": self.move}

    def close(self) -> None:
        """Take the widget off the page."""
        if self.comm is not None:
            super().close()
            self.at_end()


def _nothing() -> None:
    return None
