"""Each claim of lesson 01 holds on data made so that it is true, and fails where it is false."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import pytest

from mtlkit.core.verdict import Verdict, judge, judge_printed
from mtlkit.lessons.noisy_polynomials import views
from mtlkit.lessons.noisy_polynomials.claims import CLAIMS
from mtlkit.lessons.noisy_polynomials.studies import STUDIES
from tests.lessons.noisy_polynomials import made_up

BY_NAME = {claim.id.partition(".")[2]: claim for claim in CLAIMS}


@attrs.frozen(eq=False)
class Pack:
    study: str
    table: pd.DataFrame
    data: str = "generated"
    scale: str = "lesson"


def verdict(name: str, table: pd.DataFrame) -> Verdict:
    claim = BY_NAME[name]
    assert claim.study is not None
    return judge(claim, Pack(claim.study, table), ("generated",))


def rate(strategy: str) -> float:
    return 1.0 if strategy == "learned_kendall" else 0.5


FOUND = made_up.table_4_1(rate)
LOW_FIFTH = made_up.table_4_1(rate, fifth=0.7)
HALVING = made_up.figure_4_2(lambda degree, tasks: 0.5**tasks)
DOUBLING = made_up.figure_4_2(lambda degree, tasks: 2.0**tasks)
JUMP = made_up.figure_4_2(lambda degree, tasks: 1.0 if tasks <= 4 else 2.0)
FLAT = made_up.figure_4_2(lambda degree, tasks: 1.0)
WITHOUT_NOISE = FLAT.assign(validation_noisy_loss=FLAT["test_clean_error"])
BETTER_TUNED = made_up.figure_4_2(lambda degree, tasks: 1.0, tuned=0.5)
STEADY = made_up.figure_4_3(lambda degree, level: 0.01)
NOISY = made_up.figure_4_3(lambda degree, level: 0.01 * 2.0**level, dip=1.1)
BETTER_SHARED = FLAT.assign(
    test_clean_error=FLAT["test_clean_error"].where(FLAT["strategy"] != "equal", 0.5)
)
BETTER_LEARNED = FLAT.assign(
    test_clean_error=FLAT["test_clean_error"].where(FLAT["strategy"] != "learned_kendall", 0.5)
)
BETTER_ALONE = FLAT.assign(
    test_clean_error=FLAT["test_clean_error"].where(FLAT["strategy"] != "single_task", 0.5)
)
SWAPPED_EPOCHS = FLAT.assign(
    stop_epoch=FLAT["stop_epoch"].where(FLAT["strategy"] != "learned_kendall", 40)
)
EVEN = made_up.capacity(lambda width, epochs: 1.0)


def rates(learned: float, equal: float) -> pd.DataFrame:
    return made_up.learning_rate({"learned_kendall": learned, "equal": equal})


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("table_4_1_kendall_variance", FOUND, made_up.table_4_1(lambda _: 0.5)),
        ("table_4_1_kendall_std", FOUND, made_up.table_4_1(lambda _: 0.5)),
        ("table_4_1_printed_variance", made_up.table_4_1(lambda _: 1.0), FOUND),
        ("table_4_1_printed_std", made_up.table_4_1(lambda _: 1.0), FOUND),
        ("fifth_task_is_found_noisy", FOUND, LOW_FIFTH),
        ("fifth_task_is_underestimated", LOW_FIFTH, made_up.table_4_1(rate, fifth=1.2)),
        ("estimates_at_degrees_5_and_8", FLAT, FLAT.assign(estimate=0.9 * FLAT["estimate"])),
        ("noisy_tasks_help_at_degrees_5_and_8", HALVING, DOUBLING),
        ("degree_10_robust_to_four_tasks", JUMP, DOUBLING),
        ("degree_10_rises_after_four_tasks", JUMP, FLAT),
        ("degree_10_validation_loss_rises_after_four_tasks", FLAT, WITHOUT_NOISE),
        ("degree_10_rises_with_frozen_heads", JUMP, FLAT),
        ("learned_as_good_as_hand_tuned", FLAT, BETTER_TUNED),
        ("learned_as_good_as_hand_tuned_clean", FLAT, BETTER_TUNED),
        ("dip_at_three_1_2_x", NOISY, STEADY),
        ("dip_at_three_1_1_x", NOISY, STEADY),
        ("robust_to_a_noisy_task", STEADY, NOISY),
        ("degree_10_declines_with_noise", NOISY, made_up.figure_4_3(lambda d, x: 0.01 / x)),
        ("noisy_task_is_downweighted", STEADY, STEADY.assign(estimate=FLAT["estimate"].mean())),
        ("sharing_beats_single_task", BETTER_SHARED, BETTER_ALONE),
        ("learned_better_than_equal", BETTER_LEARNED, BETTER_SHARED),
        ("learned_takes_longer", FLAT, SWAPPED_EPOCHS),
        ("printed_rate_is_best", rates(0.1, 0.1), rates(0.01, 0.1)),
        ("printed_rate_is_best_with_frozen_heads", rates(0.1, 0.1), rates(0.3, 0.1)),
        ("learned_needs_lower_rates", rates(0.003, 0.03), rates(0.03, 0.003)),
        ("longer_training_helps_five_tasks", made_up.capacity(lambda w, e: 1 / e), EVEN),
        ("larger_network_helps_five_tasks", made_up.capacity(lambda w, e: 1 / w), EVEN),
        ("smaller_network_is_enough", EVEN, made_up.capacity(lambda w, e: 1 / w)),
        ("sensitive_to_weights", made_up.task_weight(-0.5), made_up.task_weight(0.0)),
        ("learning_saves_selection_time", made_up.grid_cost(100), made_up.grid_cost(300)),
    ],
)
def test_holds_where_true_and_fails_where_false(
    name: str, true: pd.DataFrame, false: pd.DataFrame
) -> None:
    assert verdict(name, true).verdict == "holds"
    assert verdict(name, false).verdict == "fails"


def test_every_claim_on_a_study_is_tried_above() -> None:
    mark = test_holds_where_true_and_fails_where_false.pytestmark[0]  # type: ignore[attr-defined]
    tried = {case[0] for case in mark.args[1]}
    assert tried == {name for name, claim in BY_NAME.items() if claim.study is not None}


def test_claims_read_studies_that_there_are() -> None:
    assert {claim.study for claim in CLAIMS} - {None} == set(STUDIES)


def test_the_printed_loss_rests_at_half_the_error_and_the_printed_table_at_the_truth() -> None:
    loss = judge_printed(BY_NAME["printed_loss_is_the_likelihood"])
    assert loss.verdict == "fails"
    assert loss.cells[0].effect == 0.5
    table = judge_printed(BY_NAME["table_4_1_as_printed"])
    assert table.verdict == "holds"
    assert len(table.cells) == 2 + 3 + 4


def test_each_cell_of_a_conjunction_is_there() -> None:
    assert len(verdict("table_4_1_kendall_variance", FOUND).cells) == 2 + 3 + 4
    assert len(verdict("estimates_at_degrees_5_and_8", FLAT).cells) == 2 * (2 + 3 + 4 + 5 + 6)
    assert len(verdict("learned_as_good_as_hand_tuned", FLAT).cells) == 3 * 5


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("degree_10_rises_after_four_tasks", {"T = 5 against 4": 1, "T = 6 against 4": 0}),
        ("noisy_tasks_help_at_degrees_5_and_8", {"degree 5": 1, "degree 8": 1}),
    ],
)
def test_a_diverged_seed_is_counted_as_lost(name: str, lost: dict[str, int]) -> None:
    table = FLAT.copy()
    gone = (table["seed"] == 4) & (table["tasks"] == 5) & (table["strategy"] == "learned_kendall")
    table.loc[gone, ["test_clean_error", "test_noisy_loss"]] = float("nan")
    found = verdict(name, table)
    assert {cell.label: cell.lost for cell in found.cells} == lost
    assert "No value from 1 of 10 seeds" in found.note


def test_what_is_true_by_construction_is_marked_so() -> None:
    marked = {name for name, claim in BY_NAME.items() if claim.by_construction}
    assert marked == {"degree_10_validation_loss_rises_after_four_tasks"}
    assert verdict("degree_10_validation_loss_rises_after_four_tasks", FLAT).verdict == "holds"
    assert verdict("degree_10_rises_after_four_tasks", FLAT).verdict == "fails"


def test_the_weighted_loss_at_rest_is_the_same_whatever_the_noise() -> None:
    found = judge_printed(BY_NAME["noisy_task_vanishes_from_the_loss"])
    # Minimised numerically: what is left of each task's term is its a L / s at the least value.
    grid = np.linspace(0.01, 200, 200_000)
    shares = [
        loss / (2 * grid[(loss / (2 * grid) + np.log(grid)).argmin()])
        for loss in (1.0, 10.0, 100.0)
    ]
    assert found.verdict == "fails"
    effects = [cell.effect for cell in found.cells]
    np.testing.assert_allclose(effects, [shares[1] / shares[0], shares[2] / shares[0]], rtol=1e-2)


def test_every_claim_names_a_figure_of_the_lesson_that_reads_its_study() -> None:
    for claim in CLAIMS:
        if claim.study is not None:
            assert claim.study in views.FIGURES[claim.figure].studies
    assert {claim.figure for claim in CLAIMS} <= set(views.FIGURES)
