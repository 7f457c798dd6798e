"""Captured steps: the bookkeeping by a stand-in for the graph, the numbers on a GPU."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from mtlkit.core import captured, training
from mtlkit.core.captured import WARM_UP, CapturedStep, capturing
from mtlkit.core.program import Program
from mtlkit.core.training import fit
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.program import DigitProgram
from mtlkit.lessons.digit_task_weights.team import Team as DigitTeam
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team

from .programs import Linear, Remembering, Replayed, exhausted

Batch = tuple[Tensor, Tensor]


def batches(sizes: list[int], replicas: int = 2) -> Iterator[Batch]:
    draw = torch.Generator().manual_seed(1)
    for size in sizes:
        yield (
            torch.randn(replicas, size, 4, generator=draw),
            torch.randn(replicas, size, 1, generator=draw),
        )


class Averaging(Linear):
    """A buffer that every step replaces by another tensor, and that the next one hangs on."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__([1, 2])
        self.register_buffer("mean", torch.zeros(2))

    def step(self, batch: Batch) -> Tensor:
        loss = super().step(batch).detach()
        self.mean = 0.5 * self.mean + loss
        return self.mean.clone()


def both(
    make: Callable[[], Program], given: list[Any]
) -> tuple[list[Tensor], list[Tensor], Program, Program, Replayed]:
    plain, program = make(), make()
    recorder = Replayed(program)
    step = CapturedStep(program, recorder)
    ours = [step(one) for one in given]
    theirs = [plain.step(one) for one in given]
    return ours, theirs, program, plain, recorder


def assert_equal(one: object, other: object) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=0)


@pytest.mark.parametrize("make", [lambda: Linear([1, 2]), Averaging])
def test_replayed_steps_are_plain_ones_on_other_batches(make: Callable[[], Program]) -> None:
    given = list(batches([8, 8, 3, 8, 8, 3, 8, 8, 3, 8, 3, 3, 8]))
    ours, theirs, program, plain, recorder = both(make, given)
    assert_equal([one.detach() for one in ours], [one.detach() for one in theirs])
    assert_equal(dict(program.state_dict()), dict(plain.state_dict()))
    # Two shapes, each stepped plainly at first.
    assert (recorder.warmed, recorder.recorded) == (2 * WARM_UP, 2)
    assert recorder.replays == len(given) - 2 * WARM_UP


def test_a_loss_is_not_overwritten_by_the_next_step() -> None:
    ours, _, _, _, _ = both(lambda: Linear([1, 2]), list(batches([8] * 6)))
    assert len({tuple(one.tolist()) for one in ours}) == 6


def test_the_callers_batch_is_left_alone() -> None:
    program = Linear([1, 2])
    step = CapturedStep(program, Replayed(program))
    given = list(batches([8] * 6))
    before = [(x.clone(), y.clone()) for x, y in given]
    for one in given:
        step(one)
    assert_equal(given, before)


def test_a_new_rate_is_a_new_recording() -> None:
    def make() -> Linear:
        return Linear([1, 2])

    plain, program = make(), make()
    recorder = Replayed(program)
    step = CapturedStep(program, recorder)
    for number, one in enumerate(batches([8] * 12)):
        for each in (plain, program):
            each.optimisers[0].param_groups[0]["lr"] = 0.1 if number < 6 else 0.01
        assert_equal(step(one).detach(), plain.step(one).detach())
    assert recorder.recorded == 2


def test_a_new_tensor_of_a_rate_is_a_new_recording() -> None:
    program = Linear([1, 2])
    program.optimisers = [torch.optim.Adam(program.parameters(), torch.tensor(0.1), fused=True)]
    recorder = Replayed(program)
    step = CapturedStep(program, recorder)
    for number, one in enumerate(batches([8] * 12)):
        if number == 6:
            program.optimisers[0].param_groups[0]["lr"] = torch.tensor(0.01)
        step(one)
    assert recorder.recorded == 2


def test_rates_on_a_gpu_are_told_apart_by_where_they_lie() -> None:
    """There a recording reads the number itself, which may change."""

    class There(Tensor):
        """As if on another device."""

        device = torch.device("meta")  # type: ignore[assignment]

    one, other = (torch.tensor(0.1).as_subclass(There) for _ in range(2))
    before = captured._setting((one, 0.9))
    one.fill_(0.2)
    assert captured._setting((one, 0.9)) == before != captured._setting((other, 0.9))


def test_weights_that_no_longer_learn_are_a_new_recording() -> None:
    program = Linear([1, 2])
    recorder = Replayed(program)
    step = CapturedStep(program, recorder)
    for number, one in enumerate(batches([8] * 12)):
        program.layer.bias.requires_grad_(number < 6)
        step(one)
    assert recorder.recorded == 2


def test_a_schedule_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captured, "MOST_GRAPHS", 2)
    given = list(batches([size for size in (2, 3, 4, 5) for _ in range(5)]))
    ours, theirs, _, _, recorder = both(lambda: Linear([1, 2]), given)
    assert_equal([one.detach() for one in ours], [one.detach() for one in theirs])
    assert recorder.recorded == 2


def test_batches_of_anything_else_are_stepped_plainly() -> None:
    class Numbered(Linear):
        def step(self, batch: Any) -> Tensor:
            return super().step(batch[1])

    given = [(number, one) for number, one in enumerate(batches([8] * 6))]
    ours, theirs, _, _, recorder = both(lambda: Numbered([1, 2]), given)
    assert_equal([one.detach() for one in ours], [one.detach() for one in theirs])
    assert (recorder.warmed, recorder.recorded) == (0, 0)


def test_what_cannot_be_recorded_is_stepped_plainly(caplog: pytest.LogCaptureFixture) -> None:
    class Refusing(Replayed):
        def record(self, step: Callable[[], Tensor]) -> Any:
            held = [one.detach().clone() for one in self.program.buffers()]
            step()  # half way, in the middle of which ...
            for one, old in zip(self.program.buffers(), held, strict=True):
                one.copy_(old)
            raise RuntimeError("operation not permitted\nwhen stream is capturing")

    class Fixed(Averaging):
        """Without weights, so that only the buffer tells what happened."""

        def step(self, batch: Batch) -> Tensor:
            self.mean = 0.5 * self.mean + batch[0].mean((1, 2))
            return self.mean.clone()

    plain, program = Fixed(), Fixed()
    step = CapturedStep(program, Refusing(program))
    with caplog.at_level(logging.WARNING):
        for one in batches([8] * 8):
            assert_equal(step(one), plain.step(one))
    (line,) = [record.getMessage() for record in caplog.records]
    assert "operation not permitted" in line and "\n" not in line


def test_only_programs_that_say_so_and_only_on_cuda() -> None:
    class Willing(Linear):
        capturable = True

    assert not Program.capturable
    assert capturing(Linear([1])) is None
    assert capturing(Willing([1])) is None  # on the CPU


def test_adam_is_told_that_it_may_be_captured() -> None:
    program = Remembering([1, 2])
    CapturedStep(program, Replayed(program))
    adam, sgd = program.optimisers
    assert all(group["capturable"] for group in adam.param_groups)
    assert all("capturable" not in group for group in sgd.param_groups)


# -- on a GPU ----------------------------------------------------------------------------------

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU can be used here")


def polynomials(strategy: str) -> Program:
    config = PolynomialConfig.preset("smoke", tasks=3, n_train=300)
    team = Team.of(config, strategy, range(4))
    return PolynomialProgram(config, strategy, team, torch.device("cuda"))


def digits(strategy: str, **more: Any) -> Program:
    config = DigitConfig.preset("smoke", **more)
    team = DigitTeam.of(config, strategy, range(4))
    return DigitProgram(config, strategy, team, torch.device("cuda"))


ON_CUDA: dict[str, Callable[[], Program]] = {
    "polynomials, equal": lambda: polynomials("equal"),
    "polynomials, learned": lambda: polynomials("learned_kendall"),
    "polynomials, single": lambda: polynomials("single_task"),
    "digits, learned": lambda: digits("learned_kendall"),
    "digits, sum": lambda: digits("sum_normalised"),
    "digits, SGD": lambda: digits("equal", optimiser="sgd"),
}


@needs_cuda
@pytest.mark.parametrize("name", ON_CUDA)
def test_on_cuda_captured_is_as_uncaptured(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ragged last batches, early stopping and learned weights included; no step falls back."""
    found = []
    for captures in (False, True):
        program = ON_CUDA[name]()
        monkeypatch.setattr(type(program), "capturable", captures, raising=False)
        steps: list[CapturedStep] = []

        def kept(program: Program, steps: list[CapturedStep] = steps) -> CapturedStep | None:
            step = capturing(program)
            steps += [step] if step else []
            return step

        monkeypatch.setattr(training, "capturing", kept)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            seen, outcome = exhausted(fit(program, epochs=12, patience=3, keep_best=True))
        assert len(steps) == captures
        for step in steps:
            assert step._works and step._recordings
        found.append(
            (
                [(one.rows, one.loss, one.score, dict(one.observed)) for one in seen],
                list(outcome.stop_epoch),
                dict(outcome.best_state or {}),
            )
        )
    torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-5)


@needs_cuda
def test_on_cuda_a_step_that_reads_a_number_is_run_plainly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Reading(Linear):
        capturable = True

        def step(self, batch: Batch) -> Tensor:
            loss = super().step(batch)
            self.last = float(loss.sum())
            return loss

    program, plain = Reading([1, 2]).cuda(), Linear([1, 2]).cuda()
    step = capturing(program)
    assert step is not None
    with caplog.at_level(logging.WARNING):
        for x, y in batches([8] * 8):
            given = x.cuda(), y.cuda()
            torch.testing.assert_close(step(given), plain.step(given), rtol=1e-5, atol=1e-6)
    assert len(caplog.records) == 1
