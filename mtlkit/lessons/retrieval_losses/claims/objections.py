"""The four objections to the max loss, each tried on every loss that it can be tried on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, by_seed, difference
from mtlkit.core.region import Region
from mtlkit.lessons.retrieval_losses.claims.comparing import (
    DIRECTIONS,
    WORDS,
    best,
    claim,
    read,
)
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig

BATCH = 256

HALF = 0.5


def _epochs(table: pd.DataFrame, **chosen: object) -> pd.Series[float]:
    """Epochs to half recall; one more than the training has where it never gets there."""
    found = read(table, "epochs_to_half", **chosen)
    return found.fillna(RetrievalConfig().epochs + 1)


def _slower_than_sum(start: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[table["start"] == start]
        return [
            difference(
                _epochs(rows, strategy="max_triplet"), _epochs(rows, strategy="sum_triplet"), start
            )
        ]

    return cells


def _faster_at_its_best_rate(table: pd.DataFrame) -> list[Cell]:
    at = {name: best(table, "learning_rate", strategy=name) for name in table["strategy"].unique()}
    own = _epochs(table, strategy="simclr", learning_rate=at["simclr"])
    return [
        difference(
            own,
            _epochs(table, strategy=name, learning_rate=at[name]),
            f"{at['simclr']:g} against {WORDS[name]} at {at[name]:g}",
        )
        for name in ("sum_triplet", "max_triplet", "max_after_sum")
    ]


def _usable_rates(table: pd.DataFrame, name: str) -> pd.Series[float]:
    """Of each seed, how many rates give at least half the best recall at 10 of any loss."""
    cosine = table[table["scoring"] == "cosine"]
    means = cosine.groupby(["seed", "strategy", "learning_rate"])["recall_10"].mean()
    enough = HALF * means.groupby("seed").max()
    own = means.xs(name, level="strategy")
    usable = own >= enough.reindex(own.index.get_level_values("seed")).to_numpy()
    return usable.groupby("seed").sum().astype(float)


def _more_usable_rates(table: pd.DataFrame) -> list[Cell]:
    own = _usable_rates(table, "simclr")
    return [
        difference(own, _usable_rates(table, name), f"against {WORDS[name]}")
        for name in ("sum_triplet", "max_triplet", "max_after_sum")
    ]


def _effective(loss: str) -> Cells:
    """How many negatives of a picture share its gradient, at the network that each loss trained."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[(table["loss"] == loss) & (table["strategy"] == loss)]
        return [Cell(f"{WORDS[loss]}, at its own network", tuple(by_seed(rows, "effective")))]

    return cells


def _kept(table: pd.DataFrame, name: str, direction: str) -> pd.Series[float]:
    """log2 of recall at 10 with a fifth of the captions mismatched, over that with none."""
    scoring = "standardised" if name == "barlow_twins" else "cosine"
    worst = table["outliers"].max()
    with_, without = (
        read(
            table,
            "recall_10",
            scoring=scoring,
            strategy=name,
            outliers=share,
            direction=direction,
        )
        for share in (worst, 0.0)
    )
    return (with_ / without).map(np.log2)


def _max_loses_more(*others: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        return [
            difference(
                _kept(table, "max_after_sum", direction),
                _kept(table, name, direction),
                f"{words}, against {WORDS[name]}",
            )
            for direction, words in DIRECTIONS.items()
            for name in others
        ]

    return cells


def _simclr_keeps(table: pd.DataFrame) -> list[Cell]:
    return [
        Cell(words, tuple(_kept(table, "simclr", direction)))
        for direction, words in DIRECTIONS.items()
    ]


def _bias(loss: str, column: str) -> Cells:
    """Of a batch of 256, at the network that SimCLR trained."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[
            (table["strategy"] == "simclr") & (table["loss"] == loss) & (table["batch"] == BATCH)
        ]
        rows = rows.assign(absolute=rows["value"] - rows["full"])
        values = by_seed(rows, column)
        unit = 100 if column == "bias" else 1
        return [Cell(f"{WORDS[loss]}, batches of {BATCH}", tuple(unit * values))]

    return cells


_DOUBLINGS = "doublings of recall"

CLAIMS = (
    claim(
        "max_harder_to_optimise",
        "The max loss is harder to optimise",
        "Problem of the maximal triplet loss",
        "Harder to optimize",
        "From a random start the max loss takes more epochs than the sum to a recall at 10 of one "
        "half on validation pictures.",
        "collapse",
        "epochs",
        Region.above(0),
        _slower_than_sum("random"),
        "A loss that never gets there counts as one epoch more than the training has.",
    ),
    claim(
        "max_harder_from_pretrained",
        "The max loss is harder to optimise from pretrained encoders too",
        "Problem of the maximal triplet loss",
        "Harder to optimize",
        "From encoders taught the attributes of other scenes the max loss takes more epochs than "
        "the sum to a recall at 10 of one half.",
        "collapse",
        "epochs",
        Region.above(0),
        _slower_than_sum("pretrained"),
        "The source trains from pretrained networks, and its max loss did not collapse.",
    ),
    claim(
        "smooth_losses_learn_faster",
        "SimCLR needs fewer epochs, each loss at its best rate",
        "Conclusions",
        "Smooth loss functions are easier for optimization",
        "At the learning rate that is best for each on validation pictures, SimCLR needs fewer "
        "epochs to a recall at 10 of one half than the sum and the max triplet losses.",
        "rates",
        "epochs",
        Region.below(0),
        _faster_at_its_best_rate,
        "The rate is chosen by the final recall, not by the speed.",
        figure="rates_epochs",
    ),
    claim(
        "smooth_losses_take_more_rates",
        "SimCLR works at more learning rates",
        "Conclusions",
        "Smooth loss functions are easier for optimization",
        "Of four learning rates from 0.0003 to 0.01, more give SimCLR half the best recall at 10 "
        "of any loss than give it to the sum or the max.",
        "rates",
        "rates",
        Region.above(0),
        _more_usable_rates,
        "A hinge is piecewise linear and a sum of many hinges nearly smooth: what separates the "
        "losses is how many negatives they hear.",
    ),
    claim(
        "max_hears_one_negative",
        "The max hears one negative of a picture",
        "Problem of the maximal triplet loss",
        "MAX squeezes information about other samples",
        "The effective number of negatives in a picture's gradient of the max loss is below 2.",
        "negatives",
        "negatives",
        Region.below(2),
        _effective("max_triplet"),
        "True of any maximum without ties.",
        by_construction=True,
    ),
    claim(
        "simclr_hears_many_negatives",
        "SimCLR hears many negatives of a picture",
        "Our approach",
        "It does not have any problems mentioned before",
        "After training, the effective number of negatives in a picture's gradient of SimCLR is "
        "above 10, of 255.",
        "negatives",
        "negatives",
        Region.above(10),
        _effective("simclr"),
        "The temperature decides: at 0.07 a negative that scores 0.07 higher has e times the "
        "share. The bound of ten is ours.",
    ),
    claim(
        "max_less_robust_to_outliers",
        "Mismatched captions harm the max loss more than SimCLR",
        "Problem of the maximal triplet loss",
        "Not robust to outliers",
        "With a fifth of the training captions mismatched, the max loss after a warm-up keeps a "
        "smaller share of its recall at 10 than SimCLR.",
        "outliers",
        _DOUBLINGS,
        Region.below(0),
        _max_loses_more("simclr"),
        "The max loss from the start collapses and has nothing to lose; so it is the one with a "
        "warm-up that is compared.",
        figure="outliers_lost",
    ),
    claim(
        "max_less_robust_than_others",
        "Mismatched captions harm the max loss more than the sum and Barlow Twins",
        "Problem of the maximal triplet loss",
        "Not robust to outliers",
        "With a fifth of the training captions mismatched, the max loss after a warm-up keeps a "
        "smaller share of its recall at 10 than the sum and Barlow Twins.",
        "outliers",
        _DOUBLINGS,
        Region.below(0),
        _max_loses_more("sum_triplet", "barlow_twins"),
        "The objection tried on the losses that the source does not name. Barlow Twins is scored "
        "by standardised embeddings.",
        figure="outliers_lost",
    ),
    claim(
        "simclr_robust_to_outliers",
        "SimCLR is robust to mismatched captions",
        "Our approach",
        "It does not have any problems mentioned before",
        "With a fifth of the training captions mismatched, SimCLR keeps 90 % of its recall at 10.",
        "outliers",
        _DOUBLINGS,
        Region.no_worse_score(0.152),
        _simclr_keeps,
        "log2 of 0.9 is -0.152. Four fifths of the captions are right, and the mismatched ones "
        "are pulled towards wrong pictures as any others are.",
        figure="outliers_lost",
    ),
    claim(
        "batch_maximum_is_biased",
        "The maximum of a batch is biased",
        "Problem of the maximal triplet loss",
        "Batch maximum is a biased estimator of the original loss.",
        "With batches of 256 the mean max loss is below that of all 3,000 pairs at once.",
        "batches",
        "percent",
        Region.below(0),
        _bias("max_triplet", "bias"),
        "A maximum over fewer is never larger.",
        by_construction=True,
    ),
    claim(
        "sum_of_a_batch_is_unbiased",
        "The sum of a batch, scaled up, is unbiased",
        "Problem of the maximal triplet loss",
        "Batch maximum is a biased estimator of the original loss.",
        "With batches of 256, scaled up to the number of pairs, the mean sum triplet loss is "
        "within 2 % of that of all pairs.",
        "batches",
        "percent",
        Region.within(2),
        _bias("sum_triplet", "bias"),
        "In expectation it is exactly unbiased; what is seen is chance.",
        by_construction=True,
    ),
    claim(
        "simclr_of_a_batch_is_unbiased",
        "SimCLR of a batch is unbiased",
        "Our approach",
        "It does not have any problems mentioned before",
        "With batches of 256, their denominators scaled up, the mean SimCLR loss is within 0.05 "
        "nats of that of all pairs.",
        "batches",
        "nats",
        Region.within(0.05),
        _bias("simclr", "absolute"),
        "The logarithm of a mean is biased downwards (Jensen), the more the fewer negatives weigh "
        "in: small batches at a low temperature. The bound is ours.",
    ),
    claim(
        "barlow_twins_of_a_batch_is_unbiased",
        "Barlow Twins of a batch is unbiased",
        "Problem of the maximal triplet loss",
        "Batch maximum is a biased estimator of the original loss.",
        "With batches of 256 the mean Barlow Twins loss is within 2 % of that of all pairs.",
        "batches",
        "percent",
        Region.within(2),
        _bias("barlow_twins", "bias"),
        "The objection tried on the other new loss. Squared correlations of a small batch are too "
        "large by about 1 / batch each, and there are thousands of them.",
        figure="batches_barlow",
    ),
)
