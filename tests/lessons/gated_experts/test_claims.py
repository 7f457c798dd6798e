"""Each claim of lesson 04 holds on data made so that it is true, and fails where it is false."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from mtlkit import lessons
from mtlkit.lessons.gated_experts.claims import CLAIMS
from mtlkit.lessons.gated_experts.studies import STUDIES
from tests.lessons.made_up import table, verdict

BY_NAME = {claim.id.partition(".")[2]: claim for claim in CLAIMS}
PENALTIES = (0.01, 0.1, 0.5)


def figure_3_1(gated: float, sparse_gain: Mapping[int, float] | None = None) -> pd.DataFrame:
    """Learned gates at that accuracy, others at 80; the largest penalty adds a gain by size."""
    gains = sparse_gain or {}

    def accuracy(images: int, strategy: str, penalty: float) -> float:
        if strategy != "gated":
            return 80.0
        return gated + (gains.get(images, 0.0) if penalty == 0.5 else 0.0)

    names = {
        "images": (15, 250),
        "strategy": ("gated", "ungated", "frozen_half", "frozen_density"),
        "penalty": PENALTIES,
    }
    rows = table(names, "accuracy", accuracy)
    return rows[(rows["strategy"] == "gated") | (rows["penalty"] == 0.1)]


def methods(column: str, gated: float, other: float) -> pd.DataFrame:
    names = {"strategy": ("gated", "ungated", "routed")}
    return table(names, column, lambda strategy: gated if strategy == "gated" else other)


def operations(share: float) -> pd.DataFrame:
    """A quarter of the experts kept, and a share of the multiplications."""
    rows = methods("operations_after", 100 * share, 100.0)
    return rows.assign(experts=np.where(rows["strategy"] == "gated", 2.0, 8.0))


def selections(
    column: str, likely: float, other: float, steeper: float = 0.0, ungated: float = 80.0
) -> pd.DataFrame:
    """The likeliest against all other selections; `steeper` adds a difference to the last λ."""
    ways = ("likely", "mean_k", "rounded", "sampled", "all")

    def value(penalty: float, selection: str) -> float:
        if selection != "likely":
            return other
        return likely + (steeper if penalty == PENALTIES[-1] else 0.0)

    gated = table({"penalty": PENALTIES, "selection": ways}, column, value)
    counts = (8, 20, 50, 100)
    plain = table({"experts_m": counts}, column, lambda experts_m: ungated)
    return pd.concat(
        [
            gated.assign(strategy="gated", experts_m=8),
            plain.assign(strategy="ungated", selection="likely", penalty=0.1),
        ]
    )


def shift_and_loss(sign: int) -> pd.DataFrame:
    """Accuracy falls (or rises) with the shift over selections."""
    shifts = {"likely": 0.0, "mean_k": 0.3, "rounded": 0.5, "sampled": 0.7, "all": 2.0}
    names = {"penalty": PENALTIES, "selection": tuple(shifts)}
    rows = table(names, "shift", lambda penalty, selection: shifts[selection], deviation=0.0)
    return rows.assign(strategy="gated", accuracy=80 - sign * rows["shift"])


def test_selections_that_agree_everywhere_are_not_compared() -> None:
    rows = selections("accuracy", 82, 80)
    alike = rows["penalty"] == PENALTIES[-1]
    rows.loc[alike, "accuracy"] = 81.0
    found = verdict(BY_NAME["own_k_beats_mean_k"], rows)
    assert len(found.cells) == len(PENALTIES) - 1
    assert found.verdict == "holds"


def gates(*, like: bool) -> pd.DataFrame:
    """Tasks of a family with the same gates, or each with its own."""
    random = np.random.default_rng(0)
    rows = []
    for seed in range(5):
        own = random.uniform(size=(8, 6))
        for task, expert in itertools.product(range(8), range(6)):
            rows.append(
                {
                    "images": 250,
                    "seed": seed,
                    "task": task + 1,
                    "family": task // 4 + 1,
                    "expert": expert + 1,
                    "probability": own[task // 4 if like else task, expert],
                }
            )
    return pd.DataFrame(rows)


def structure(little: float, much: float) -> pd.DataFrame:
    names = {"images": (15, 60, 250), "strategy": ("gated", "routed")}
    return table(
        names, "within_minus_between", lambda images, strategy: much if images > 60 else little
    )


def diversity(gain: float, density: float) -> pd.DataFrame:
    """What ten families gain from 16 experts and spend in k; one family gains and spends none."""
    names = {"families": (1, 10), "experts_m": (2, 16)}

    def accuracy(families: int, experts_m: int) -> float:
        return 80 + (gain if families == 10 and experts_m == 16 else 0.0)

    def mean_k(families: int, experts_m: int) -> float:
        return 1.5 + (density if families == 10 else 0.0)

    return table(names, "accuracy", accuracy).merge(table(names, "mean_k", mean_k))


def ratios(value: float) -> pd.DataFrame:
    names = {"images": (60, 250), "epoch": (0, 750), "baseline": ("none", "task_mean")}
    return table(names, "ratio", lambda images, epoch, baseline: value)


CASES = {
    "gated_beats_ungated": (figure_3_1(82), figure_3_1(78)),
    "gain_is_the_clustering": (figure_3_1(82), figure_3_1(78)),
    "sparser_with_less_data": (
        figure_3_1(80, {15: 2.0, 250: 0.0}),
        figure_3_1(80, {15: 0.0, 250: 2.0}),
    ),
    "robust_to_sparsity": (figure_3_1(80), figure_3_1(80, {250: -3.0})),
    "gated_beats_routing": (methods("accuracy", 82, 80), methods("accuracy", 78, 80)),
    "ungated_is_flat": (
        selections("accuracy", 82, 80),
        selections("accuracy", 82, 80).assign(
            accuracy=lambda rows: rows["accuracy"] + 0.1 * rows["experts_m"]
        ),
    ),
    "mixing_all_degrades": (
        selections("accuracy", 82, 80),
        selections("accuracy", 82, 80, ungated=85),
    ),
    "sparsity_saves_training": (
        methods("k_in_training", 20, 100),
        methods("k_in_training", 80, 100),
    ),
    "smaller_models_are_deployed": (
        methods("parameters_of_a_task", 20, 100),
        methods("parameters_of_a_task", 80, 100),
    ),
    "computation_grows_with_k": (operations(0.25), operations(0.5)),
    "score_function_is_noisy": (ratios(0.2), ratios(2.0)),
    "own_k_beats_mean_k": (selections("accuracy", 82, 80), selections("accuracy", 78, 80)),
    "own_k_matters_more_when_sparse": (
        selections("accuracy", 82, 80, steeper=1),
        selections("accuracy", 82, 80, steeper=-1),
    ),
    "likeliest_beat_rounding_and_sampling": (
        selections("accuracy", 82, 80),
        selections("accuracy", 78, 80),
    ),
    "own_k_shifts_less": (selections("shift", 0.1, 0.5), selections("shift", 0.5, 0.1)),
    "shift_explains_the_loss": (shift_and_loss(1), shift_and_loss(-1)),
    "related_tasks_correlate": (gates(like=True), gates(like=False)),
    "unclear_with_little_data": (structure(0.05, 0.5), structure(0.5, 0.5)),
    "clearer_with_more_data": (structure(0.05, 0.5), structure(0.5, 0.05)),
    "diversity_needs_more_experts": (diversity(3, 0), diversity(-3, 0)),
    "diversity_needs_no_more_of_them": (diversity(0, 0.1), diversity(0, 2)),
}


def test_every_claim_is_here() -> None:
    assert set(BY_NAME) == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_claim_holds_where_it_is_true_and_fails_where_it_is_false(name: str) -> None:
    true, false = CASES[name]
    assert verdict(BY_NAME[name], true).verdict == "holds"
    assert verdict(BY_NAME[name], false).verdict == "fails"


def test_claims_name_studies_and_figures_that_are_there() -> None:
    for claim in CLAIMS:
        assert claim.study in STUDIES
        assert claim.figure in lessons.get("gated_experts").views.FIGURES
