"""Sampled gates: a score-function gradient, against the one that enumerates all gates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.core.training import Program, fit

EXPERTS, SAMPLES, POINTS = 3, 4, 32

GATES = torch.tensor(list(itertools.product((0.0, 1.0), repeat=EXPERTS)))
"""All 2^M settings of the gates, (setting, expert)."""


class GatedExperts(Program):
    """y = sum over experts of gate * (a x + b), each gate drawn from its own Bernoulli."""

    seed: Tensor
    x: Tensor
    y: Tensor

    def __init__(self, starts: Sequence[int], seeds: Sequence[int], rate: float = 0.1) -> None:
        super().__init__()
        self.register_buffer("seed", torch.tensor(seeds))

        def drawn(name: str, *shape: int) -> Tensor:
            each = {s: torch.randn(shape, generator=stream(s, name)) for s in set(starts)}
            return torch.stack([each[s] for s in starts])

        self.logits, self.a, self.b = map(nn.Parameter, drawn("start", 3, EXPERTS).unbind(1))
        self.register_buffer("x", x := drawn("x", POINTS))
        self.register_buffer("y", x.abs())
        self.optimisers = [torch.optim.SGD(self.parameters(), lr=rate)]

    def losses(self, gates: Tensor) -> Tensor:
        """(replica, draw, expert) gates -> (replica, draw)."""
        experts = self.a[..., None] * self.x[:, None] + self.b[..., None]
        return (torch.einsum("rdm,rmp->rdp", gates, experts) - self.y[:, None]).square().mean(-1)

    def log_probability(self, gates: Tensor) -> Tensor:
        logits = self.logits[:, None]
        return -nn.functional.softplus(torch.where(gates > 0, -logits, logits)).sum(-1)

    def expected_loss(self) -> Tensor:
        """Exact: every setting of the gates, weighted by its probability."""
        gates = GATES.expand(len(self.x), -1, -1)
        return (self.log_probability(gates).exp() * self.losses(gates)).sum(1)

    def batches(self, epoch: int) -> Iterator[Tensor]:
        """Uniform numbers that the gates are drawn with, (replica, draw, expert)."""
        for step in range(20):
            draws = (stream(seed, "gates", epoch, step) for seed in self.seed.tolist())
            yield torch.stack([torch.rand(SAMPLES, EXPERTS, generator=draw) for draw in draws])

    def backward(self, batch: Tensor) -> Tensor:
        gates = (batch < self.logits.sigmoid()[:, None]).float()
        losses = self.losses(gates)
        value = losses.detach()
        others = (value.sum(1, keepdim=True) - value) / (SAMPLES - 1)  # leave-one-out baseline
        score_term = (value - others) * self.log_probability(gates)
        (losses + score_term).mean(1).sum().backward()
        return value.mean(1)

    def step(self, batch: Tensor) -> Tensor:
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        loss = self.backward(batch)
        optimiser.step()
        return loss

    def score(self) -> Tensor:
        return self.expected_loss()


def _gradient(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad


def test_the_estimate_is_the_exact_gradient_in_expectation() -> None:
    copies = 5000  # replicas that start alike and draw their own gates
    program = GatedExperts([0] * copies, [0] * copies)
    program.expected_loss().sum().backward()
    exact = {name: _gradient(p)[0].clone() for name, p in program.named_parameters()}
    program.zero_grad()
    program.backward(torch.rand(copies, SAMPLES, EXPERTS, generator=stream(0, "gates")))
    for name, parameter in program.named_parameters():
        gradient = _gradient(parameter)
        error = gradient.std(0) / copies**0.5
        assert ((gradient.mean(0) - exact[name]).abs() < 4 * error).all()
        # The test could tell a gradient off by a tenth of its length.
        assert error.norm() < exact[name].norm() / 40


def test_training_lowers_the_expected_loss_while_replicas_leave() -> None:
    seeds = range(6)
    epochs = list(fit(GatedExperts(seeds, seeds), epochs=30, patience=1))
    running = [len(epoch.rows) for epoch in epochs]
    assert running[0] == 6 > running[-1]
    for row in seeds:
        mine = [e.score[e.rows.tolist().index(row)] for e in epochs if row in e.rows.tolist()]
        assert min(mine) < 0.8 * mine[0]
        alone = list(fit(GatedExperts([row], [row]), epochs=30, patience=1))
        torch.testing.assert_close(
            torch.stack(mine), torch.cat([epoch.score for epoch in alone]), rtol=1e-4, atol=0
        )
