"""Training steps of lesson 03 against plain towers, and replicas apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs
import pytest
import torch
from torch import Tensor, nn

from mtlkit.core.streams import shuffled
from mtlkit.lessons.sharing_architectures.bits import labels, strings
from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES, SharingConfig
from mtlkit.lessons.sharing_architectures.program import BitsProgram
from mtlkit.nn import select_replicas

from .test_network import Towers

CPU = torch.device("cpu")
STEPS = 20
CONFIG = SharingConfig.preset("smoke", steps=STEPS, looks=2, batch_size=60, layers=2, overlap=0.5)


def soft_penalty(model: Towers) -> Tensor:
    """Sum over towers of the squared distance from their mean."""
    every = torch.stack(
        [torch.cat([p.flatten() for p in tower.parameters()]) for tower in model.towers]
    )
    return (every - every.mean(0)).square().sum()


def plain_losses(config: SharingConfig, strategy: str, program: BitsProgram, place: int) -> Tensor:
    """The mean training losses of the first steps of one seed."""
    seed = int(program.seed[place])
    model = Towers(program.network, place)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    found = strings(config, seed, "train")
    x, y = 2 * found.float() - 1, labels(config, found).float()
    of_a_pass, kept = config.n_train // config.batch_size, []
    for step in range(STEPS):
        order = shuffled([seed], step // of_a_pass, config.n_train)[0]
        rows = order.split(config.batch_size)[step % of_a_pass]
        loss = nn.functional.binary_cross_entropy_with_logits(model(x[rows]), y[:, rows])
        penalty = soft_penalty(model) if strategy == "soft_sharing" else 0.0
        optimiser.zero_grad()
        (loss + config.soft_strength * penalty).backward()
        optimiser.step()
        kept.append(loss.detach())
    return torch.stack(kept)


def trained(program: BitsProgram, looks: Sequence[int] = (1, 2)) -> Tensor:
    steps = itertools.chain.from_iterable(program.batches(look) for look in looks)
    return torch.stack([program.step(batch) for batch in steps])


@pytest.mark.parametrize("strategy", ARCHITECTURES)
def test_replicas_follow_the_plain_loop(strategy: str) -> None:
    config = attrs.evolve(CONFIG, soft_strength=0.1)
    program = BitsProgram(config, strategy, (3, 0), CPU)
    plain = [plain_losses(config, strategy, program, place) for place in range(2)]
    stacked = trained(program)
    assert stacked.shape == (STEPS, 2)
    torch.testing.assert_close(stacked, torch.stack(plain, 1), rtol=0, atol=1e-5)
    assert (stacked[-1] < stacked[0]).all()


def test_separate_towers_are_networks_trained_alone() -> None:
    """One tower and one head, on the labels of its task; the loss is a share of the mean."""
    program = BitsProgram(CONFIG, "separate", (2,), CPU)
    found = strings(CONFIG, 2, "train")
    x, y = 2 * found.float() - 1, labels(CONFIG, found).float()
    alone = []
    for task in range(CONFIG.tasks):
        towers = Towers(program.network, 0)
        tower, head = towers.towers[task], towers.heads[task]
        network = nn.Sequential(tower[0], nn.ReLU(), tower[1], nn.ReLU(), head)
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=CONFIG.learning_rate, weight_decay=CONFIG.weight_decay
        )
        for step in range(STEPS):
            order = shuffled([2], step // 3, CONFIG.n_train)[0]
            rows = order.split(CONFIG.batch_size)[step % 3]
            logits = network(x[rows]).squeeze(1)
            loss = nn.functional.binary_cross_entropy_with_logits(logits, y[task, rows])
            optimiser.zero_grad()
            (loss / CONFIG.tasks).backward()
            optimiser.step()
        alone.append(network(x[:50]).squeeze(1).detach())
    trained(program)
    ours = program.network(x[:50].unsqueeze(0))[0].detach()
    torch.testing.assert_close(ours, torch.stack(alone), rtol=0, atol=1e-4)


def test_equal_towers_on_equal_tasks_stay_equal_pulled_together_or_not() -> None:
    # Not with a pull a thousand times as strong: then AdamW blows rounding up to its step size.
    for strength in (0.0, 0.01, 0.1):
        program = BitsProgram(
            attrs.evolve(CONFIG, soft_strength=strength), "soft_sharing", (0, 1), CPU
        )
        with torch.no_grad():
            for parameter in program.network.parameters():
                parameter.copy_(parameter[:, :1].expand_as(parameter).clone())
        same = program.get_buffer("y_train")
        same[:, 1] = same[:, 0]
        trained(program)
        for parameter in program.network.parameters():
            one, other = parameter[:, 0], parameter[:, 1]
            torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


def test_a_stronger_pull_leaves_towers_nearer_to_each_other() -> None:
    config = SharingConfig.preset("smoke", overlap=0.0, weight_decay=0.0)
    apart = []
    for strength in (0.0, 0.01, 1.0):
        program = BitsProgram(
            attrs.evolve(config, soft_strength=strength), "soft_sharing", (0, 1), CPU
        )
        trained(program, (1, 2, 3, 4))
        apart.append(program.network.spread().mean().item())
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 0.1 * apart[0]


def test_soft_sharing_without_pull_is_separate_bit_for_bit() -> None:
    none = attrs.evolve(CONFIG, soft_strength=0.0)
    soft, separate = (BitsProgram(none, name, (0, 1), CPU) for name in ("soft_sharing", "separate"))
    assert torch.equal(trained(soft), trained(separate))
    assert all(map(torch.equal, soft.parameters(), separate.parameters()))


LONG = SharingConfig.preset("smoke", steps=50, looks=2)


@pytest.mark.parametrize("strategy", ARCHITECTURES)
def test_replicas_that_stay_train_on_as_if_alone(strategy: str) -> None:
    together, alone = (BitsProgram(LONG, strategy, seeds, CPU) for seeds in ((4, 1, 7), (4, 7)))
    trained(together, (1,))
    select_replicas(together, together.optimisers, torch.tensor([0, 2]))
    trained(together, (2,))
    trained(alone, (1, 2))
    for ours, theirs in zip(together.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("strategy", ARCHITECTURES)
def test_a_replica_made_nan_leaves_the_others_bit_identical(strategy: str) -> None:
    healthy, sick = (BitsProgram(CONFIG, strategy, (4, 1, 7), CPU) for _ in range(2))
    with torch.no_grad():
        sick.network.heads.weight[1] = torch.nan
    for program in (healthy, sick):
        trained(program)
    for ours, theirs in zip(healthy.parameters(), sick.parameters(), strict=True):
        assert torch.equal(ours[[0, 2]], theirs[[0, 2]])
    assert sick.network(torch.ones(3, 2, 20))[1].isnan().all()


@torch.no_grad()
def test_what_is_observed_is_counted_on_the_parts() -> None:
    program = BitsProgram(CONFIG, "cross_stitch", (0, 5), CPU)
    seen = program.observe()
    for place, seed in enumerate((0, 5)):
        model = Towers(program.network, place)
        wrong = []
        for part in ("train", "validation", "test"):
            found = strings(CONFIG, seed, part)
            logits, truth = model(2 * found.float() - 1), labels(CONFIG, found)
            accuracy = ((logits > 0) == truth).double().mean(1)
            loss = torch.where(truth, -logits, logits).double().exp().log1p().mean(1)
            torch.testing.assert_close(seen[f"accuracy_{part}"][place].double(), accuracy)
            torch.testing.assert_close(
                seen[f"loss_{part}"][place].double(), loss, rtol=1e-5, atol=1e-6
            )
            wrong.append(1 - accuracy.mean())
        torch.testing.assert_close(program.score()[place].double(), wrong[1], rtol=0, atol=1e-6)
