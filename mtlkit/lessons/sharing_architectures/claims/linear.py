"""The linear part of xiao2020: common supports, zeros, and means."""

from __future__ import annotations

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, ClaimForm, by_seed, difference
from mtlkit.core.region import Region

claim = ClaimForm("sharing_architectures", "xiao2020")

_WORDS = {
    "l1_l2": "ℓ1/ℓ2",
    "l1_linf": "ℓ1/ℓ∞",
    "lasso": "lasso",
    "ridge": "ridge",
    "pooled": "one regression for all",
}


def _error(table: pd.DataFrame, strategy: str) -> pd.Series[float]:
    """Each seed's relative coefficient error."""
    return by_seed(table[table["strategy"] == strategy], "coefficient_error")


def _better(overlap: float, *pairs: tuple[str, str]) -> Cells:
    """By how much the first method's coefficient error is below the second's."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[table["overlap"] == overlap]
        return [
            difference(
                _error(rows, second),
                _error(rows, first),
                f"{_WORDS[first]} against {_WORDS[second]}",
            )
            for first, second in pairs
        ]

    return cells


def _share_nonzero(table: pd.DataFrame) -> list[Cell]:
    """The share of lasso's coefficients that are not exactly 0."""
    rows = table[(table["overlap"] == 1) & (table["strategy"].isin(["lasso", "ridge"]))]
    most = rows[rows["strategy"] == "ridge"]["nonzero"].max()
    lasso = by_seed(rows[rows["strategy"] == "lasso"], "nonzero")
    return [Cell("lasso, ten tasks", tuple((lasso / most).to_numpy(float)))]


def _related(table: pd.DataFrame) -> list[Cell]:
    """What the pull towards the mean takes from the error, at each spread."""
    found = []
    for spread, rows in table.groupby("spread"):
        found += [
            difference(
                _error(rows, other),
                _error(rows, "mean_regularised"),
                f"spread {spread:g}, against {_WORDS[other]}",
            )
            for other in ("ridge", "pooled")
        ]
    return found


_SHARED = "Assumption: All tasks share the same important dimensions."
_SPARSITY = (
    "Sparsity Assumption: all models share a small set of features, which means that all but a few "
    "rows of A are zero."
)

CLAIMS = (
    claim(
        "common_support_helps",
        "Common important dimensions: group penalties beat lasso",
        "sparsity assumption",
        _SPARSITY,
        "A corollary of ours: where all tasks have the same support, the relative coefficient "
        "error of ℓ1/ℓ2, and that of ℓ1/ℓ∞, is below lasso's.",
        "linear_overlap",
        "",
        Region.above(0),
        _better(1.0, ("l1_l2", "lasso"), ("l1_linf", "lasso")),
        "ℓ1/ℓ2 decides on a row once, with the evidence of all tasks. ℓ1/ℓ∞ does too, but pulls "
        "the coefficients of a row to one common size, which these do not have.",
    ),
    claim(
        "other_supports_hurt",
        "Where important dimensions differ, the group penalty loses",
        "assumption",
        _SHARED,
        "The reverse of the assumption, ours: where no two tasks have an input in common, lasso's "
        "relative coefficient error is below that of ℓ1/ℓ2.",
        "linear_overlap",
        "",
        Region.above(0),
        _better(0.0, ("lasso", "l1_l2")),
        "The slide names the assumption and not its price. A row that one task needs is kept for "
        "all ten, so that nine learn noise from it.",
    ),
    claim(
        "lasso_zeros",
        "Lasso sets all but a few coefficients to exactly zero",
        "lasso",
        "It is a constraint on the sum of β and thus forces all but a few parameters to be exactly "
        "0.",
        "Of lasso's coefficients, at the strength that validation prefers, less than a quarter are "
        "not exactly 0 (a twelfth matters).",
        "linear_overlap",
        "",
        Region.below(0.25),
        _share_nonzero,
        "It does set coefficients to exactly 0; how many depends on its strength. The strength "
        "that predicts best keeps more inputs than matter, since it has to pull the large ones "
        "towards 0 as well.",
    ),
    claim(
        "mean_regularisation_helps",
        "The pull towards the mean relates tasks",
        "mean-regularised multi-task learning",
        "It enforces the task parameters to be optimized towards their mean, so as to make them "
        "more related.",
        "A corollary of ours: where coefficients lie around a common mean, at spreads from 0.1 to "
        "2, the relative error with the pull is below that of separate ridges, and below that of "
        "one regression for all.",
        "linear_spread",
        "",
        Region.above(0),
        _related,
        "Its strength is chosen on validation: with little spread it comes near one regression for "
        "all, with much near separate ones. Both are among its choices, or nearly, so that it can "
        "lose only by choosing badly.",
        by_construction=True,
    ),
)
