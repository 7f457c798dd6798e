"""An Explorer's runs: what the knobs ask for, watched while it trains, and kept in memory."""

from __future__ import annotations

import time
from collections.abc import Generator

import attrs
import torch

from mtlkit.core.config import Config
from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.result import Result
from mtlkit.core.runner import Runner, merged
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Values
from mtlkit.explore.watching import Watch

PAUSE = 0.2
"""Seconds between two pictures of a run under way: at 15 a second the browser cannot follow."""

SHARE = 0.1
"""The most of the time that may go into pictures."""

MEMORY = 64
"""How many results are kept, for a knob that is turned back."""

Key = tuple[Config, int]
"""What is trained: a config and its number of seeds."""


@attrs.frozen(eq=False)
class Look:
    """A look at a run.

    Parameters
    ----------
    snapshot
        What is being trained, and how far; None at the end.
    result
        What there is to draw, or None where it is too early to draw again. At the end it is
        complete, before that as `Watch` makes it.
    trained
        Whether anything had to be trained.
    """

    snapshot: Snapshot | None
    result: Result | None
    trained: bool = True


@attrs.frozen(eq=False)
class Seen:
    """What was seen of a run.

    Parameters
    ----------
    values, key
        The knobs that asked for it, and what it trains.
    result
        As far as the run has come.
    whole
        Whether it came to its end.
    """

    values: Values
    key: Key
    result: Result
    whole: bool


class Trainings:
    """The runs of one Explorer; `run` and `nearest` are used by one thread at a time.

    Parameters
    ----------
    lesson, exploration
        Whose runs they are.
    device
        What they are trained on.
    """

    def __init__(self, lesson: Lesson, exploration: Exploration, device: torch.device) -> None:
        self._lesson, self._exploration, self._device = lesson, exploration, device
        self._seen: dict[Key, Seen] = {}

    def key(self, values: Values) -> Key:
        """Two states of the knobs with one key need one run."""
        setting = self._exploration.trained(values)
        return setting.config, setting.seeds

    def has(self, key: Key) -> bool:
        """Whether that was trained to its end."""
        return key in self._seen

    def run(self, values: Values) -> Generator[Look, None, None]:
        """Look at a run until its end; what was seen before is there at once.

        To cancel is to close the generator.
        """
        key = self.key(values)
        if key in self._seen:
            yield self._kept(key, values, self._seen[key].result, trained=False)
            return
        config, seeds = key
        explored = self._exploration
        watch = Watch(self._lesson.name, config, explored.observed, explored.observed_arrays)
        pause, trained = _Pause(), False
        # Who turns a knob waits for nobody, and may leave a run half seen: nobody waits for that.
        runner = Runner(self._lesson, self._device, claims=False)
        # A thread has its own grad mode: a caller's `no_grad` elsewhere is none of ours.
        with torch.enable_grad():
            for item in runner.run(config, range(seeds)):
                if isinstance(item, Snapshot):
                    trained = True
                    watch.add(item)
                    if pause.over():
                        pause.begin()
                        yield Look(item, watch.result())
                        pause.end()
                    else:
                        yield Look(item, None)
                else:
                    result = merged(self._lesson, config, item)
                    yield self._kept(key, values, result, trained=trained)

    def nearest(self, values: Values) -> Seen | None:
        """What was seen that differs in the fewest train knobs and, among these, by least."""
        knobs = [knob for knob in self._exploration.knobs if knob.kind == "train"]

        def distance(seen: Seen) -> tuple[int, int]:
            steps = [knob.steps(seen.values[knob.name], values[knob.name]) for knob in knobs]
            return sum(step > 0 for step in steps), sum(steps)

        if not self._seen:
            return None
        return min(reversed(self._seen.values()), key=distance)

    def _kept(self, key: Key, values: Values, result: Result, *, trained: bool) -> Look:
        self._seen.pop(key, None)
        self._seen[key] = Seen(dict(values), key, result, whole=True)
        while len(self._seen) > MEMORY:
            del self._seen[next(iter(self._seen))]
        return Look(None, result, trained)


class _Pause:
    """When to draw next: not too often, and the longer a picture takes the less often."""

    def __init__(self) -> None:
        self._next = time.perf_counter() + PAUSE
        self._began = 0.0

    def over(self) -> bool:
        return time.perf_counter() >= self._next

    def begin(self) -> None:
        self._began = time.perf_counter()

    def end(self) -> None:
        now = time.perf_counter()
        self._next = now + max(PAUSE, (now - self._began) * (1 - SHARE) / SHARE)
