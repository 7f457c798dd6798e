"""Finished replicas leave a training; the others go on as if nothing had happened."""

from collections.abc import Callable, Iterable

import pytest
import torch
from torch import Tensor, nn

from mtlkit.nn import StackedLinear, select_replicas

Optimiser = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]

OPTIMISERS: dict[str, Optimiser] = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "fused adam": lambda p: torch.optim.Adam(p, lr=0.01, fused=True),
    "fused amsgrad": lambda p: torch.optim.Adam(p, lr=0.01, fused=True, amsgrad=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "fused momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, fused=True),
}


class Network(nn.Module):
    """Two layers and a buffer of targets, one row for each of the given seeds."""

    targets: Tensor

    def __init__(self, seeds: list[int]) -> None:
        super().__init__()
        streams = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.backbone = StackedLinear((len(seeds),), 3, 8, generators=streams)
        self.heads = StackedLinear((len(seeds), 2), 8, 1, generators=streams)
        self.register_buffer("targets", torch.tensor(seeds, dtype=torch.float32))

    def losses(self, x: Tensor) -> Tensor:
        hidden = self.backbone(x).relu().unsqueeze(1)
        errors = self.heads(hidden).squeeze(-1) - self.targets[:, None, None]
        return errors.square().mean((1, 2))


def train(network: Network, optimiser: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        x = torch.randn(16, 3, generator=torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        network.losses(x).sum().backward()
        optimiser.step()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_replicas_that_stay_train_on_as_if_alone(name: str) -> None:
    together, alone = Network([1, 2, 3, 4]), Network([1, 3])
    optimiser, optimiser_alone = (OPTIMISERS[name](n.parameters()) for n in (together, alone))
    train(together, optimiser, range(25))
    select_replicas(together, [optimiser], torch.tensor([0, 2]))
    train(together, optimiser, range(25, 50))
    train(alone, optimiser_alone, range(50))
    for ours, theirs in zip(together.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    assert not torch.equal(alone.backbone.weight, Network([1, 3]).backbone.weight)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimiser_state_is_cut_with_its_parameter(name: str) -> None:
    network = Network([1, 2, 3])
    optimiser = OPTIMISERS[name](network.parameters())
    train(network, optimiser, range(3))
    before = {p: {k: _copy(v) for k, v in s.items()} for p, s in optimiser.state.items()}
    rows = torch.tensor([2, 1])
    select_replicas(network, [optimiser], rows)
    assert optimiser.state.keys() == before.keys()
    for parameter, state in before.items():
        for key, old in state.items():
            new = optimiser.state[parameter][key]
            if isinstance(old, Tensor):
                torch.testing.assert_close(new, old[rows] if old.ndim else old, rtol=0, atol=0)
            else:
                assert new == old


def _copy(value: object) -> object:
    return value.clone() if isinstance(value, Tensor) else value


def test_parameters_keep_their_identity_and_lose_their_gradient() -> None:
    network = Network([1, 2, 3])
    optimiser = torch.optim.Adam(network.parameters(), fused=True)
    train(network, optimiser, range(1))
    parameters = list(network.parameters())
    rows = [p.detach()[[2]].clone() for p in parameters]
    select_replicas(network, [optimiser], torch.tensor([2]))
    stepped = [p for group in optimiser.param_groups for p in group["params"]]
    for now, was, step, row in zip(network.parameters(), parameters, stepped, rows, strict=True):
        assert now is was is step
        assert now.grad is None
        assert torch.equal(now, row)
    assert network.targets.tolist() == [3.0]
    assert network.backbone.stack == (1,)


def test_an_optimiser_that_never_stepped_gains_no_state() -> None:
    network = Network([1, 2])
    optimiser = torch.optim.Adam(network.parameters())
    select_replicas(network, [optimiser], torch.tensor([1]))
    assert len(optimiser.state) == 0


class Shared(Network):
    """A network with a parameter that its replicas share."""

    def __init__(self, shared: Tensor) -> None:
        super().__init__([1, 2, 3])
        self.shared = nn.Parameter(shared)


@pytest.mark.parametrize(
    ("shared", "message"),
    [
        (torch.zeros(()), "shared has no replica axis: it is a single number."),
        (torch.zeros(5, 3), r"shared has shape \(5, 3\): its leading axis must be the 3 replicas"),
    ],
)
def test_a_tensor_without_replica_axis_is_named_and_nothing_changes(
    shared: Tensor, message: str
) -> None:
    network = Shared(shared)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(ValueError, match=message):
        select_replicas(network, [], torch.tensor([0]))
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_an_optimiser_of_foreign_parameters_is_refused() -> None:
    stranger = nn.Parameter(torch.zeros(2, 7))
    with pytest.raises(ValueError, match=r"SGD steps a parameter of shape \(2, 7\)"):
        select_replicas(Network([1, 2]), [torch.optim.SGD([stranger])], torch.tensor([0]))
