"""A replica among ten follows a plain network, trained by a plain loop, over 50 steps."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mtlkit.balance import Uncertainty
from mtlkit.nn import StackedLinear

REPLICAS, TASKS, WIDTH, STEPS = 10, 3, 16, 50
OPTIMISERS: dict[str, Callable[[Iterable[Any]], torch.optim.Optimizer]] = {
    "fused adam": lambda groups: torch.optim.Adam(groups, lr=0.01, fused=True),
    "sgd": lambda groups: torch.optim.SGD(groups, lr=0.01),
}


def batch(replica: int, step: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1000 * replica + step)
    x = torch.rand(32, 1, generator=generator) * 2 - 1
    noise = torch.randn(TASKS, 32, 1, generator=generator)
    return x, torch.stack([x**power for power in range(1, TASKS + 1)]) + noise


class Plain(nn.Module):
    """One network as anyone would write it, with Kendall's uncertainties as parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Linear(1, WIDTH)
        self.heads = nn.ModuleList(nn.Linear(WIDTH, 1) for _ in range(TASKS))
        self.log_variance = nn.Parameter(torch.zeros(TASKS))

    def train_once(self, x: Tensor, targets: Tensor) -> None:
        hidden = torch.relu(self.backbone(x))
        total = torch.zeros(())
        for head, target, v in zip(self.heads, targets, self.log_variance, strict=True):
            loss = nn.functional.mse_loss(head(hidden), target)
            total = total + loss / (2 * v.exp()) + v / 2
        total.backward()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_replica_follows_the_plain_loop(name: str) -> None:
    streams = [torch.Generator().manual_seed(replica) for replica in range(REPLICAS)]
    backbone = StackedLinear((REPLICAS,), 1, WIDTH, generators=streams)
    heads = StackedLinear((REPLICAS, TASKS), WIDTH, 1, generators=streams)
    balancer = Uncertainty(REPLICAS, TASKS)
    network = [*backbone.parameters(), *heads.parameters()]
    own_rate = {"params": balancer.parameters(), "lr": 0.05}
    optimiser = OPTIMISERS[name]([{"params": network}, own_rate])
    for step in range(STEPS):
        pairs = [batch(replica, step) for replica in range(REPLICAS)]
        x, targets = torch.stack([p[0] for p in pairs]), torch.stack([p[1] for p in pairs])
        out = heads(backbone(x).relu().unsqueeze(1))
        optimiser.zero_grad()
        balancer.backward((out - targets).square().mean((2, 3)))
        optimiser.step()

    replica = 7
    torch.manual_seed(replica)
    plain = Plain()
    body = [*plain.backbone.parameters(), *plain.heads.parameters()]
    optimiser = OPTIMISERS[name]([{"params": body}, {"params": [plain.log_variance], "lr": 0.05}])
    for step in range(STEPS):
        optimiser.zero_grad()
        plain.train_once(*batch(replica, step))
        optimiser.step()

    near = {"rtol": 0, "atol": 1e-5}
    torch.testing.assert_close(backbone.weight[replica], plain.backbone.weight, **near)
    torch.testing.assert_close(backbone.bias[replica], plain.backbone.bias, **near)
    for task, head in enumerate(plain.heads):
        torch.testing.assert_close(heads.weight[replica, task], head.weight, **near)
        torch.testing.assert_close(heads.bias[replica, task], head.bias, **near)
    torch.testing.assert_close(balancer.log_variance[replica], plain.log_variance, **near)
    assert plain.log_variance.abs().min() > 0.01
