"""A training step recorded once as a CUDA graph, then replayed: one launch instead of hundreds.

Small networks on a GPU wait for the host, which launches each operation of a step by itself. A
graph holds them all, at fixed addresses: a batch is copied to where the recorded one lay.

Source: the notes of PyTorch on the semantics of CUDA (graphs; capture of a whole network).
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import attrs
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.core.program import Program

LOG = logging.getLogger(__name__)

WARM_UP = 3
"""Steps of each shape before one is recorded: libraries choose and allocate in the first ones."""

MOST_GRAPHS = 8
"""So many shapes and settings are recorded; each graph has memory of its own."""

Step = Callable[[], Tensor]


@runtime_checkable
class Recorder(Protocol):
    """What records a step."""

    def warm_up(self, step: Step) -> Tensor:
        """Run a step in the way that prepares a recording."""

    def record(self, step: Step) -> tuple[Callable[[], None], Tensor]:
        """Record a step without running it: what replays it, and where its result will lie."""


class CudaRecorder:
    """Records on a stream of its own, where autograd has run before: it remembers streams."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def warm_up(self, step: Step) -> Tensor:
        """Run a step on the stream that recordings are made on."""
        with torch.cuda.device(self.device), warnings.catch_warnings():
            # Adam's, that it may be captured but is not: not yet.
            warnings.filterwarnings("ignore", message=".*capturable=True.*")
            here = torch.cuda.current_stream()
            self.stream.wait_stream(here)
            with torch.cuda.stream(self.stream):
                result = step()
            here.wait_stream(self.stream)
            # Made there and used here: its memory must not be given away meanwhile.
            result.record_stream(here)
        return result

    def record(self, step: Step) -> tuple[Callable[[], None], Tensor]:
        """Capture a step."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self.device), torch.cuda.graph(graph, stream=self.stream):
            result = step()
        return graph.replay, result


@attrs.frozen(eq=False)
class _Recording:
    inputs: list[Tensor]
    replay: Callable[[], None]
    result: Tensor


class CapturedStep:
    """Steps of a program, replayed from a recording for each shape of batch.

    The first steps of each shape are plain ones. A batch that is not made of tensors alone is
    stepped plainly; so is everything once a recording has failed.

    Parameters
    ----------
    program
        Its `step` does the same operations on any batch of a shape. Where it replaces a buffer by
        another tensor, the recording copies that to the old one's place.
    recorder
        What records.
    """

    def __init__(self, program: Program, recorder: Recorder) -> None:
        self.program, self.recorder = program, recorder
        self._warm: Counter[Any] = Counter()
        self._recordings: dict[Any, _Recording] = {}
        self._works = True
        self._parameters = list(program.parameters())
        for optimiser in program.optimisers:
            for group in optimiser.param_groups:
                if "capturable" in group:
                    group["capturable"] = True

    def __call__(self, batch: Any) -> Float[Tensor, " replica"]:
        """One step; the loss of each replica."""
        tensors: list[Tensor] = []
        if not self._works or not _gather(batch, tensors):
            return self.program.step(batch)
        shapes = tuple((tuple(one.shape), one.dtype, one.device) for one in tensors)
        key = (_structure(batch), shapes, self._settings())
        if key not in self._recordings:
            if self._warm[key] < WARM_UP or len(self._recordings) == MOST_GRAPHS:
                self._warm[key] += 1
                return self.recorder.warm_up(lambda: self.program.step(batch))
            recording = self._record(batch, tensors)
            if recording is None:
                return self.program.step(batch)
            self._recordings[key] = recording
        recording = self._recordings[key]
        for place, value in zip(recording.inputs, tensors, strict=True):
            place.copy_(value)
        recording.replay()
        # The next replay writes to the same place.
        return recording.result.clone()

    def _settings(self) -> tuple[Any, ...]:
        """What a recording holds as it was: rates, which a schedule changes; what learns."""
        settings = tuple(
            (name, _setting(value))
            for optimiser in self.program.optimisers
            for group in optimiser.param_groups
            for name, value in group.items()
            if name != "params" and isinstance(value, bool | int | float | tuple | Tensor)
        )
        return settings, tuple(one.requires_grad for one in self._parameters)

    def _record(self, batch: Any, tensors: list[Tensor]) -> _Recording | None:
        inputs = [one.clone() for one in tensors]
        static = _rebuilt(batch, iter(inputs))
        modules = list(self.program.modules())
        before = [dict(module._buffers) for module in modules]

        def step() -> Tensor:
            loss = self.program.step(static)
            for module, buffers in zip(modules, before, strict=True):
                for name, old in buffers.items():
                    new = module._buffers[name]
                    if old is not None and new is not None and new is not old:
                        module._buffers[name] = old.copy_(new)
            return loss.detach()

        try:
            replay, result = self.recorder.record(step)
        except Exception as error:
            self._works = False
            LOG.warning("Steps cannot be captured (%s); they are run one by one.", _first(error))
            return None
        finally:
            # Where the step stopped half way.
            for module, buffers in zip(modules, before, strict=True):
                module._buffers.update(buffers)
        return _Recording(inputs, replay, result)


def capturing(program: Program) -> CapturedStep | None:
    """The program's step as a captured one, where it allows that and is on a GPU."""
    first = next(program.parameters(), None)
    if not program.capturable or first is None or first.device.type != "cuda":
        return None
    return CapturedStep(program, CudaRecorder(first.device))


def _setting(value: Any) -> Any:
    """What tells a setting from another in a recording."""
    if isinstance(value, tuple):
        return tuple(_setting(one) for one in value)
    if not isinstance(value, Tensor):
        return value
    # A recording reads a GPU's memory anew each time, and the host's never again.
    return repr(value.tolist()) if value.device.type == "cpu" else ("at", value.data_ptr())


def _gather(batch: Any, found: list[Tensor]) -> bool:
    """Collect a batch's tensors in order; False if there is anything else but tuples."""
    if isinstance(batch, Tensor):
        found.append(batch)
        return True
    return type(batch) is tuple and all(_gather(one, found) for one in batch)


def _structure(batch: Any) -> Any:
    return tuple(_structure(one) for one in batch) if isinstance(batch, tuple) else None


def _rebuilt(batch: Any, tensors: Any) -> Any:
    if isinstance(batch, tuple):
        return tuple(_rebuilt(one, tensors) for one in batch)
    return next(tensors)


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
