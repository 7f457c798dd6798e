"""The learning rates that studies use are those that the published study of rates prefers."""

from __future__ import annotations

import pandas as pd
import pytest
from scipy import stats

from mtlkit.core.publishing import published_study
from mtlkit.lessons.zero_shot_synthesis.config import DESIGNS, SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.studies import RATES


@pytest.fixture(scope="module")
def validated() -> pd.DataFrame:
    table = published_study("zero_shot_synthesis", "rates").table
    return table[table["part"] == "validation"]


@pytest.mark.parametrize("name", RATES)
def test_a_baseline_has_the_rate_that_is_best_on_validation(
    validated: pd.DataFrame, name: str
) -> None:
    means = validated[validated["strategy"] == name].groupby("learning_rate")["closed"].mean()
    assert means.idxmax() == RATES[name]


def test_the_generators_have_the_lowest_rate_that_is_not_surely_worse(
    validated: pd.DataFrame,
) -> None:
    """By the mean of the designs, paired by set and seed."""
    equal = validated["learning_rate"] == validated["embedding_rate"]
    rows = validated[equal & validated["strategy"].isin(DESIGNS)]
    by_rate = rows.pivot_table(
        index=["compositions", "seed"], columns="learning_rate", values="closed"
    )
    best = by_rate.mean().idxmax()
    sure: dict[float, bool] = {}
    for rate in sorted(set(rows["learning_rate"])):
        behind = by_rate[best] - by_rate[rate]
        half = stats.t.ppf(0.975, len(behind) - 1) * stats.sem(behind)
        sure[rate] = bool(behind.mean() > half)
    usual = SynthesisConfig.preset("lesson").learning_rate
    assert usual == min(rate for rate, worse in sure.items() if not worse)
