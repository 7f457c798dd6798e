"""The linear methods, each as a path of solutions from a strong penalty to a weak one.

Each minimises, over the matrix A with a column for each task,

    sum over tasks of |y_t - X_t a_.t|² / (2n)  +  α penalty(A)

with one α for all tasks, so that methods differ in the penalty alone. The α is scikit-learn's for
the lassos; xiao2020's λ, whose loss is not divided by 2n, is 2nα.

================ =========================================== ==================================
method           penalty                                     solved by
================ =========================================== ==================================
ridge            |A|²/2                                      the eigenvectors of X_t'X_t
lasso            the sum of all |a_it|                       proximal gradient
l1_l2            the sum over inputs of |a_i|_2              proximal gradient
l1_linf          the sum over inputs of max_t |a_it|         proximal gradient
mean_regularised T/2 (|m|² + λ/T sum |a_.t - m|²), m = mean  one linear system in m
pooled           T/2 |a|², one vector for all tasks          the eigenvectors of the sum of X_t'X_t
================ =========================================== ==================================

As sum |a_.t|² = T|m|² + sum |a_.t - m|², the mean-regularised method is ridge at λ = 1, and becomes
pooled as λ grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs
import torch
from jaxtyping import Float64
from torch import Tensor

from mtlkit.lessons.sharing_architectures.linear_data import Moments
from mtlkit.lessons.sharing_architectures.proximal import clip_rows, shrink_rows, soft_threshold

STEPS = 30
"""Points of a path; strengths fall from one to the next by the same factor."""

DEVIATION_WEIGHTS = tuple(10 ** (power / 2) for power in range(7))
"""The λ tried by `mean_regularised`: from ridge, 1, to nearly pooled, 1000."""

_LEAST_SPARSE, _LEAST_SQUARED = 3e-3, 1e-5
"""The last strength of a path as a part of its first."""

_TOLERANCE = 1e-6
_MOST_ITERATIONS = 2000
_CHECK_EVERY = 10


@attrs.frozen(eq=False)
class Point:
    """One point of a path.

    Parameters
    ----------
    strength
        α of each seed.
    deviation_weights
        The candidates' λ, for `mean_regularised`; of other methods a single nan.
    coefficients
        The solutions; their leading axis is the candidate.
    """

    strength: Float64[Tensor, " seed"]
    deviation_weights: Float64[Tensor, " candidate"]
    coefficients: Float64[Tensor, "candidate seed input task"]


def path(method: str, train: Moments) -> Iterator[Point]:
    """The `STEPS` points of a method's path, strongest penalty first.

    The paths of the lassos start at the least α at which all coefficients are 0; the others at
    ten times the largest eigenvalue of X'X / n, where little is left of them.
    """
    if method in PENALTIES:
        return _sparse_path(PENALTIES[method], train)
    return {"ridge": _ridge_path, "mean_regularised": _mean_path, "pooled": _pooled_path}[method](
        train
    )


@attrs.frozen
class Penalty:
    """A norm of A whose corners lie where coefficients are 0.

    Parameters
    ----------
    norm
        Its value.
    dual_norm
        The norm dual to it, of the inputs' correlations with the residual: at most α at a
        solution, so that of X'y / n is the least α at which A = 0.
    proximal
        Its proximal step.
    """

    norm: Callable[[Float64[Tensor, "seed input task"]], Float64[Tensor, " seed"]]
    dual_norm: Callable[[Float64[Tensor, "seed input task"]], Float64[Tensor, " seed"]]
    proximal: Callable[
        [Float64[Tensor, "seed input task"], Float64[Tensor, " seed"]],
        Float64[Tensor, "seed input task"],
    ]


PENALTIES: Mapping[str, Penalty] = {
    "lasso": Penalty(
        norm=lambda a: a.abs().sum((-2, -1)),
        dual_norm=lambda a: a.abs().amax((-2, -1)),
        proximal=lambda v, threshold: soft_threshold(v, threshold[:, None, None]),
    ),
    "l1_l2": Penalty(
        norm=lambda a: a.norm(dim=-1).sum(-1),
        dual_norm=lambda a: a.norm(dim=-1).amax(-1),
        proximal=shrink_rows,
    ),
    "l1_linf": Penalty(
        norm=lambda a: a.abs().amax(-1).sum(-1),
        dual_norm=lambda a: a.abs().sum(-1).amax(-1),
        proximal=clip_rows,
    ),
}


def solve(
    penalty: Penalty,
    train: Moments,
    strength: Float64[Tensor, " seed"],
    rate: Float64[Tensor, " seed"],
    start: Float64[Tensor, "seed input task"],
    tolerance: float = _TOLERANCE,
) -> Float64[Tensor, "seed input task"]:
    """Minimise with a penalty: accelerated proximal gradient, its momentum restarted.

    `rate` is the length of a gradient step, see `step_length`; `start` the first iterate.

    A seed is done when its duality gap, which bounds how far the objective is above its least, is
    at most `tolerance` times the objective at A = 0; or after 2,000 iterations.

    Sources: Beck and Teboulle, 2009; the restart: O'Donoghue and Candès, 2015.
    """
    solution = start.clone()
    running = torch.arange(len(start))
    a = ahead = start
    momentum = torch.ones_like(rate)
    for iteration in range(1, _MOST_ITERATIONS + 1):
        last, target = a, ahead + rate[:, None, None] * train.correlation(ahead)
        a = penalty.proximal(target, strength * rate)
        # Once the momentum points uphill, it starts afresh.
        uphill = ((ahead - a) * (a - last)).sum((1, 2)) > 0
        grown = (1 + (1 + 4 * momentum.square()).sqrt()) / 2
        share = torch.where(uphill, 0.0, (momentum - 1) / grown)
        momentum = torch.where(uphill, 1.0, grown)
        ahead = a + share[:, None, None] * (a - last)
        if iteration % _CHECK_EVERY:
            continue
        done = duality_gap(penalty, train, strength, a) <= tolerance * train.square.sum(1) / 2
        if done.any():
            solution[running[done]] = a[done]
            left = ~done
            running, strength, rate = running[left], strength[left], rate[left]
            a, ahead, momentum = a[left], ahead[left], momentum[left]
            train = Moments(train.gram[left], train.cross[left], train.square[left])
        if not len(running):
            return solution
    solution[running] = a
    return solution


def step_length(train: Moments) -> Float64[Tensor, " seed"]:
    """The longest gradient step that cannot overshoot: 1 over the largest eigenvalue of X'X / n.

    One for all tasks of a seed, as the row penalties tie them together.
    """
    values: Tensor = torch.linalg.eigvalsh(train.gram)
    return values.amax((1, 2)).reciprocal()


def duality_gap(
    penalty: Penalty,
    train: Moments,
    strength: Float64[Tensor, " seed"],
    coefficients: Float64[Tensor, "seed input task"],
) -> Float64[Tensor, " seed"]:
    """How far the objective is above its least, at most.

    The residual, scaled by s until no input's correlation is beyond α, is a point of the dual.
    Written as a sum of two parts neither of which is negative, so that little is lost to rounding.
    """
    correlation = train.correlation(coefficients)
    size = penalty.dual_norm(correlation)
    scale = torch.where(size > strength, strength / size, 1.0)
    residual = train.mean_squared_error(coefficients).sum(-1)
    explained = (coefficients * correlation).sum((-2, -1))
    return residual * (1 - scale).square() / 2 + (
        strength * penalty.norm(coefficients) - scale * explained
    )


def _sparse_path(penalty: Penalty, train: Moments) -> Iterator[Point]:
    a, rate = torch.zeros_like(train.cross), step_length(train)
    for strength in _falling(penalty.dual_norm(train.cross), _LEAST_SPARSE):
        a = solve(penalty, train, strength, rate, a)
        yield _single(strength, a)


def _ridge_path(train: Moments) -> Iterator[Point]:
    values, vectors = torch.linalg.eigh(train.gram)
    turned = _times(vectors.mT, train.cross)
    for strength in _falling(10 * values.amax((1, 2)), _LEAST_SQUARED):
        shrunk = turned / (values.mT + strength[:, None, None])
        yield _single(strength, _times(vectors, shrunk))


def _pooled_path(train: Moments) -> Iterator[Point]:
    tasks = train.cross.shape[-1]
    pooled = Moments(
        train.gram.mean(1, keepdim=True),
        train.cross.mean(2, keepdim=True),
        train.square.mean(1, keepdim=True),
    )
    for point in _ridge_path(pooled):
        yield attrs.evolve(point, coefficients=point.coefficients.expand(-1, -1, -1, tasks))


def _mean_path(train: Moments) -> Iterator[Point]:
    """From the zero of the gradient: (X_t'X_t/n + αλ) a_.t = X_t'y_t/n + α(λ - 1) m for each task.

    Solved for a_.t and averaged over tasks it is a linear system in m alone.
    """
    values, vectors = torch.linalg.eigh(train.gram)
    weights = torch.tensor(DEVIATION_WEIGHTS, dtype=torch.float64)
    identity = torch.eye(values.shape[-1], dtype=torch.float64)
    for strength in _falling(10 * values.amax((1, 2)), _LEAST_SQUARED):
        found = []
        for weight in DEVIATION_WEIGHTS:
            shrunk = values + strength[:, None, None] * weight
            inverse = (vectors / shrunk.unsqueeze(-2)) @ vectors.mT
            pull = strength * (weight - 1)
            system = identity - pull[:, None, None] * inverse.mean(1)
            mean = torch.linalg.solve(system, _times(inverse, train.cross).mean(-1))
            found.append(_times(inverse, train.cross + (pull[:, None] * mean).unsqueeze(-1)))
        yield Point(strength, weights, torch.stack(found))


def _falling(first: Float64[Tensor, " seed"], least: float) -> Iterator[Float64[Tensor, " seed"]]:
    for step in range(STEPS):
        yield first * least ** (step / (STEPS - 1))


def _single(strength: Float64[Tensor, " seed"], a: Float64[Tensor, "seed input task"]) -> Point:
    return Point(strength, torch.full((1,), torch.nan, dtype=torch.float64), a.unsqueeze(0))


def _times(
    matrices: Float64[Tensor, "seed task input input"], a: Float64[Tensor, "seed input task"]
) -> Float64[Tensor, "seed input task"]:
    """Each task's matrix times its column."""
    return (matrices @ a.mT.unsqueeze(-1)).squeeze(-1).mT
