"""Losses by name, their learned parameters, and when the max follows the sum."""

from __future__ import annotations

import math

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.lessons.retrieval_losses.config import STRATEGIES
from mtlkit.lessons.retrieval_losses.objective import Objective, mean_loss, parameter_of
from tests.lessons.retrieval_losses.small import program, small
from tests.losses import literal
from tests.losses.literal import normals


def objective(strategy: str, **settings: object) -> Objective:
    made = Objective(small(**settings), strategy, stream(0, "start/projector"))
    return made.double()


def embeddings(pairs: int = 6) -> tuple[Float[Tensor, "pair 8"], Float[Tensor, "pair 8"]]:
    return normals(pairs, 8, seed=1), normals(pairs, 8, seed=2)


def cosines(images: Tensor, texts: Tensor) -> list[list[float]]:
    return [
        [float(one @ other / math.sqrt(float(one @ one) * float(other @ other))) for other in texts]
        for one in images
    ]


def test_names_stand_for_their_losses() -> None:
    images, texts = embeddings()
    s = cosines(images, texts)
    wanted = {
        "sum_triplet": sum(literal.sum_triplet(s, 0.3)) / 6,
        "max_triplet": sum(literal.max_triplet(s, 0.3)) / 6,
        "simclr": sum(literal.simclr(s, 0.2, False)) / 6,
        "simclr_positive": sum(literal.simclr(s, 0.2, True)) / 6,
        "barlow_twins": literal.barlow_twins(images.tolist(), texts.tolist(), 0.07),
    }
    settings = {"margin": 0.3, "temperature": 0.2, "redundancy": 0.07}
    for name, value in wanted.items():
        found = objective(name, **settings)(images, texts, 1)
        assert found.item() == pytest.approx(value, rel=1e-6)
        parameter = settings[parameter_of(name)]
        assert mean_loss(name, images, texts, parameter).item() == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("warm", [1, 2, 5])
def test_the_max_follows_the_sum_after_its_epochs(warm: int) -> None:
    images, texts = embeddings()
    found = objective("max_after_sum", warm=warm, epochs=6)
    for epoch in range(1, 7):
        name = "sum_triplet" if epoch <= warm else "max_triplet"
        assert found(images, texts, epoch) == objective(name)(images, texts, epoch)


def test_training_tells_the_objective_its_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = program("max_after_sum", n_train=49, batch_size=2, epochs=700, captions="first")
    for epoch in (1, 2, 3, 15, 333, 700):
        assert {int(done) + 1 for done, _, _ in trained.batches(epoch)} == {epoch}
    seen: list[int] = []
    real = Objective.forward

    def spy(self: Objective, images: Tensor, texts: Tensor, epoch: int) -> Tensor:
        seen.append(epoch)
        return real(self, images, texts, epoch)

    monkeypatch.setattr(Objective, "forward", spy)
    shorter = program("max_after_sum")
    for epoch in (1, 2):
        for batch in shorter.batches(epoch):
            shorter.step(batch)
    assert seen == [1, 1, 1, 2, 2, 2]


def test_a_third_of_the_epochs_are_the_sums_unless_others_are_asked_for() -> None:
    warms = [small(epochs=epochs).warm for epochs in (1, 2, 3, 15)]
    assert warms == [1, 1, 1, 5]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_learned_parameters_gradient_is_that_of_finite_differences(strategy: str) -> None:
    images, texts = embeddings()
    found = objective(strategy, learnable=True, margin=0.5, temperature=0.3)
    found(images, texts, 1).backward()
    values = []
    for step in (1e-6, -1e-6):
        moved = objective(strategy, learnable=True, margin=0.5, temperature=0.3)
        with torch.no_grad():
            moved.log_parameter += step
        values.append(moved(images, texts, 1).item())
    wanted = (values[0] - values[1]) / 2e-6
    assert found.log_parameter.grad.item() == pytest.approx(wanted, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("strategy", ["max_triplet", "simclr", "barlow_twins"])
@pytest.mark.parametrize("learnable", [False, True])
def test_a_parameter_moves_only_where_it_is_learned(strategy: str, learnable: bool) -> None:
    trained = program(strategy, learnable=learnable)
    own = trained.objective.log_parameter
    start = getattr(trained.config, parameter_of(strategy))
    assert own.exp().item() == pytest.approx(start)
    for batch in trained.batches(1):
        trained.step(batch)
    assert (own.exp().item() != pytest.approx(start)) is learnable


def test_a_projector_stands_before_the_loss_of_both_modalities() -> None:
    images, texts = embeddings()
    found = objective("barlow_twins", projector=5)
    first, _, second = found.projector

    def passed(x: Tensor) -> Tensor:
        return (x @ first.weight.T + first.bias).clamp_min(0) @ second.weight.T + second.bias

    wanted = literal.barlow_twins(passed(images).tolist(), passed(texts).tolist(), 0.05)
    assert found(images, texts, 1).item() == pytest.approx(wanted, rel=1e-6)
    assert isinstance(found.projector, nn.Sequential)
    trained = program("barlow_twins", projector=5)
    before = [one.clone() for one in trained.objective.projector.parameters()]
    trained.step(next(iter(trained.batches(1))))
    after = trained.objective.projector.parameters()
    assert not any(torch.equal(a, b) for a, b in zip(before, after, strict=True))
