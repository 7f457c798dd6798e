"""A made-up lesson: a notebook, verdicts of every kind, a published study."""

from pathlib import Path
from typing import Any

import nbformat

from mtlkit.core.lesson import Lesson
from mtlkit.core.provenance import numerics_version
from mtlkit.core.publishing import PublishedStudy
from mtlkit.report.edition import Chapter
from tests.lessons.noisy_polynomials import made_up

LESSON = Lesson(
    name="noisy_polynomials",
    number=1,
    title="Noisy polynomials: learned task weights where the truth is known",
    summary="Weights learned from noise, where we know every task's true noise.",
    source="nahm2020, chapters 3.3 and 4",
    default_data="generated",
    source_data=("generated",),
    minutes=35,
    prerequisites=("gradient descent", "the normal distribution"),
)


def row(name: str, verdict: str, **more: Any) -> dict[str, Any]:
    """A verdict with the keys of `Verdict.as_dict()`."""
    return {
        "id": f"noisy_polynomials.{name}",
        "lesson": "noisy_polynomials",
        "title": "The fifth task is underestimated",
        "source": "nahm2020, Table 4.1",
        "document": "nahm2020",
        "quote": "it underestimated the level of noise",
        "statement": "At degree 10 with five tasks the fifth variance is underestimated.",
        "study": "table_4_1",
        "figure": "table_4_1",
        "data": "generated",
        "scale": "lesson",
        "evidence": "source data",
        "by_construction": False,
        "verdict": verdict,
        "region": "below +5",
        "region_low": None,
        "region_high": 5.0,
        "unit": "squared units of y",
        "cell": "T = 5",
        "effect": 4.2234,
        "low": 4.1011,
        "high": 4.3457,
        "seeds": 10,
        "lost": 0,
        "seeds_to_decide": None,
        "cells": [cell("T = 5", verdict)],
        "explanation": "The loss as printed has its minimum at half the variance.",
        "note": "",
        **more,
    }


def cell(label: str, verdict: str) -> dict[str, Any]:
    """One comparison of a verdict."""
    return {
        "label": label,
        "verdict": verdict,
        "effect": -0.021,
        "low": -0.035,
        "high": -0.007,
        "seeds": 10,
        "lost": 0,
        "seeds_to_decide": None,
    }


ROWS = [
    row("underestimated", "holds"),
    row(
        "estimates_match",
        "fails",
        statement="For T up to 4 every estimate is within 5 % of the true variance.",
        quote="σ̂₁² = 1.0015 … <the first row of the table> & so on",
        unit="%",
        region="within ±5 %",
        region_low=-5.0,
        region_high=5.0,
        cells=[cell(f"T = {tasks}, task 1", "holds") for tasks in (2, 3)]
        + [cell("T = 4, task 4", "fails"), cell("T = 4, task 3", "inconclusive")],
        lost=1,
        note="No value from 1 of 10 seeds in T = 4, task 4.",
    ),
    row("added_tasks_help", "inconclusive", seeds_to_decide=41, data="digits", evidence="stand-in"),
    row("rises_with_tasks", "holds", by_construction=True),
    row("more_seeds", "inconclusive"),
    row(
        "printed_form",
        "fails",
        data="printed",
        scale="none",
        evidence="printed",
        effect=-1.0,
        low=None,
        high=None,
        seeds=0,
        statement="The printed loss is the Gaussian negative log-likelihood.",
    ),
    row(
        "not_yet",
        "not testable here",
        effect=None,
        low=None,
        high=None,
        seeds=0,
        cell=None,
        cells=[],
        note="The study figure_4_2 is not published yet.",
    ),
]

STUDY = PublishedStudy(
    lesson="noisy_polynomials",
    study="table_4_1",
    data="generated",
    scale="lesson",
    table=made_up.table_4_1(lambda strategy: 0.5 if strategy == "learned_printed" else 1.0),
    provenance={
        "versions": {"mtlkit": "0.1.0", "python": "3.11.9", "torch": "2.15.0"},
        "device": "CPU (x86_64, Linux)",
        "device_class": "cpu",
        "created": "2026-01-02T03:04:05+00:00",
        "data": {"name": "generated", "checksum": ""},
        "numerics": numerics_version(LESSON.numerics_files),
        "settings": 8,
        "seeds": 10,
        "tolerance": 0.5,
        "training_seconds": 754.2,
    },
)

TEXT = r"""# Noisy polynomials

You will see a network *learn* how noisy each of its tasks is. See [all claims](../claims.md).

**You should know** gradient descent and the normal distribution.
**Reading time** about 35 minutes. **Source** `nahm2020`, chapters 3.3 and 4.

## The idea

With $s_i = \log \sigma_i^2$ the loss of $T$ tasks is

$$
\mathcal{L} = \sum_{i=1}^T \left( \frac{1}{2 \sigma_i^2} \lVert \hat f_i(x) - y_i \rVert^2
+ \frac{1}{2} \log \sigma_i^2 \right),
\qquad \mathbf{w}^* = \operatorname*{arg\,min}_{\mathbf{w}} \mathbb{E}[\mathcal{L}],
$$ (eq-loss)

$$
\begin{aligned}
\frac{\partial \mathcal{L}}{\partial s_i} &= \frac{1}{2}\left(1 - e^{-s_i} \mathrm{MSE}_i\right) \\
s_i^* &= \log \mathrm{MSE}_i
\end{aligned}
$$

and its minimum lies where $\sigma_i^2$ is the mean squared error, as {eq}`eq-loss` shows.

| form | (a, b) | minimum |
|---|---|---|
| Kendall | (1/2, 1/2) | MSE |
| printed | (1/2, 1) | MSE / 2 |

:::{admonition} Predict
Which of the two comes out at the true variance?
:::
"""

CODE = """\
import torch

log_variance = torch.zeros(3, requires_grad=True)
weights = torch.exp(-log_variance) / 2   # one per task
print(f"at the start every task counts {weights[0].item():.1f}")"""


def notebook(path: Path, *cells: str, text: str = TEXT) -> Path:
    """Write a notebook: a text, a cell of parameters, and cells of code."""
    new = nbformat.v4
    book = new.new_notebook(
        cells=[
            new.new_markdown_cell(text),
            new.new_code_cell('scale = "lesson"', metadata={"tags": ["parameters"]}),
            *(new.new_code_cell(source) for source in cells),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)
    return path


def chapter(path: Path) -> Chapter:
    """The made-up lesson with a notebook at that path."""
    return Chapter(LESSON, path, [STUDY])
