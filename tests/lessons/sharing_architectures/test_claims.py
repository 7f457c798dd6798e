"""Each claim of lesson 03 holds on data made so that it is true, and fails where it is false."""

from __future__ import annotations

import pandas as pd
import pytest

from mtlkit import lessons
from mtlkit.core.verdict import judge_printed
from mtlkit.lessons.sharing_architectures.claims import CLAIMS
from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES
from mtlkit.lessons.sharing_architectures.studies import STUDIES
from tests.lessons.made_up import table, verdict

BY_NAME = {claim.id.partition(".")[2]: claim for claim in CLAIMS}


def architectures(lead: float) -> pd.DataFrame:
    """The appropriate architecture leads by so many points; a cross-stitch by half of it."""

    def accuracy(overlap: float, strategy: str) -> float:
        sign = 1 if overlap else -1
        shares = {"hard_sharing": sign, "cross_stitch": 0.5 * sign}
        return 0.85 + lead / 100 * shares.get(strategy, 0.0)

    names = {"overlap": (1.0, 0.0), "strategy": ARCHITECTURES}
    return table(names, "accuracy", accuracy, seeds=10, deviation=0.0005)


def stitches(separate: float, shared: float) -> pd.DataFrame:
    """How unlike tasks' stitches are; from one half they are as like as chance has it."""

    def unlike(overlap: float, stitch_start: float, columns: int) -> float:
        if stitch_start == 0.5:
            return 0.0
        return shared if overlap else separate

    names = {"overlap": (1.0, 0.0), "stitch_start": (0.5, 0.9, 1.0), "columns": (2,)}
    return table(names, "unlike", unlike)


def linear(lasso: float, group: float, other: float = 0.5) -> pd.DataFrame:
    errors = {"lasso": lasso, "l1_l2": group, "l1_linf": group, "ridge": 0.7}
    names = {"overlap": (0.0, 1.0), "strategy": tuple(errors)}
    return table(names, "coefficient_error", lambda overlap, strategy: errors[strategy])


def zeros(lasso: int) -> pd.DataFrame:
    names = {"overlap": (1.0,), "strategy": ("lasso", "ridge")}
    counts = {"lasso": lasso, "ridge": 600}
    return table(names, "nonzero", lambda overlap, strategy: counts[strategy], deviation=0.0)


def spreads(pull: float) -> pd.DataFrame:
    errors = {"mean_regularised": pull, "ridge": 0.5, "pooled": 0.6}
    names = {"spread": (0.1, 1.0), "strategy": tuple(errors)}
    return table(names, "coefficient_error", lambda spread, strategy: errors[strategy])


CASES = {
    "sharing_helps_where_features_are_shared": (architectures(4), architectures(-4)),
    "sharing_helps_where_features_are_shared_nine_bits": (architectures(4), architectures(-4)),
    "separate_wins_where_features_are_separate": (architectures(4), architectures(-4)),
    "separate_wins_where_features_are_separate_nine_bits": (architectures(4), architectures(-4)),
    "around_ten_points": (architectures(9), architectures(2)),
    "around_ten_points_nine_bits": (architectures(9), architectures(20)),
    "stitches_learn_whether_to_share": (stitches(0.9, 0.5), stitches(0.5, 0.9)),
    "common_support_helps": (linear(0.5, 0.3), linear(0.3, 0.5)),
    "other_supports_hurt": (linear(0.3, 0.5), linear(0.5, 0.3)),
    "lasso_zeros": (zeros(60), zeros(500)),
    "mean_regularisation_helps": (spreads(0.3), spreads(0.8)),
}


def test_every_claim_is_here_or_is_printed() -> None:
    assert set(BY_NAME) == {*CASES, "shared_backbones_grow_with_tasks"}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_claim_holds_where_it_is_true_and_fails_where_it_is_false(name: str) -> None:
    true, false = CASES[name]
    assert verdict(BY_NAME[name], true).verdict == "holds"
    assert verdict(BY_NAME[name], false).verdict == "fails"


def test_a_fully_shared_network_adds_no_backbone() -> None:
    found = judge_printed(BY_NAME["shared_backbones_grow_with_tasks"])
    assert found.verdict == "fails"
    assert [cell.effect for cell in found.cells] == [0.0]


def test_claims_name_studies_and_figures_that_are_there() -> None:
    for claim in CLAIMS:
        assert claim.study is None or claim.study in STUDIES
        assert claim.figure in lessons.get("sharing_architectures").views.FIGURES
