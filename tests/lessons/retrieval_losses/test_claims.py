"""Each claim of lesson 07 holds on data made so that it is true, and fails where it is false."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from mtlkit import lessons
from mtlkit.lessons.retrieval_losses.claims import CLAIMS
from mtlkit.lessons.retrieval_losses.claims.comparing import best
from mtlkit.lessons.retrieval_losses.config import STRATEGIES
from mtlkit.lessons.retrieval_losses.studies import STUDIES
from tests.lessons.made_up import table, verdict

BY_NAME = {claim.id.partition(".")[2]: claim for claim in CLAIMS}

WAYS = {
    "direction": ("image_to_text", "text_to_image"),
    "scoring": ("cosine", "standardised"),
}
RATES = (0.0003, 0.001, 0.003, 0.01)


def read(
    names: Mapping[str, Any], column: str, value: Callable[..., float], deviation: float = 0.001
) -> pd.DataFrame:
    """A study of what is read on test pictures; settings are best where the test value is."""
    rows = table(
        {**names, **WAYS},
        column,
        lambda direction, scoring, **named: value(**named, scoring=scoring),
        deviation=deviation,
    )
    if column.startswith("recall"):
        return rows.assign(
            recall_1=rows[column], recall_10=rows[column], validation_10=rows[column]
        )
    return rows


def by_loss(column: str, other: float, deviation: float = 0.001, **own: float) -> pd.DataFrame:
    """The table of results: some losses at values of their own, the rest alike."""
    return read(
        {"strategy": STRATEGIES},
        column,
        lambda strategy, scoring: own.get(strategy, other),
        deviation,
    )


def barlow(cosine: float, standardised: float) -> pd.DataFrame:
    def recall(strategy: str, scoring: str) -> float:
        if strategy != "barlow_twins":
            return 0.5
        return cosine if scoring == "cosine" else standardised

    return read({"strategy": STRATEGIES}, "recall_10", recall)


def by_rate(simclr: float, column: str = "recall_10", other: float = 0.5) -> pd.DataFrame:
    """SimCLR at that value at every rate; the others at theirs at one rate, and at little else."""
    names = {"strategy": STRATEGIES, "learning_rate": RATES}

    def value(strategy: str, learning_rate: float, scoring: str) -> float:
        if strategy == "simclr":
            return simclr
        return other if learning_rate == 0.001 else 0.1

    rows = read(names, column, value, 0.001 if column == "recall_10" else 0.1)
    if column == "recall_10":
        return rows
    ahead = rows["learning_rate"] == 0.001
    return rows.assign(validation_10=ahead.astype(float), recall_10=0.5)


def few_usable_rates() -> pd.DataFrame:
    """Another loss works at all four rates, SimCLR at two."""

    def recall(strategy: str, learning_rate: float, scoring: str) -> float:
        return 0.1 if strategy == "simclr" and learning_rate > 0.001 else 0.5

    return read({"strategy": STRATEGIES, "learning_rate": RATES}, "recall_10", recall)


def collapse(maximum: float) -> pd.DataFrame:
    names = {"strategy": STRATEGIES[:4], "start": ("random", "pretrained")}

    def epochs(strategy: str, start: str, scoring: str) -> float:
        return maximum if strategy == "max_triplet" else 5.0

    return read(names, "epochs_to_half", epochs, 0.1)


def pretrained(simclr: float) -> pd.DataFrame:
    """From a random start it is the other way round."""
    names = {"strategy": STRATEGIES[:4], "start": ("random", "pretrained")}

    def recall(strategy: str, start: str, scoring: str) -> float:
        if strategy != "simclr":
            return 0.5
        return simclr if start == "pretrained" else 1.0 - simclr

    return read(names, "recall_10", recall)


def outliers(**kept: float) -> pd.DataFrame:
    """Half without mismatched captions; with a fifth of them, that share of it."""

    def recall(strategy: str, outliers: float, scoring: str) -> float:
        return 0.5 * (kept.get(strategy, kept["other"]) if outliers else 1.0)

    names = {"strategy": STRATEGIES, "outliers": (0.0, 0.2)}
    return read(names, "recall_10", recall, 0.0005)


def negatives(effective: float) -> pd.DataFrame:
    names = {"strategy": STRATEGIES, "loss": ("sum_triplet", "max_triplet", "simclr")}
    return table(names, "effective", lambda strategy, loss: effective)


def batches(value: float) -> pd.DataFrame:
    names = {
        "strategy": STRATEGIES,
        "loss": ("sum_triplet", "max_triplet", "simclr", "barlow_twins"),
        "batch": (128, 256),
    }
    rows = table(names, "value", lambda strategy, loss, batch: value, deviation=0.0001)
    return rows.assign(full=1.0, bias=rows["value"] - 1)


def schedules(multistep: float) -> pd.DataFrame:
    """The other schedules do well at one rate of two."""
    names = {
        "strategy": ("simclr", "sum_triplet"),
        "schedule": ("multistep", "cosine", "warmup"),
        "learning_rate": (0.001, 0.003),
    }

    def recall(strategy: str, schedule: str, learning_rate: float, scoring: str) -> float:
        if schedule == "multistep":
            return multistep
        return 0.5 if learning_rate == 0.003 else 0.1

    return read(names, "recall_10", recall)


def at_its_best(simclr: float) -> pd.DataFrame:
    """SimCLR's best schedule and rate are others than the sum's."""
    names = {
        "strategy": ("simclr", "sum_triplet"),
        "schedule": ("multistep", "cosine"),
        "learning_rate": (0.001, 0.003),
    }
    where = {"simclr": ("multistep", 0.003), "sum_triplet": ("cosine", 0.001)}

    def recall(strategy: str, schedule: str, learning_rate: float, scoring: str) -> float:
        high = simclr if strategy == "simclr" else 0.5
        return high if where[strategy] == (schedule, learning_rate) else 0.1

    return read(names, "recall_10", recall)


def trained(whole: float) -> pd.DataFrame:
    names = {
        "strategy": ("simclr", "sum_triplet"),
        "trained": ("whole", "projections", "image", "text"),
    }
    return read(
        names,
        "recall_10",
        lambda strategy, trained, scoring: whole if trained == "whole" else 0.5,
    )


def captions(test: float, train: float) -> pd.DataFrame:
    """With one caption drawn; always the first gives a half on test, 0.6 on training pictures."""
    names = {
        "strategy": ("simclr", "sum_triplet"),
        "captions": ("random", "first", "all"),
        "split": ("test", "train"),
    }

    def recall(strategy: str, captions: str, split: str, scoring: str) -> float:
        if captions != "random":
            return 0.5 if split == "test" else 0.6
        return test if split == "test" else train

    return read(names, "recall_10", recall)


def swept(spread: float) -> pd.DataFrame:
    names = {"strategy": ("simclr", "sum_triplet", "max_after_sum"), "value": (0.1, 0.2, 0.5)}
    return read(
        names,
        "recall_10",
        lambda strategy, value, scoring: 0.5 - (spread if value == 0.5 else 0.0),
    )


def encoders(gain: float) -> pd.DataFrame:
    names = {"strategy": STRATEGIES, "text_encoder": ("bag", "gru", "transformer")}

    def recall(strategy: str, text_encoder: str, scoring: str) -> float:
        return 0.5 + (gain if (strategy, text_encoder) == ("simclr", "transformer") else 0.0)

    return read(names, "recall_10", recall)


TRUE_AND_FALSE = {
    "simclr_best_recall": (
        by_loss("recall_10", 0.4, simclr=0.5),
        by_loss("recall_10", 0.5, simclr=0.4),
    ),
    "simclr_best_recall_at_best_rates": (by_rate(0.6), by_rate(0.4)),
    "simclr_best_recall_from_pretrained": (pretrained(0.6), pretrained(0.4)),
    "simclr_best_median_rank": (
        by_loss("median_rank", 9.0, 0.1, simclr=5.0),
        by_loss("median_rank", 9.0, 0.1, simclr=15.0),
    ),
    "simclr_worse_mean_rank": (
        by_loss("mean_rank", 9.0, 0.1, simclr=15.0),
        by_loss("mean_rank", 9.0, 0.1, simclr=5.0),
    ),
    "max_beats_sum": (
        by_loss("recall_10", 0.4, max_triplet=0.5),
        by_loss("recall_10", 0.5, max_triplet=0.4),
    ),
    "max_after_sum_beats_sum": (
        by_loss("recall_10", 0.4, max_after_sum=0.5),
        by_loss("recall_10", 0.5, max_after_sum=0.4),
    ),
    "barlow_twins_far_behind": (barlow(0.3, 0.5), barlow(0.5, 0.3)),
    "barlow_twins_far_behind_standardised": (barlow(0.5, 0.3), barlow(0.3, 0.5)),
    "positive_below_does_not_matter": (
        by_loss("recall_10", 0.5),
        by_loss("recall_10", 0.5, simclr=0.6),
    ),
    "max_harder_to_optimise": (collapse(9.0), collapse(3.0)),
    "max_harder_from_pretrained": (collapse(9.0), collapse(3.0)),
    "smooth_losses_learn_faster": (
        by_rate(3.0, "epochs_to_half", 9.0),
        by_rate(9.0, "epochs_to_half", 3.0),
    ),
    "smooth_losses_take_more_rates": (by_rate(0.5), few_usable_rates()),
    "max_hears_one_negative": (negatives(1.0), negatives(30.0)),
    "simclr_hears_many_negatives": (negatives(30.0), negatives(1.0)),
    "max_less_robust_to_outliers": (
        outliers(max_after_sum=0.5, other=0.9),
        outliers(max_after_sum=0.95, other=0.7),
    ),
    "max_less_robust_than_others": (
        outliers(max_after_sum=0.5, other=0.9),
        outliers(max_after_sum=0.95, other=0.7),
    ),
    "simclr_robust_to_outliers": (outliers(other=0.97), outliers(other=0.7)),
    "batch_maximum_is_biased": (batches(0.9), batches(1.1)),
    "sum_of_a_batch_is_unbiased": (batches(1.0), batches(1.1)),
    "simclr_of_a_batch_is_unbiased": (batches(1.0), batches(0.8)),
    "barlow_twins_of_a_batch_is_unbiased": (batches(1.0), batches(1.1)),
    "multistep_beats_other_schedules": (schedules(0.6), schedules(0.4)),
    "simclr_best_at_the_best_schedule": (at_its_best(0.6), at_its_best(0.4)),
    "whole_model_beats_projections": (trained(0.6), trained(0.4)),
    "whole_model_beats_image": (trained(0.6), trained(0.4)),
    "whole_model_beats_text": (trained(0.6), trained(0.4)),
    "one_caption_of_five_curbs_overfitting": (captions(0.5, 0.5), captions(0.5, 0.8)),
    "one_caption_of_five_retrieves_better": (captions(0.6, 0.6), captions(0.4, 0.5)),
    "hyperparameters_matter": (swept(0.2), swept(0.01)),
    "transformers_want_the_right_loss": (encoders(0.1), encoders(-0.1)),
}


@pytest.mark.parametrize("name", TRUE_AND_FALSE)
def test_a_claim_holds_where_it_is_true_and_fails_where_it_is_false(name: str) -> None:
    true, false = TRUE_AND_FALSE[name]
    assert verdict(BY_NAME[name], true).verdict == "holds"
    assert verdict(BY_NAME[name], false).verdict == "fails"


def test_every_claim_of_a_study_is_tested_and_reads_one_that_there_is() -> None:
    of_studies = {name for name, claim in BY_NAME.items() if claim.study is not None}
    assert of_studies == set(TRUE_AND_FALSE)
    assert {claim.study for claim in CLAIMS if claim.study is not None} <= set(STUDIES)
    assert all(claim.lesson == "retrieval_losses" for claim in CLAIMS)


def test_every_claim_names_a_figure() -> None:
    figures = lessons.get("retrieval_losses").views.FIGURES
    assert [claim.id for claim in CLAIMS if claim.figure not in figures] == []


def test_the_printed_table_speaks_for_the_sum_in_eight_columns_of_ten() -> None:
    """Counted by hand in the source's page: one column for the max, one alike."""
    cells = BY_NAME["printed_max_beats_sum"].cells(pd.DataFrame())
    signs = [(cell.values[0] > 0) - (cell.values[0] < 0) for cell in cells]
    assert (signs.count(-1), signs.count(0), signs.count(1)) == (8, 1, 1)


def test_distilbert_keeps_the_nearest_percent() -> None:
    (cell,) = BY_NAME["distilbert_keeps_97_percent"].cells(pd.DataFrame())
    assert round(cell.values[0]) == 97


def test_a_setting_is_chosen_on_validation_and_not_on_test_pictures() -> None:
    rows = by_rate(0.6)
    chosen = rows.assign(validation_10=(rows["learning_rate"] == 0.01).astype(float))
    assert best(chosen, "learning_rate", strategy="sum_triplet") == 0.01
    assert best(rows, "learning_rate", strategy="sum_triplet") == 0.001
