"""Noisy polynomials: one input, one polynomial a task, noise of a known size (nahm2020, 4.1)."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.core.streams import stream

LARGEST_COEFFICIENT = 5


@attrs.frozen(eq=False)
class Polynomials:
    """Targets of all tasks at the same inputs.

    `coefficients` are in the order of the source, c_1 (of x^degree) first.
    """

    coefficients: Float[Tensor, "task term"]
    x: Float[Tensor, " point"]
    clean: Float[Tensor, "task point"]
    noisy: Float[Tensor, "task point"]


def noisy_polynomials(
    seed: int,
    split: str,
    points: int,
    *,
    degree: int,
    deviations: Sequence[float],
    same_polynomial: bool = False,
    x_distribution: str = "uniform",
) -> Polynomials:
    """Draw one split of a seed's data.

    Parameters
    ----------
    seed, split
        The seed fixes the polynomials; seed and split fix inputs and noise.
    points
        How many inputs.
    deviations
        Standard deviation of each task's noise; as many tasks as there are numbers.
    same_polynomial
        All tasks learn the first task's polynomial, through their own noise.
    x_distribution
        `"uniform"` on (-1, 1), or the standard `"normal"` of the author's notebook.
    """
    where = stream(seed, f"x/{split}")
    if x_distribution == "uniform":
        x = 2 * torch.rand(points, generator=where) - 1
    else:
        x = torch.randn(points, generator=where)
    tasks = range(len(deviations))
    coefficients = torch.stack(
        [integer_coefficients(seed, 0 if same_polynomial else task, degree + 1) for task in tasks]
    )
    clean = evaluate(coefficients, x)
    noise = torch.stack(
        [
            deviation * torch.randn(points, generator=stream(seed, f"noise/{split}", task))
            for task, deviation in enumerate(deviations)
        ]
    )
    return Polynomials(coefficients, x, clean, clean + noise)


def integer_coefficients(seed: int, task: int, terms: int) -> Float[Tensor, " term"]:
    """Coefficients of a task's polynomial: -5..-1 or 1..5, each equally likely.

    The source prints none; the author's notebook has these.
    """
    draw = torch.randint(
        2 * LARGEST_COEFFICIENT, (terms,), generator=stream(seed, "coefficients", task)
    )
    return torch.where(
        draw < LARGEST_COEFFICIENT, draw - LARGEST_COEFFICIENT, draw - LARGEST_COEFFICIENT + 1
    ).float()


def evaluate(
    coefficients: Float[Tensor, "task term"], x: Float[Tensor, " point"]
) -> Float[Tensor, "task point"]:
    """The polynomials' values, by Horner's rule."""
    value = torch.zeros(coefficients.shape[0], x.shape[0])
    for c in coefficients.T:
        value = value * x + c[:, None]
    return value
