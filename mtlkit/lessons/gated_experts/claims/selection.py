"""Section 3.4: which experts a task should keep after training."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, difference
from mtlkit.core.region import Region
from mtlkit.lessons.gated_experts.claims.comparing import claim, of

_OTHERS = ("mean_k", "rounded", "sampled")
_WORDS = {"mean_k": "mean k", "rounded": "rounding", "sampled": "sampling"}


def _gated(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["strategy"] == "gated"]


def _ahead(column: str, sign: int, *others: str) -> Cells:
    """k(t) less the other selections (times a sign), for each penalty.

    Where both keep the same experts in every seed there is nothing to compare, and no cell.
    """

    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = _gated(table)
        found = []
        for penalty in sorted(rows["penalty"].unique()):
            own = of(rows, column, penalty=penalty, selection="likely")
            for other in others:
                theirs = of(rows, column, penalty=penalty, selection=other)
                if not own.equals(theirs):
                    label = f"λ = {penalty:g}, against {_WORDS[other]}"
                    found.append(difference(sign * own, sign * theirs, label))
        return found

    return cells


def _more_when_sparse(table: pd.DataFrame) -> list[Cell]:
    rows = _gated(table)
    lost = {
        penalty: of(rows, "accuracy", penalty=penalty, selection="likely")
        - of(rows, "accuracy", penalty=penalty, selection="mean_k")
        for penalty in rows["penalty"].unique()
    }
    least, most = min(lost), max(lost)
    if least == most:
        return []
    return [difference(lost[most], lost[least], f"λ = {most:g} against {least:g}")]


def _shift_explains(table: pd.DataFrame) -> list[Cell]:
    """Each seed's correlation of shift and lost accuracy, over penalties and selections."""
    rows = _gated(table)
    rows = rows[rows["selection"].isin(["likely", *_OTHERS, "all"])]
    names = ["seed", "penalty"]
    best = rows[rows["selection"] == "likely"].set_index(names)["accuracy"]
    others = rows[rows["selection"] != "likely"].set_index(names)
    lost = best.reindex(others.index) - others["accuracy"]
    ranks = pd.DataFrame({"lost": lost, "shift": others["shift"]}).reset_index()
    found = [own["lost"].rank().corr(own["shift"].rank()) for _, own in ranks.groupby("seed")]
    return [Cell("rank correlation", tuple(np.array(found, float)))]


CLAIMS = (
    claim(
        "own_k_beats_mean_k",
        "Each task's own k beats one k for all",
        "section 3.4, Fig. 3.2",
        "choosing task-specific k(t) outperforms choosing the mean k",
        "Test accuracy with each task's own k(t) is higher than with the mean k for all tasks, at "
        "every λ where the two differ.",
        "figure_3_2",
        "points",
        Region.above(0),
        _ahead("accuracy", 1, "mean_k"),
        "Rounding is mixed up in it: the mean of the k(t) is one number, and which way it is "
        "rounded decides how many experts all tasks get.",
    ),
    claim(
        "own_k_matters_more_when_sparse",
        "The sparser the gates, the more one k for all costs",
        "section 3.4",
        "We speculate that the performance degradation is more pronounced in sparser "
        "multi-clustering because this increases the risk of having too few features for tasks "
        "that need more features than the average.",
        "What k(t) adds to the accuracy of the mean k is more at the largest λ than at the least.",
        "figure_3_2",
        "points",
        Region.above(0),
        _more_when_sparse,
        "Where nearly all tasks round to one expert, k(t) and mean k are the same choice.",
    ),
    claim(
        "likeliest_beat_rounding_and_sampling",
        "The k(t) likeliest experts beat rounded and sampled ones",
        "section 3.1",
        "rounding would induce a different expert density at evaluation time than in training "
        "time, which may create a covariate shift for the downstream network, and sampling from "
        "the gating distribution may not select the most likely experts, thus degrading "
        "performance",
        "Test accuracy with the k(t) likeliest experts is higher than with rounded probabilities, "
        "and than with one sample, at every λ where they differ.",
        "figure_3_2",
        "points",
        Region.above(0),
        _ahead("accuracy", 1, "rounded", "sampled"),
        "Learned probabilities end near 0 and 1 with a large λ, and then all three choose the same "
        "experts.",
    ),
    claim(
        "own_k_shifts_less",
        "Each task's own k shifts z less than the alternatives",
        "section 3.4",
        "We speculate that this choice of k(t) reduces the covariate shift in the distribution of "
        "z(t, x) experienced by the task head g(t, z), thus improving its performance.",
        "The shift of z's mean, as a share of its deviation in training, is smaller with k(t) than "
        "with the mean k, with rounding and with sampling, at every λ where they differ.",
        "figure_3_2",
        "",
        Region.above(0),
        _ahead("shift", -1, *_OTHERS),
        "The shift is computed exactly: z is linear in the gates.",
        figure="shift",
    ),
    claim(
        "shift_explains_the_loss",
        "The shift of z explains what a selection loses",
        "section 3.4",
        "reduces the covariate shift in the distribution of z(t, x) experienced by the task head "
        "g(t, z), thus improving its performance",
        "Over λ and the other selections (mean k, rounded, sampled, all), the accuracy lost "
        "against k(t) rises with the shift: their rank correlation is above 0.",
        "figure_3_2",
        "",
        Region.above(0),
        _shift_explains,
        "All experts at once shift z most of all. Whether heads mind depends on the direction: "
        "more of the same features changes the size of the logits, not their order.",
        figure="shift",
    ),
)
