"""A trained network read with each way of fixing the experts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mtlkit.data.generated.digit_families import task_pictures
from mtlkit.lessons.gated_experts.config import STRATEGIES, GatedConfig
from mtlkit.lessons.gated_experts.evaluation import read, selections, shift
from mtlkit.lessons.gated_experts.network import GatedNetwork
from mtlkit.lessons.gated_experts.program import GatedProgram
from mtlkit.nn.routing import SELECTIONS, BernoulliGates, select

from .test_program import PlainMixture

CPU = torch.device("cpu")
SEEDS = (0, 3)


@pytest.fixture(scope="module")
def program() -> GatedProgram:
    """With gates that differ, one of them nearly off for every expert."""
    config = GatedConfig.preset("smoke", mixture_start="normal")
    found = GatedProgram(config, "gated", SEEDS, CPU)
    for batch in found.batches(1):
        found.step(batch)
    with torch.no_grad():
        logits = found.network.gating[0].gates.logits
        logits.copy_(1.5 * torch.randn(logits.shape, generator=torch.Generator().manual_seed(2)))
        logits[0, 1] = torch.tensor([-4.0, -3.0, -5.0])
    return found


def kept_gates(program: GatedProgram, how: str) -> Tensor:
    return select(program.probabilities()[:, 0], how).gates


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize("how", [how for how in SELECTIONS if how != "sampled"])
@torch.no_grad()
def test_reading_is_the_plain_network_on_every_picture(
    program: GatedProgram, how: str, part: str
) -> None:
    found, config = read(program, part, how), program.config
    gates = kept_gates(program, how)
    torch.testing.assert_close(found.kept, gates.sum(-1))
    for replica, seed in enumerate(SEEDS):
        data = task_pictures(seed, part, config.tasks, config.families)
        model = PlainMixture(program, replica)
        images = data.labels.shape[1]
        losses = model.losses(
            data.images, data.labels, gates[replica].unsqueeze(1).expand(-1, images, -1)
        )
        torch.testing.assert_close(found.loss[replica], losses.mean(1), rtol=1e-4, atol=1e-5)
        # Right where no other class has a smaller loss.
        others = torch.stack(
            [
                model.losses(
                    data.images,
                    torch.full_like(data.labels, label),
                    gates[replica].unsqueeze(1).expand(-1, images, -1),
                )
                for label in range(5)
            ]
        )
        right = (others.argmin(0) == data.labels).float().mean(1)
        torch.testing.assert_close(found.accuracy[replica], right, rtol=0, atol=2.5 / images)


def test_who_would_have_kept_no_expert_is_told(program: GatedProgram) -> None:
    assert read(program, "validation", "likely").rescued[0].tolist()[1]
    assert read(program, "validation", "rounded").rescued[0, 1]
    assert not read(program, "validation", "all").rescued.any()
    assert not read(program, "validation", "expected").rescued.any()
    assert read(program, "validation", "likely").kept[0, 1] == 1


def test_sampled_experts_are_a_seeds_own_and_the_same_each_time(program: GatedProgram) -> None:
    first, second = (read(program, "test", "sampled") for _ in range(2))
    assert torch.equal(first.loss, second.loss)
    assert (first.kept >= 1).all()
    assert torch.equal(first.kept, first.kept.round())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_where_gates_are_drawn_there_are_several_ways_to_fix_them(strategy: str) -> None:
    network = GatedNetwork(GatedConfig.preset("smoke"), strategy, (0,))
    drawn = isinstance(network.gating[0].gates, BernoulliGates)
    assert selections(network) == (SELECTIONS if drawn else ("likely",))


def test_two_layers_count_the_experts_of_both() -> None:
    config = GatedConfig.preset("smoke", gating_layers=2)
    program = GatedProgram(config, "gated", (0,), CPU)
    with torch.no_grad():
        program.network.gating[0].gates.logits.fill_(5.0)
        program.network.gating[1].gates.logits.fill_(-5.0)
    found = read(program, "validation", "likely")
    assert (found.kept == config.experts + 1).all()
    assert found.rescued.all()


@pytest.mark.parametrize("how", [how for how in SELECTIONS if how != "sampled"])
@torch.no_grad()
def test_the_shift_is_that_of_simulated_representations(program: GatedProgram, how: str) -> None:
    """Means and deviation of z over validation pictures and many draws of their gates."""
    config, draws = program.config, 400
    images = program.get_buffer("labels_validation").shape[2]
    x = program.get_buffer("pixels_validation")
    shape = (1, draws, 2, config.tasks, images, config.experts)
    numbers = torch.rand(shape, generator=torch.Generator().manual_seed(4))
    drawn = program.network(x, numbers).representation.double()
    fixed = program.network.fixed(x, how)[0].representation[0].double()
    every = drawn.movedim(0, 3).flatten(2, 3)  # (replica, task, picture and draw, feature)
    moved = (fixed.mean(2) - every.mean(2)).norm(dim=-1)
    deviation = every.var(2, correction=0).sum(-1).sqrt()
    wanted = moved / deviation
    torch.testing.assert_close(shift(program, how).double(), wanted, rtol=0.02, atol=0.02)
    if how == "expected":
        assert shift(program, how).max() < 1e-5
