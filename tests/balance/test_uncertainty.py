"""Learned uncertainties against their closed form, torchjd and float64 differences."""

import math

import pytest
import torch
from torchjd.scalarization import UW

from mtlkit.balance import Uncertainty
from mtlkit.errors import UsageError

# form, kind, a, b, and at L = 0.8 the log-variance and the effective weight at rest
FORMS = [
    ("kendall", "regression", 0.5, 0.5, -0.22314, 0.625),
    ("printed", "regression", 0.5, 1.0, -0.91629, 1.25),
    ("kendall", "classification", 1.0, 0.5, 0.47000, 0.625),
    ("printed", "classification", 0.5, 1.0, -0.91629, 1.25),
]
each_form = pytest.mark.parametrize(("form", "kind", "a", "b", "v_rest", "w_rest"), FORMS)


def settle(balancer: Uncertainty, losses: torch.Tensor, steps: int, rate: float) -> None:
    optimiser = torch.optim.SGD(balancer.parameters(), lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        balancer.backward(losses)
        optimiser.step()


@each_form
def test_objective_and_weights(
    form: str, kind: str, a: float, b: float, v_rest: float, w_rest: float
) -> None:
    balancer = Uncertainty(1, 3, form=form, kind=kind).double()
    v, losses = [-0.7, 0.0, 1.3], [0.8, 2.0, 5.0]
    balancer.log_variance.data[:] = torch.tensor(v)
    v = balancer.log_variance[0].tolist()
    expected = sum(a * math.exp(-x) * loss + b * x for x, loss in zip(v, losses, strict=True))
    objective = balancer.objective(torch.tensor([losses], dtype=torch.float64))
    assert objective.item() == pytest.approx(expected, rel=1e-14)
    assert balancer.weights()[0].tolist() == pytest.approx([a * math.exp(-x) for x in v])
    assert balancer.uncertainty()[0].tolist() == pytest.approx([math.exp(x) for x in v])


@each_form
def test_rests_at_its_fixed_point(
    form: str, kind: str, a: float, b: float, v_rest: float, w_rest: float
) -> None:
    balancer = Uncertainty(1, 2, form=form, kind=kind).double()
    settle(balancer, torch.tensor([[0.8, 3.0]], dtype=torch.float64), steps=200, rate=0.5)
    assert balancer.log_variance[0, 0].item() == pytest.approx(v_rest, abs=5e-6)
    expected = [math.log(a * loss / b) for loss in (0.8, 3.0)]
    assert balancer.log_variance[0].tolist() == pytest.approx(expected, abs=1e-12)
    assert balancer.weights()[0].tolist() == pytest.approx([w_rest, b / 3.0], abs=1e-12)


@each_form
def test_gradients_agree_with_differences(
    form: str, kind: str, a: float, b: float, v_rest: float, w_rest: float
) -> None:
    balancer = Uncertainty(2, 3, form=form, kind=kind).double()
    balancer.log_variance.data.normal_(generator=torch.Generator().manual_seed(0))
    losses = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)

    def objective(losses: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        assert log_variance is balancer.log_variance
        return balancer.objective(losses)

    assert torch.autograd.gradcheck(objective, (losses, balancer.log_variance))


def test_kendall_regression_is_torchjds_uncertainty_weighting() -> None:
    ours, theirs = Uncertainty(4, 3).double(), UW((4, 3)).double()
    v = torch.randn(4, 3, dtype=torch.float64)
    ours.log_variance.data.copy_(v)
    theirs.log_var.data.copy_(v)
    losses = torch.rand(4, 3, dtype=torch.float64, requires_grad=True)
    losses_theirs = losses.detach().clone().requires_grad_()
    torch.testing.assert_close(ours.objective(losses).sum(), theirs(losses_theirs))
    ours.backward(losses)
    theirs(losses_theirs).backward()
    torch.testing.assert_close(losses.grad, losses_theirs.grad)
    torch.testing.assert_close(ours.log_variance.grad, theirs.log_var.grad)
    torch.testing.assert_close(losses.grad, ours.weights())


@each_form
def test_gradients_by_formula_are_autograds_bit_for_bit(
    form: str, kind: str, a: float, b: float, v_rest: float, w_rest: float
) -> None:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(7, 5, generator=generator)
    ours, plain = (Uncertainty(7, 5, form=form, kind=kind) for _ in range(2))
    for balancer in (ours, plain):
        balancer.log_variance.data.copy_(start)
    for _ in range(2):  # the second pass adds to the first's gradients
        mine = torch.rand(7, 5, generator=generator, requires_grad=True)
        theirs = mine.detach().clone().requires_grad_()
        ours.backward(mine)
        plain.objective(theirs).sum().backward()
        assert torch.equal(mine.grad, theirs.grad)
        assert torch.equal(ours.log_variance.grad, plain.log_variance.grad)


def test_losses_without_a_graph_still_move_the_log_variances() -> None:
    balancer = Uncertainty(1, 2)
    balancer.backward(torch.tensor([[3.0, 1.0]]))
    assert balancer.log_variance.grad.tolist() == [[-1.0, 0.0]]  # (1 - L) / 2


def test_log_variances_stay_within_bounds_and_come_back() -> None:
    balancer = Uncertainty(1, 2, bounds=(-3.0, 2.0))
    settle(balancer, torch.tensor([[0.0, 1e6]]), steps=50, rate=0.5)
    assert balancer.uncertainty()[0].tolist() == pytest.approx([math.exp(-3), math.exp(2)])
    assert balancer.weights()[0].tolist() == pytest.approx([0.5 * math.exp(3), 0.5 * math.exp(-2)])
    settle(balancer, torch.tensor([[1.5, 1.5]]), steps=200, rate=0.5)
    assert balancer.uncertainty()[0].tolist() == pytest.approx([1.5, 1.5], rel=1e-5)


def test_a_log_variance_thrown_out_by_a_step_is_shown_and_put_back_at_its_bound() -> None:
    balancer = Uncertainty(1, 2, bounds=(-3.0, 2.0))
    with torch.no_grad():
        balancer.log_variance.copy_(torch.tensor([[-50.0, 50.0]]))
    expected = [math.exp(-3), math.exp(2)]
    assert balancer.uncertainty()[0].tolist() == pytest.approx(expected)
    balancer.backward(torch.ones(1, 2))
    assert balancer.log_variance[0].tolist() == [-3.0, 2.0]


def test_starts_at_uncertainty_one_with_one_parameter() -> None:
    balancer = Uncertainty(2, 3)
    assert torch.equal(balancer.uncertainty(), torch.ones(2, 3))
    assert [tuple(p.shape) for p in balancer.parameters()] == [(2, 3)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"form": "gal"}, "form is 'gal': it must be one of kendall, printed."),
        ({"kind": "ranking"}, "kind is 'ranking': it must be one of regression, classification."),
        (
            {"bounds": (1.0, 2.0)},
            r"bounds is \(1, 2\): it must be two finite numbers, with 0 between them.",
        ),
        (
            {"bounds": (-math.inf, 2.0)},
            r"bounds is \(-inf, 2\): it must be two finite numbers, with 0 between them.",
        ),
        ({"tasks": 0}, "tasks is 0: it must be at least 1."),
        ({"replicas": -1}, "replicas is -1: it must be at least 1."),
    ],
)
def test_bad_input_is_named_in_one_sentence(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}$"):
        Uncertainty(**({"replicas": 1, "tasks": 2} | settings))
