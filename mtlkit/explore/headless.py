"""The face of an Explorer where nobody turns knobs: the run they ask for, in the main thread."""

from __future__ import annotations

import time
from typing import Any

from mtlkit.core.result import Result
from mtlkit.explore.knobs import Values
from mtlkit.explore.live_controls import texts
from mtlkit.explore.panels import Panel
from mtlkit.explore.subject import Subject
from mtlkit.explore.trainings import Trainings


class Headless:
    """Trains as the live face does and draws as it does, blocking; what goes wrong is raised."""

    def __init__(self, subject: Subject, trainings: Trainings, values: Values) -> None:
        self._exploration, self._trainings = subject.exploration, trainings
        self._run = 0
        self.log: list[dict[str, Any]] = []
        self.turn(values)

    def turn(self, values: Values) -> None:
        """Run what the knobs ask for."""
        self._run += 1
        self.values = values
        self._result: Result | None = None
        self.panels: list[Panel] = []
        self._note("running")
        try:
            for look in self._trainings.run(values):
                if look.snapshot is None and look.result is not None:
                    job = self._exploration.prepare(look.result, values)
                    if job is not None:
                        job()
                    self.panels = self._exploration.drawn(look.result, values)
                    self._result = look.result
        except BaseException:
            self._note("failed")
            raise
        self._note("done")

    def cancel(self) -> None:
        """There is never a run under way."""

    def result(self, timeout: float | None = None) -> Result:
        """The run's result."""
        if self._result is None:
            raise RuntimeError("the last run failed: there is no result.")
        return self._result

    def close(self) -> None:
        """There is nothing to close."""

    def _note(self, state: str) -> None:
        self.log.append(
            {
                "run": self._run,
                "state": state,
                "values": texts(self._exploration.knobs, self.values),
                "time": time.time(),
            }
        )
