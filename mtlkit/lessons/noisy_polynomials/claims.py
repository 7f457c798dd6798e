"""What chapters 3.3 and 4 of nahm2020 claim, and how each sentence is put to the test.

Errors are compared in doublings, the base-2 logarithm of their ratio: +1 is twice the error. The
error is that against the clean polynomial ("clean error"): the noisy validation loss that the
source plots has the noise itself in it, so it rises with every noisier task whatever is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from mtlkit.balance.uncertainty import FACTORS
from mtlkit.core.claim import Cell, Claim, Source
from mtlkit.core.region import Region
from mtlkit.data.printed import printed_table
from mtlkit.lessons.noisy_polynomials.studies import FIGURE_4_3_SERIES

LESSON = "noisy_polynomials"
LARGE = 0.5
"""Doublings from which a difference in error is called large: a factor of 1.41."""

Cells = Callable[[pd.DataFrame], Sequence[Cell]]


def _claim(
    name: str,
    title: str,
    place: str,
    quote: str,
    statement: str,
    study: str | None,
    unit: str,
    region: Region,
    cells: Cells,
    explanation: str,
    *,
    figure: str = "",
    by_construction: bool = False,
) -> Claim:
    return Claim(
        f"{LESSON}.{name}",
        LESSON,
        title,
        Source("nahm2020", place),
        quote,
        statement,
        study,
        figure or study or "",
        unit,
        region,
        cells,
        explanation,
        by_construction,
    )


def _by_seed(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    """A column's mean over tasks for each seed; NaN where a task has none."""
    return rows.groupby("seed")[column].agg(lambda values: values.mean(skipna=False))


def _by_level(rows: pd.DataFrame, over: str, column: str) -> dict[int, pd.Series[float]]:
    """`_by_seed` for each level of another column."""
    return {
        level: _by_seed(rows[rows[over] == level], column) for level in rows[over].unique().tolist()
    }


def _ratios(first: pd.Series[float], second: pd.Series[float]) -> Float[np.ndarray, " seed"]:
    """first / second for the seeds that both have."""
    shared = first.index.intersection(second.index)
    return (first.loc[shared] / second.loc[shared]).to_numpy(float)


def _doublings(first: pd.Series[float], second: pd.Series[float], label: str) -> Cell:
    return Cell(label, tuple(np.log2(_ratios(first, second))))


def _percent(first: pd.Series[float], second: pd.Series[float], label: str) -> Cell:
    return Cell(label, tuple(100 * (_ratios(first, second) - 1)))


# Chapter 3.3: the printed loss


def _minimiser(_: pd.DataFrame) -> list[Cell]:
    a, b = FACTORS["printed", "regression"]
    return [Cell("s at rest / MSE", (a / b,))]


# Table 4.1: noise estimates


def _printed_deviations(_: pd.DataFrame) -> list[Cell]:
    table = printed_table("nahm2020_table_4_1").set_index("tasks")
    return [
        Cell(f"T = {tasks}, task {task}", (100 * (value / task - 1),))
        for tasks in (2, 3, 4)
        for task, value in enumerate(table.loc[tasks].dropna(), start=1)
    ]


def _deviation(rows: pd.DataFrame, noise_kind: str) -> tuple[float, ...]:
    """Percent by which estimates are off: of the variance, or of the deviation where that is i."""
    ratio = rows["estimate"] / rows["true_noise"]
    return tuple(100 * ((ratio if noise_kind == "variance" else ratio**0.5) - 1))


def _estimates_match(strategy: str, noise_kind: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[(table["strategy"] == strategy) & (table["noise_kind"] == noise_kind)]
        return [
            Cell(f"T = {tasks}, task {task}", _deviation(part, noise_kind))
            for (tasks, task), part in rows[rows["tasks"] <= 4].groupby(["tasks", "task"])
        ]

    return cells


def _estimates_of_five(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.query("strategy == 'learned_kendall' and noise_kind == 'variance' and tasks == 5")
    return rows.pivot(index="seed", columns="task", values="estimate")


def _fifth_low(table: pd.DataFrame) -> list[Cell]:
    five = _estimates_of_five(table)
    return [Cell("T = 5, task 5", tuple(five[5] - 5))] if 5 in five else []


def _fifth_noisiest(table: pd.DataFrame) -> list[Cell]:
    five = _estimates_of_five(table)
    return [Cell("task 5 - task 4", tuple(five[5] - five[4]))] if 5 in five else []


def _estimates_by_degree(table: pd.DataFrame) -> list[Cell]:
    rows = table[(table["strategy"] == "learned_kendall") & table["degree"].isin((5, 8))]
    return [
        Cell(
            f"degree {degree}, T = {tasks}, task {task}",
            tuple(100 * (part["estimate"] / part["task"] - 1)),
        )
        for (degree, tasks, task), part in rows.groupby(["degree", "tasks", "task"])
    ]


# Fig. 4.2: more tasks, each noisier


def _first_task(table: pd.DataFrame, degree: int, strategy: str) -> dict[int, pd.Series[float]]:
    """Clean test error of task 1 by seed, for each number of tasks."""
    rows = table[
        (table["degree"] == degree) & (table["strategy"] == strategy) & (table["task"] == 1)
    ]
    return _by_level(rows, "tasks", "test_clean_error")


def _slopes(table: pd.DataFrame) -> list[Cell]:
    """Each seed's least-squares slope of log2(error) over T; NaN where one of them is missing."""
    cells = []
    for degree in (5, 8):
        errors = pd.DataFrame(_first_task(table, degree, "learned_kendall"))
        if len(errors.columns) > 1:
            tasks = errors.columns.to_numpy(float)
            away = tasks - tasks.mean()
            slopes = np.log2(errors.to_numpy(float)) @ away / (away @ away)
            cells.append(Cell(f"degree {degree}", tuple(slopes)))
    return cells


def _against(tasks: Iterable[int], reference: int) -> Cells:
    """Task 1's error with more tasks against its error with a reference number of them."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        return _ratio_cells(_first_task(table, 10, "learned_kendall"), tasks, reference, _doublings)

    return cells


def _validation_loss_against(tasks: Iterable[int], reference: int) -> Cells:
    """The source's own measure with more tasks against that with a reference number of them."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[(table["degree"] == 10) & (table["strategy"] == "learned_kendall")]
        losses = _by_level(rows, "tasks", "validation_noisy_loss")
        return _ratio_cells(losses, tasks, reference, _percent)

    return cells


def _ratio_cells(
    values: Mapping[int, pd.Series[float]],
    tasks: Iterable[int],
    reference: int,
    effect: Callable[..., Cell],
) -> list[Cell]:
    return [
        effect(values[number], values[reference], f"T = {number} against {reference}")
        for number in tasks
        if {number, reference} <= values.keys()
    ]


def _learned_against_hand_tuned(column: str, effect: Callable[..., Cell]) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        found = []
        for (degree, tasks), part in table.groupby(["degree", "tasks"]):
            learned, tuned = (
                _by_seed(part[part["strategy"] == strategy], column)
                for strategy in ("learned_kendall", "hand_tuned")
            )
            if len(learned) and len(tuned):
                found.append(effect(learned, tuned, f"degree {degree}, T = {tasks}"))
        return found

    return cells


# Fig. 4.3: one task ever noisier


def _dip(series: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[table["series"] == series].query(
            "degree == 8 and strategy == 'learned_kendall'"
        )
        loss = _by_level(rows, "noise_3", "validation_noisy_loss")
        if not {2, 3, 4} <= loss.keys():
            return []
        return [_percent(loss[3], (loss[2] + loss[4]) / 2, "degree 8")]

    return cells


def _noise_5_against_1(degrees: Iterable[int]) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[(table["strategy"] == "learned_kendall") & (table["task"] == 1)]
        found = []
        for degree in degrees:
            for series in FIGURE_4_3_SERIES:
                part = rows[(rows["degree"] == degree) & (rows["series"] == series)]
                high, low = (
                    _by_seed(part[part["noise_3"] == level], "test_clean_error") for level in (5, 1)
                )
                if len(high) and len(low):
                    found.append(_doublings(high, low, f"degree {degree}, noise {series}"))
        return found

    return cells


_FORMS = {
    "learned_kendall": "Kendall's loss, which has half a logarithm",
    "learned_printed": "the loss as printed",
}
_READINGS = {"variance": "σᵢ² = i, as printed", "std": "σᵢ = i, as in the notebook"}
_WHY = {
    ("learned_kendall", "variance"): "Kendall's form rests at the training MSE: the noise's "
    "variance, plus what the network has not fitted, plus what s has not yet followed down.",
    ("learned_printed", "variance"): "The printed form rests at half the MSE, so every estimate "
    "comes out near half the truth: the printed formula cannot have given Table 4.1.",
    ("learned_kendall", "std"): "With the notebook's noise the deviations, not the variances, "
    "are 1, 2, 3: the square root of s finds them, as the notebook reports it. Within 5 % of a "
    "deviation is within 10 % of a variance, so this is the easier claim.",
    ("learned_printed", "std"): "Half the variance is 0.71 of the deviation: too low again.",
}

CLAIMS: tuple[Claim, ...] = (
    _claim(
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
    _claim(
        "table_4_1_as_printed",
        "The printed estimates are near the truth",
        "Table 4.1",
        "Example learned task weights for a degree 10 polynomial averaged over 10 random seeds.",
        "The printed estimates are within 5 % of the true variances for T = 2, 3, 4.",
        None,
        "%",
        Region.within(5),
        _printed_deviations,
        "The printed table's own arithmetic; its fifth task (4.2234 for 5) is another claim.",
        figure="table_4_1",
    ),
    *(
        _claim(
            f"table_4_1_{strategy.removeprefix('learned_')}_{noise_kind}",
            f"Estimates are right with {form}, noise {reading}",
            "Table 4.1",
            "Example learned task weights for a degree 10 polynomial averaged over 10 random "
            "seeds.",
            f"At degree 10 the estimates are within 5 % of the truth for T = 2, 3, 4, with {form}, "
            f"and {reading}.",
            "table_4_1",
            "%",
            Region.within(5),
            _estimates_match(strategy, noise_kind),
            _WHY[strategy, noise_kind],
            figure="table_4_1" if strategy == "learned_kendall" else "estimate_ratios",
        )
        for strategy, form in _FORMS.items()
        for noise_kind, reading in _READINGS.items()
    ),
    _claim(
        "fifth_task_is_found_noisy",
        "The fifth task is found to be the noisiest",
        "section 4.2",
        "the model was able to identify that the fifth task of the degree 10 polynomial "
        "experiment was noisy",
        "With five tasks at degree 10, the fifth is estimated noisier than the fourth.",
        "table_4_1",
        "",
        Region.above(0),
        _fifth_noisiest,
        "Weights are ordered by noise; that much of the method works.",
    ),
    _claim(
        "fifth_task_is_underestimated",
        "The fifth task's noise is underestimated",
        "section 4.2",
        "but it underestimated the level of noise",
        "With five tasks at degree 10, the fifth task's noise (5) is underestimated.",
        "table_4_1",
        "",
        Region.below(0),
        _fifth_low,
        "s follows the training error, and nothing holds it below the noise's variance. A low "
        "value could come of stopping while s still rises; the source does not say.",
    ),
    _claim(
        "estimates_at_degrees_5_and_8",
        "On easier polynomials every estimate is right",
        "chapter 4, takeaways",
        "the learned task weights consistently correctly modeled the uncertainty in each task for "
        "lower degree polynomials (degree 5 and degree 8)",
        "At degrees 5 and 8 every estimate is within 5 % of the true variance, for T = 2 to 6.",
        "figure_4_2",
        "%",
        Region.within(5),
        _estimates_by_degree,
        "s follows the training loss with a delay. Where the best epoch comes early, task 1's s, "
        "which has the longest way down, has not arrived yet and reads high.",
    ),
    _claim(
        "noisy_tasks_help_at_degrees_5_and_8",
        "On easier polynomials noisy tasks help",
        "section 4.2",
        "For the degree 5 and degree 8 polynomials, the model was still able to improve its "
        "performance despite learning from increasingly noisy data.",
        "At degrees 5 and 8, on average over T = 2 to 6, an added and noisier task lowers the "
        "clean error of task 1.",
        "figure_4_2",
        "doublings per task",
        Region.below(0),
        _slopes,
        "The plotted validation loss cannot show this: it is near the mean of the noise variances, "
        "(T + 1) / 2, and so rises with T by construction. The tasks are different polynomials of "
        "the same x; all they share is a layer of 1-dimensional features.",
    ),
    _claim(
        "degree_10_robust_to_four_tasks",
        "On the hardest polynomial up to four tasks do no harm",
        "section 4.2",
        "For the degree 10 polynomial, the model was robust up to 4 tasks",
        "At degree 10, task 1's clean error grows by less than half a doubling from T = 2 to "
        "3 and to 4.",
        "figure_4_2",
        "doublings",
        Region.below(LARGE),
        _against((3, 4), 2),
        "Read on the clean error of a task whose own noise stays the same. The noisy validation "
        "loss rises with T by construction, whether the model is robust or not.",
    ),
    _claim(
        "degree_10_rises_after_four_tasks",
        "On the hardest polynomial a fifth task does harm",
        "section 4.2",
        "but then saw a large increase in the validation loss for more tasks",
        "At degree 10, task 1's clean error is more than half a doubling higher with 5 and 6 "
        "tasks than with 4.",
        "figure_4_2",
        "doublings",
        Region.above(LARGE),
        _against((5, 6), 4),
        "Read on the clean error. Heads are separate and the shared layer has one input, so a "
        "fifth task has little to disturb. On the source's own measure see the next claim.",
    ),
    _claim(
        "degree_10_validation_loss_rises_after_four_tasks",
        "The source's own loss rises after four tasks",
        "section 4.2",
        "but then saw a large increase in the validation loss for more tasks",
        "At degree 10 the noisy validation loss, averaged over the tasks, is more than 10 % "
        "higher with 5 and 6 tasks than with 4.",
        "figure_4_2",
        "%",
        Region.above(10),
        _validation_loss_against((5, 6), 4),
        "True whatever is learned: the noise of the added task is counted in the mean. Even the "
        "true polynomials would go from 2.5 to 3 and 3.5, which is 20 % and 40 %. So a rise of "
        "this loss says nothing about the model; a fall would be the news.",
        by_construction=True,
        figure="figure_4_2_as_plotted",
    ),
    _claim(
        "degree_10_rises_with_frozen_heads",
        "A fifth task does harm when the heads are not trained",
        "section 4.2",
        "but then saw a large increase in the validation loss for more tasks",
        "The same rise after four tasks, with task heads left at their random start, as the "
        "author's notebook leaves them.",
        "frozen_heads",
        "doublings",
        Region.above(LARGE),
        _against((5, 6), 4),
        "The notebook keeps its heads in a plain list, so the optimiser never sees them. One "
        "shared layer must then serve every task through random heads: errors are far larger "
        "from two tasks on, and tend to rise with T rather than to jump after four.",
    ),
    _claim(
        "learned_as_good_as_hand_tuned",
        "Learned weights are as good as tuned ones (noisy loss)",
        "chapter 5",
        "After observing the benefits of learned task weights on synthetic polynomial datasets",
        "Learned weights give a noisy test loss at most 1 % above hand-tuned ones, at every "
        "degree and number of tasks.",
        "figure_4_2",
        "%",
        Region.no_worse_loss(1),
        _learned_against_hand_tuned("test_noisy_loss", _percent),
        "Fig. 4.2 overlays a hand-tuned model and the text does not compare them, so this reading "
        'of "benefits" is ours. Most of a noisy loss is noise that no weighting removes: on this '
        "measure all weightings look alike, and a rise or fall of it is mostly the noise's.",
        figure="figure_4_2",
    ),
    _claim(
        "learned_as_good_as_hand_tuned_clean",
        "Learned weights are as good as tuned ones (clean error)",
        "chapter 5",
        "After observing the benefits of learned task weights on synthetic polynomial datasets",
        "Learned weights give a clean error less than half a doubling above hand-tuned ones, at "
        "every degree and number of tasks.",
        "figure_4_2",
        "doublings",
        Region.no_worse_loss(LARGE),
        _learned_against_hand_tuned("test_clean_error", _doublings),
        "The same comparison without the noise, which hides what differences there are in the "
        "noisy loss.",
    ),
    *(
        _claim(
            f"dip_at_three_{name}",
            f"Moderate noise is harder than strong noise (noise {series})",
            "section 4.2",
            "We do see a slight decline in performance for the degree 8 polynomial with "
            "σ₃² = 3, then a return to better performance for σ₃² = 4.",
            f"At degree 8 with noise {series}, the validation loss at x = 3 is more than 1 % "
            "above the mean of those at 2 and 4.",
            "figure_4_3",
            "%",
            Region.above(1),
            _dip(series),
            "The loss is a straight line in σ₃² by construction, so a dip would stand out "
            "of it. The source gives σ₂² both as 2 and as 1; each has a verdict.",
        )
        for name, series in zip(("1_2_x", "1_1_x"), FIGURE_4_3_SERIES, strict=True)
    ),
    _claim(
        "robust_to_a_noisy_task",
        "On easier polynomials one noisy task does no harm",
        "section 4.2",
        "the model seems to be fairly robust to an increasingly noisy task. We also see that this "
        "is true for polynomials of degrees 5 and 8",
        "At degrees 5 and 8, task 1's clean error grows by less than half a doubling as "
        "σ₃² goes from 1 to 5.",
        "figure_4_3",
        "doublings",
        Region.below(LARGE),
        _noise_5_against_1((5, 8)),
        "Heads are separate, so a noisy third task can reach task 1 through the shared layer only. "
        "The noisy validation loss would rise with the third task's noise by construction.",
    ),
    _claim(
        "degree_10_declines_with_noise",
        "On the hardest polynomial a noisy task does harm",
        "section 4.2",
        "but with the degree 10 polynomial, we do start to see a decrease in model performance as "
        "we increase the noise",
        "At degree 10, task 1's clean error is higher at σ₃² = 5 than at 1.",
        "figure_4_3",
        "doublings",
        Region.above(0),
        _noise_5_against_1((10,)),
        "The noisy validation loss grows with σ₃² by construction; task 1's clean error need not.",
    ),
)
