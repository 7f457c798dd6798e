"""Chapter 3.3: the printed loss."""

from __future__ import annotations

import pandas as pd

from mtlkit.balance.uncertainty import FACTORS
from mtlkit.core.claim import Cell
from mtlkit.core.region import Region
from mtlkit.lessons.noisy_polynomials.claims.comparing import claim


def _minimiser(_: pd.DataFrame) -> list[Cell]:
    a, b = FACTORS["printed", "regression"]
    return [Cell("s at rest / MSE", (a / b,))]


def _contributions(_: pd.DataFrame) -> list[Cell]:
    """The weighted loss a L / s at rest, s = a L / b, for noise far above 1, over that at 1."""
    a, b = FACTORS["printed", "regression"]

    def at_rest(loss: float) -> float:
        return a * loss / (a * loss / b)

    return [
        Cell(f"σ² = {noise:g} against 1", (at_rest(noise) / at_rest(1.0),))
        for noise in (10.0, 100.0)
    ]


CLAIMS = (
    claim(
        "printed_loss_is_the_likelihood",
        "The printed loss is the likelihood",
        "section 3.3",
        "We can then use -l(x; θ) as the loss function for our model, and the model will try "
        "to minimize this negative log likelihood",
        "The printed loss has its least value in σ² at the mean squared error, as the "
        "Gaussian negative log-likelihood has.",
        None,
        "",
        Region(0.99, 1.01),
        _minimiser,
        "The logarithm of a Gaussian density has 1/2 log σ²; the printed loss has "
        "log σ², so it rests at half the mean squared error.",
        figure="objectives",
    ),
    claim(
        "noisy_task_vanishes_from_the_loss",
        "A very noisy task vanishes from the loss",
        "section 3.3",
        "if task i has large amounts of noise, σᵢ², then task i's contribution to the model's "
        "loss function will approach zero",
        "The weighted loss of a task whose noise variance is 10 or 100 is less than half of that "
        "of a task whose noise variance is 1, once s is at rest.",
        None,
        "",
        Region(0, 0.5),
        _contributions,
        "At rest s = aL/b, so the weighted loss is a L/s = b whatever the noise: every task "
        "contributes the same. What goes to zero is the task weight, and with it the pull of each "
        "unit of error on the network.",
        figure="objectives",
    ),
)
