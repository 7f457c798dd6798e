"""The Explorer: what one can turn in a lesson, in JupyterLab and in print."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from mtlkit.core.device import choose_device
from mtlkit.core.lesson import Lesson
from mtlkit.core.result import Result
from mtlkit.core.study import SCALES
from mtlkit.errors import UsageError
from mtlkit.explore import frontend
from mtlkit.explore.headless import Headless
from mtlkit.explore.knobs import Values
from mtlkit.explore.live_controls import opened, python_line
from mtlkit.explore.subject import subject
from mtlkit.explore.trainings import Trainings

if TYPE_CHECKING:
    from mtlkit.explore.live import Live

_OF_CELL: dict[str, tuple[str, weakref.WeakSet[Live]]] = {}
"""By cell: the message that last ran it, and the live faces that it made."""


class Explorer:
    """A lesson's knobs and pictures, as the last expression of a cell.

    Where a page can answer (JupyterLab, VS Code) a turn of a knob trains anew in a worker thread,
    and the pictures follow. Elsewhere the knobs' setting is trained at once, in the main thread:
    an error is the cell's. There its HTML has the sliders that move without a kernel, where the
    lesson has published frames for them, and else the figures of the run.

    Parameters
    ----------
    lesson
        A lesson that declares something to explore.
    link
        A copied link, `#degree=9&tasks=4`: the knobs as it says, all others as they start at
        scale `lesson`.
    exploration
        Which of the lesson's explorations; empty: the one that the link names, or the first.
    scale
        `smoke` starts the knobs at a run of a second; any other where they start by default.
    device
        `auto`, `cpu` or `cuda`.
    live
        Which face; None: the live one where a page can answer.
    values
        Knobs by name, as the copied line of Python has them.

    Raises
    ------
    UsageError
        If the lesson has nothing of that name to explore, or a knob, value, scale or device is
        not there.
    """

    def __init__(
        self,
        lesson: Lesson,
        link: str = "",
        *,
        exploration: str = "",
        scale: str = "lesson",
        device: str = "auto",
        live: bool | None = None,
        **values: Any,
    ) -> None:
        if scale not in SCALES:
            raise UsageError(f"scale = {scale}: allowed is one of {', '.join(SCALES)}.")
        self._subject = subject(lesson, exploration, link)
        start = opened(self._subject, scale, link, values)
        trainings = Trainings(lesson, self._subject.exploration, choose_device(device))
        self.live = frontend.is_there() if live is None else live
        if self.live:
            from mtlkit.explore.live import Live

            _close_those_of_this_cell()
            self._face: Live | Headless = Live(self._subject, trainings, start)
            _keep_for_this_cell(self._face)
        else:
            self._face = Headless(self._subject, trainings, start)

    @property
    def values(self) -> Values:
        """The knobs' values by name."""
        return dict(self._face.values)

    @property
    def link(self) -> str:
        """The knobs as the fragment of an address, for this class and for the report's page."""
        return self._subject.fragment(self.values)

    @property
    def line(self) -> str:
        """The knobs as a line of Python."""
        return python_line(self._subject, self._subject.exploration.knobs, self.values)

    @property
    def log(self) -> list[dict[str, Any]]:
        """What became of the last runs: `run`, `state`, `values` as in a link, `time`."""
        return list(self._face.log)

    def set(self, **values: Any) -> None:
        """Turn knobs by name; live this returns at once, elsewhere when the run has ended.

        Raises
        ------
        UsageError
            If a knob or a value is not there.
        """
        turned = {**self.values, **values}
        self._face.turn(opened(self._subject, "lesson", "", turned))

    def cancel(self) -> None:
        """End the run under way, if there is one."""
        self._face.cancel()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run that the knobs ask for has ended; raises as `result` does."""
        self._face.result(timeout)

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the run that the knobs ask for; its result.

        Raises
        ------
        TimeoutError
            If it takes longer than `timeout` seconds.
        RuntimeError
            If it was cancelled.
        BaseException
            What the run raised, or what a turn of a knob did.
        """
        return self._face.result(timeout)

    def close(self) -> None:
        """Take the widgets off the page; what trains ends at its next epoch."""
        self._face.close()

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> dict[Any, Any] | tuple[dict[Any, Any], dict[Any, Any]]:
        if not isinstance(self._face, Headless):
            return self._face.widget._repr_mimebundle_() or {}
        from mtlkit.explore import static_face

        html = static_face.of_run(self._subject, self.values, self._face.panels)
        return {"text/plain": f"<{self.line}>", "text/html": html}


def _close_those_of_this_cell() -> None:
    """A cell that is run again shows a new Explorer: the old one shall not train beside it."""
    cell = frontend.cell()
    if cell is None:
        return
    name, message = cell
    if name in _OF_CELL and _OF_CELL[name][0] != message:
        for face in _OF_CELL.pop(name)[1]:
            face.close()


def _keep_for_this_cell(face: Live) -> None:
    cell = frontend.cell()
    if cell is not None:
        name, message = cell
        _OF_CELL.setdefault(name, (message, weakref.WeakSet()))[1].add(face)
