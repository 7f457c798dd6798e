"""Signal and noise of the gates' gradient, against autograd draw by draw and all gates."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.lessons.gated_experts import gradients
from mtlkit.lessons.gated_experts.config import GatedConfig
from mtlkit.lessons.gated_experts.gradients import DRAWS, ESTIMATES, gradient_noise, measurable
from mtlkit.lessons.gated_experts.program import GatedProgram, element_losses
from mtlkit.nn.routing import score_function

from .test_program import exact_gradients

CPU = torch.device("cpu")
SEEDS = (0, 3)


@pytest.fixture(scope="module")
def program() -> GatedProgram:
    """A few steps trained, so that tasks differ."""
    config = GatedConfig.preset("smoke", gate_rate=0.1)
    found = GatedProgram(config, "gated", SEEDS, CPU)
    for batch in found.batches(1):
        found.step(batch)
    return found


def batch_of(program: GatedProgram) -> tuple[Tensor, Tensor]:
    images = program.config.batch_per_task
    pixels, labels = program.get_buffer("pixels_train"), program.get_buffer("labels_train")
    return pixels[:, :, :images], labels[:, :, :images]


def simulated(program: GatedProgram, step: int, kind: str, samples: int) -> Tensor:
    """Estimates one after the other, each a backward pass: (estimate, replica, task, expert)."""
    pixels, labels = batch_of(program)
    (router,) = program.network.gating
    shape = (DRAWS, *labels.shape[1:], program.config.experts)
    numbers = torch.stack(
        [torch.rand(shape, generator=stream(s, "gradient noise", step)) for s in SEEDS], 1
    )
    found = []
    for own in numbers.split(samples):
        passed = program.network(pixels, own.unsqueeze(0))
        losses = element_losses(passed.logits, labels)
        value = score_function(losses, passed.log_probability, kind).mean((0, 2, 3)).sum()
        found.append(torch.autograd.grad(value, router.gates.logits)[0])
    return torch.stack(found)


def test_signal_and_noise_are_those_of_backward_passes(program: GatedProgram) -> None:
    table = gradient_noise(program, 7)
    assert len(table) == len(ESTIMATES) * len(SEEDS)
    assert (table["strategy"] == "gated").all()
    assert (table["epoch"] == 7).all()
    best = simulated(program, 7, "leave_one_out", DRAWS)[0]
    for kind, samples in ESTIMATES:
        estimates = simulated(program, 7, kind, samples)
        rows = table[(table["baseline"] == kind) & (table["samples"] == samples)]
        for place, (_, row) in enumerate(rows.iterrows()):
            assert row["seed"] == SEEDS[place]
            own = estimates[:, place].double()
            noise = (own - own.mean(0)).square().sum((1, 2)).sum() / (len(own) - 1)
            assert row["noise"] == pytest.approx(noise.sqrt().item(), rel=1e-3)
            assert row["signal"] == pytest.approx(best[place].norm().item(), rel=1e-3)
            assert row["ratio"] == pytest.approx(row["signal"] / row["noise"])


def test_the_signal_is_the_length_of_the_exact_gradient_up_to_its_measured_error(
    program: GatedProgram,
) -> None:
    pixels, labels = batch_of(program)
    penalty, density = program.config.penalty, program.network.gating[0].probabilities().detach()
    exact = exact_gradients(program, pixels, labels)["routers.0.gates.logits"]
    exact = exact - penalty * density * (1 - density) / program.config.tasks
    table = gradient_noise(program, 3).query("baseline == 'leave_one_out' and samples == 4")
    for place, (_, row) in enumerate(table.iterrows()):
        error = row["noise"] * (4 / DRAWS) ** 0.5
        assert abs(row["signal"] - exact[place].norm().item()) < 3 * error


def test_more_careful_baselines_are_less_noisy(program: GatedProgram) -> None:
    noise = gradient_noise(program, 0).groupby(["baseline", "samples"])["noise"].mean()
    wanted = [noise[kind, samples] for kind, samples in ESTIMATES]
    assert wanted == sorted(wanted, reverse=True)


def test_nothing_moves_while_it_is_measured(program: GatedProgram) -> None:
    before = [p.clone() for p in program.parameters()]
    gradient_noise(program, 1)
    assert all(map(torch.equal, before, program.parameters()))


@pytest.mark.parametrize(
    ("strategy", "settings", "wanted"),
    [
        ("gated", {}, True),
        ("gated", {"gating_layers": 2}, False),
        ("gated", {"estimator": "gumbel_softmax"}, False),
        ("gated", {"estimator": "straight_through"}, False),
        ("frozen_half", {}, False),
        ("ungated", {}, False),
        ("routed", {}, False),
    ],
)
def test_it_is_measured_where_gates_learn_from_a_score(
    strategy: str, settings: dict[str, object], wanted: bool
) -> None:
    config = GatedConfig.preset("smoke", **settings)
    assert measurable(GatedProgram(config, strategy, (0,), CPU)) == wanted


def test_the_draws_are_divided_among_all_estimates_without_rest() -> None:
    assert all(gradients.DRAWS % samples == 0 for _, samples in ESTIMATES)
