"""Study, claim and panels of lesson 02 on made-up numbers and on a small run."""

from __future__ import annotations

import pandas as pd
import pytest
import torch

from mtlkit.core.result import Result
from mtlkit.core.study import PublishedStudy
from mtlkit.core.verdict import judge
from mtlkit.explore.figure import show
from mtlkit.lessons.digit_task_weights import claims, experiment, studies, views


def _table(s: dict[int, list[float]]) -> pd.DataFrame:
    """A study's table with that uncertainty of each task, by seed; equal weights beside it."""
    rows = [
        {
            "seed": seed,
            "strategy": strategy,
            "task": task,
            "noise": float(task),
            "uncertainty": value if strategy == "learned_kendall" else float("nan"),
            "training_loss": value / 2,
        }
        for strategy in ("learned_kendall", "equal")
        for task, values in s.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


@pytest.mark.parametrize(
    ("s", "verdict"),
    [
        ({1: [0.5, 0.6, 0.7], 2: [1.5, 1.6, 1.8], 3: [2.1, 2.3, 2.5]}, "holds"),
        ({1: [0.5, 0.6, 0.7], 2: [1.5, 1.6, 1.8], 3: [1.1, 1.3, 1.3]}, "fails"),
        ({1: [0.5, 0.6, 0.7], 2: [1.5, 1.6, 1.8], 3: [1.4, 1.7, 1.8]}, "inconclusive"),
        # Seeds differ more than tasks do: only a comparison paired by seed can see the order.
        ({1: [0.1, 5.0, 9.0], 2: [0.2, 5.1, 9.12], 3: [0.31, 5.2, 9.2]}, "holds"),
    ],
)
def test_the_claim_asks_for_both_steps_paired_by_seed(
    s: dict[int, list[float]], verdict: str
) -> None:
    (claim,) = claims.CLAIMS
    study = PublishedStudy(
        "digit_task_weights", "uncertainty_order", "digits", "lesson", _table(s), {}
    )
    found = judge(claim, study, ("mnist",))
    assert found.verdict == verdict
    assert found.evidence == "stand-in"
    assert [cell.label for cell in found.cells] == ["σ² = 2 against 1", "σ² = 3 against 2"]


def test_the_figure_shows_mean_and_interval_of_the_learned_strategy() -> None:
    panel = views.uncertainty_order(_table({1: [1.0, 2.0, 3.0], 2: [2.0, 3.0, 4.0]}))
    learned, rest, floor = panel.facets[0].series
    assert panel.categories == ("σ² = 1", "σ² = 2")
    assert learned.values == (2, 3)
    assert rest.values == (2, 3)
    assert [round(value / 2, 2) for value in floor.values] == [0.31, 0.81]
    # Student's t with 2 degrees of freedom: 4.3027 / sqrt(3) times a deviation of 1.
    assert learned.low is not None
    assert learned.high is not None
    assert learned.low[0] == pytest.approx(2 - 2.4841, abs=1e-4)
    assert learned.high[0] == pytest.approx(2 + 2.4841, abs=1e-4)


def test_every_study_has_a_figure_and_every_claim_a_study() -> None:
    assert set(views.FIGURES) == set(studies.STUDIES)
    assert {claim.study for claim in claims.CLAIMS} <= set(studies.STUDIES)


def test_a_small_run_goes_through_study_claim_and_views() -> None:
    study = studies.STUDIES["uncertainty_order"]
    (setting,) = study.settings("smoke")
    items = experiment.train(setting.config, range(setting.seeds), torch.device("cpu"))
    tables = experiment.combine([item for item in items if isinstance(item, Result)])
    table = study.reduce(tables)
    assert len(table) == 2 * 2 * 3  # seeds, strategies, tasks
    assert not table.duplicated(["seed", "strategy", "task"]).any()
    assert table["test_accuracy"].notna().all()
    panel = views.uncertainty_order(table)
    assert panel.categories == ("σ² = 1", "σ² = 2", "σ² = 3")
    assert "<img" in show(panel).html()
    history = views.uncertainty_over_epochs(tables["history"])
    assert [facet.title for facet in history.facets] == ["task 1", "task 2", "task 3"]
    assert history.facets[0].lines[0].y[0] == 1  # exp(0), before any step


def test_digits_are_marked_where_a_label_is_flipped() -> None:
    images = torch.zeros(2, 64)
    images[0, 8] = 1  # ink in the first column of the second row
    grid = views.noisy_digits(images, torch.tensor([3, 4]), torch.tensor([[3, 4], [3, 7]]))
    assert [image.marked for image in grid.images] == [False, True]
    assert [image.caption for image in grid.images] == ["a 3: 3, 3", "a 4: 4, 7"]
    assert grid.images[0].pixels[1, 0] == 0
    assert grid.images[0].pixels[0, 0] == 255
