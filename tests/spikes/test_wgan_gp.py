"""Two players in one step: a WGAN with gradient penalty learns where a Gaussian lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
import torch
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.core.training import Program, fit
from mtlkit.nn import StackedLinear

MEAN = torch.tensor([2.0, -1.0])
CRITIC_STEPS, PENALTY, POINTS, RATE = 5, 10.0, 64, 0.02


def gradient_penalty(critic: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """(|gradient of the critic| - 1)^2, its mean over (replica, point, feature) points."""
    points = points.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    return (gradient.norm(dim=-1) - 1).square().mean(-1)


class Wgan(Program):
    """One generator and one critic a seed, each with an optimiser of its own."""

    seed: Tensor

    def __init__(self, seeds: Sequence[int], steps: int = 10) -> None:
        super().__init__()

        def layer(name: str, inputs: int, outputs: int) -> StackedLinear:
            generators = [stream(seed, name) for seed in seeds]
            return StackedLinear((len(seeds),), inputs, outputs, generators=generators)

        self.steps = steps
        self.register_buffer("seed", torch.tensor(seeds))
        self.generator = layer("generator", 2, 2)
        self.critic = nn.Sequential(layer("in", 2, 16), nn.Softplus(), layer("out", 16, 1))
        players = (self.generator, self.critic)
        self.optimisers = [
            torch.optim.Adam(p.parameters(), RATE, betas=(0.0, 0.9)) for p in players
        ]

    def _normal(self, purpose: str, *keys: int) -> Tensor:
        draws = (stream(seed, purpose, *keys) for seed in self.seed.tolist())
        return torch.stack([torch.randn(POINTS, 2, generator=draw) for draw in draws])

    def batches(self, epoch: int) -> Iterator[list[tuple[Tensor, Tensor]]]:
        """Real points and noise, one pair for each of the critic's steps."""
        for step in range(self.steps):
            yield [
                (MEAN + self._normal("real", epoch, step, i), self._normal("z", epoch, step, i))
                for i in range(CRITIC_STEPS)
            ]

    def step(self, batch: list[tuple[Tensor, Tensor]]) -> Tensor:
        generator_optimiser, critic_optimiser = self.optimisers
        for real, z in batch:
            fake = self.generator(z).detach()
            distance = (self.critic(real) - self.critic(fake)).mean((1, 2))
            penalty = gradient_penalty(self.critic, (real + fake) / 2)
            critic_optimiser.zero_grad()
            (PENALTY * penalty - distance).sum().backward()
            critic_optimiser.step()
        generator_optimiser.zero_grad()
        (-self.critic(self.generator(batch[0][1])).mean((1, 2)).sum()).backward()
        generator_optimiser.step()
        return distance.detach()

    def score(self) -> Tensor:
        """How far the generator's mean (its bias) is from the data's."""
        return (self.generator.bias - MEAN).norm(dim=1)


def test_the_generator_moves_to_the_data() -> None:
    epochs = list(fit(Wgan([0, 1, 2]), epochs=10))
    distance = torch.stack([epoch.score for epoch in epochs])
    assert (distance.min(0).values < 0.15 * distance[0]).all()
    assert (distance[-1] < 0.5 * distance[0]).all()  # it circles there, as two players do
    assert torch.stack([epoch.loss for epoch in epochs[1:]]).isfinite().all()


@pytest.mark.parametrize("inputs", [1, 2])
def test_a_linear_critic_has_the_penalty_of_its_slope(inputs: int) -> None:
    critic = StackedLinear((3,), inputs, 1, generators=[stream(i, "critic") for i in range(3)])
    penalty = gradient_penalty(critic, torch.randn(3, 7, inputs, generator=stream(0, "points")))
    slope = critic.weight[:, 0].norm(dim=-1)
    torch.testing.assert_close(penalty, (slope - 1).square())
    (of_weight,) = torch.autograd.grad(penalty.sum(), critic.weight)
    expected = 2 * (slope - 1)[:, None] * critic.weight[:, 0] / slope[:, None]
    torch.testing.assert_close(of_weight[:, 0], expected)


def test_a_replica_does_not_depend_on_its_neighbour() -> None:
    alone, beside_2, beside_3 = (Wgan(seeds, steps=9) for seeds in ([1], [1, 2], [1, 3]))
    for program in (alone, beside_2, beside_3):
        list(fit(program, epochs=1))  # 9 x (5 + 1) steps of an optimiser
    states = zip(alone.parameters(), beside_2.parameters(), beside_3.parameters(), strict=True)
    for single, with_2, with_3 in states:
        assert torch.equal(with_2[0], with_3[0])
        torch.testing.assert_close(single[0], with_2[0], rtol=0, atol=1e-5)
