"""The control: Kendall's log-variances, learned alike, but weights of constant sum."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.balance import SumNormalised, Uncertainty
from mtlkit.errors import UsageError

LOG_VARIANCES = st.lists(st.floats(-20, 20), min_size=1, max_size=6)


@given(LOG_VARIANCES)
def test_weights_sum_to_the_number_of_tasks(v: list[float]) -> None:
    balancer = SumNormalised(1, len(v)).double()
    balancer.kendall.log_variance.data[0] = torch.tensor(v)
    assert balancer.weights().sum().item() == pytest.approx(len(v), rel=1e-12)


def test_weights_are_kendalls_rescaled() -> None:
    v = [-1.0, 0.5, 2.0]
    balancer = SumNormalised(1, 3).double()
    balancer.kendall.log_variance.data[0] = torch.tensor(v)
    raw = [math.exp(-x) for x in v]
    expected = [3 * w / sum(raw) for w in raw]
    assert balancer.weights()[0].tolist() == pytest.approx(expected, rel=1e-14)
    ratios = balancer.weights() / balancer.kendall.weights()
    assert ratios[0].tolist() == pytest.approx([ratios[0, 0].item()] * 3, rel=1e-14)


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_backward_weighs_the_network_and_leaves_kendalls_gradient_on_v(kind: str) -> None:
    v = torch.tensor([[-1.0, 0.5], [2.0, 0.1]], dtype=torch.float64)
    ours, kendall = SumNormalised(2, 2, kind=kind).double(), Uncertainty(2, 2, kind=kind).double()
    ours.kendall.log_variance.data.copy_(v)
    kendall.log_variance.data.copy_(v)
    losses = torch.rand(2, 2, dtype=torch.float64, requires_grad=True)
    ours.backward(losses)
    kendall.backward(losses.detach())
    assert torch.equal(losses.grad, ours.weights())
    assert torch.equal(ours.kendall.log_variance.grad, kendall.log_variance.grad)
    assert torch.equal(ours.uncertainty(), kendall.uncertainty())


def test_gradients_agree_with_differences() -> None:
    balancer = SumNormalised(2, 3).double()
    balancer.kendall.log_variance.data.normal_()
    losses = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(balancer.objective, (losses,))


def test_v_rests_where_kendalls_does() -> None:
    balancer = SumNormalised(1, 2).double()
    optimiser = torch.optim.SGD(balancer.parameters(), lr=0.5)
    losses = torch.tensor([[0.8, 3.0]], dtype=torch.float64, requires_grad=True)
    for _ in range(200):
        optimiser.zero_grad()
        balancer.backward(losses)
        optimiser.step()
    assert balancer.uncertainty()[0].tolist() == pytest.approx([0.8, 3.0], rel=1e-12)
    # the weights are inverse to the losses: 3 to 0.8, of sum 2
    assert balancer.weights()[0].tolist() == pytest.approx([6 / 3.8, 1.6 / 3.8], rel=1e-12)


def test_weights_follow_the_bounds() -> None:
    balancer = SumNormalised(1, 2, bounds=(-1.0, 1.0)).double()
    balancer.kendall.log_variance.data[0] = torch.tensor([-9.0, 9.0])
    ratio = balancer.weights()[0, 0] / balancer.weights()[0, 1]
    assert ratio.item() == pytest.approx(math.exp(2), rel=1e-12)


def test_unknown_kind_is_named() -> None:
    sentence = "kind is 'x': it must be one of regression, classification."
    with pytest.raises(UsageError, match=f"^{sentence}$"):
        SumNormalised(1, 2, kind="x")
