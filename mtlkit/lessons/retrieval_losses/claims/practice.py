"""What the source found in practice: schedules, parts, captions, hyper-parameters, encoders."""

from __future__ import annotations

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, by_seed, difference
from mtlkit.core.region import Region
from mtlkit.lessons.retrieval_losses.claims.comparing import WORDS, best, claim, read


def _multistep_ahead(table: pd.DataFrame) -> list[Cell]:
    """Each schedule at the rate that is better for it on validation pictures."""

    def at_best(name: str, schedule: str) -> pd.Series[float]:
        own: dict[str, object] = {"strategy": name, "schedule": schedule}
        rate = best(table, "learning_rate", **own)
        return read(table, "recall_10", learning_rate=rate, **own)

    return [
        difference(
            at_best(name, "multistep"), at_best(name, other), f"{WORDS[name]}, against {words}"
        )
        for name in table["strategy"].unique()
        for other, words in (("cosine", "cosine"), ("warmup", "warm-up"))
    ]


def _simclr_at_its_best(table: pd.DataFrame) -> list[Cell]:
    """SimCLR and the sum, each at the schedule and rate that are best for it on validation."""

    def at_best(name: str) -> pd.Series[float]:
        own = table[table["strategy"] == name]
        means = own.groupby(["schedule", "learning_rate"])["validation_10"].mean()
        schedule, rate = means.index[int(means.argmax())]
        return read(own, "recall_10", schedule=schedule, learning_rate=rate)

    return [difference(at_best("simclr"), at_best("sum_triplet"), "each at its best")]


def _whole_ahead(part: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        return [
            difference(
                read(table, "recall_10", strategy=name, trained="whole"),
                read(table, "recall_10", strategy=name, trained=part),
                WORDS[name],
            )
            for name in table["strategy"].unique()
        ]

    return cells


def _recall(table: pd.DataFrame, split: str, **chosen: object) -> pd.Series[float]:
    return read(table[table["split"] == split], "recall_10", **chosen)


def _smaller_gap(table: pd.DataFrame) -> list[Cell]:
    """Training less test recall at 10, with one caption drawn less with always the first."""
    gaps = {
        (name, captions): _recall(table, "train", strategy=name, captions=captions)
        - _recall(table, "test", strategy=name, captions=captions)
        for name in table["strategy"].unique()
        for captions in ("random", "first")
    }
    return [
        difference(gaps[name, "random"], gaps[name, "first"], WORDS[name])
        for name in table["strategy"].unique()
    ]


def _better_on_test(table: pd.DataFrame) -> list[Cell]:
    return [
        difference(
            _recall(table, "test", strategy=name, captions="random"),
            _recall(table, "test", strategy=name, captions="first"),
            WORDS[name],
        )
        for name in table["strategy"].unique()
    ]


def _best_less_worst(table: pd.DataFrame) -> list[Cell]:
    """Of each loss, over the values of its parameter; which are best and worst says validation."""
    found = []
    for name, rows in table.groupby("strategy", sort=False):
        means = rows.groupby("value")["validation_10"].mean()
        high, low = means.idxmax(), means.idxmin()
        found.append(
            difference(
                read(rows, "recall_10", value=high),
                read(rows, "recall_10", value=low),
                f"{WORDS[str(name)]}, {high:g} against {low:g}",
            )
        )
    return found


def _loss_decides(table: pd.DataFrame) -> list[Cell]:
    """What the transformer adds to the bag of words with SimCLR, less what it adds otherwise."""

    def gain(name: str) -> pd.Series[float]:
        scoring = "standardised" if name == "barlow_twins" else "cosine"
        rows = table[(table["strategy"] == name) & (table["scoring"] == scoring)]
        both = [
            by_seed(rows[rows["text_encoder"] == encoder], "recall_10")
            for encoder in ("transformer", "bag")
        ]
        shared = both[0].index.intersection(both[1].index)
        return 100 * (both[0].loc[shared] - both[1].loc[shared])

    return [
        difference(gain("simclr"), gain(name), f"against {WORDS[name]}")
        for name in ("sum_triplet", "max_triplet", "barlow_twins")
    ]


CLAIMS = (
    claim(
        "multistep_beats_other_schedules",
        "Halving the rate in steps beats cosine and warm-up",
        "The main problems we faced",
        "MultiStepLR scheduler with reduction by 0.5 on 1,4,10 epochs performs better than "
        "CosineAnnealingLR and GradualWarmup",
        "Recall at 10 of SimCLR and of the sum with the rate halved after epochs 1, 4 and 10 is "
        "higher than with a cosine and with a warm-up, each at the better of two rates.",
        "schedules",
        "points",
        Region.above(0),
        _multistep_ahead,
        "An epoch of the source has some hundred steps and one of ours eleven: here the rate is "
        "halved before much is learned.",
    ),
    claim(
        "simclr_best_at_the_best_schedule",
        "SimCLR beats the sum, each at its best schedule and rate",
        "Conclusions",
        "The new (in the domain) SimCLR loss showed much better performance",
        "At the schedule and the learning rate that are best for each on validation pictures, "
        "SimCLR's recall at 10 is higher than the sum triplet loss'.",
        "schedules",
        "points",
        Region.above(0),
        _simclr_at_its_best,
        "Four schedules and two rates. The printed schedule stops learning early here, and the "
        "losses do not suffer alike from that.",
    ),
    *(
        claim(
            f"whole_model_beats_{part}",
            f"Training the whole model beats training {words}",
            "The main problems we faced",
            "Training the whole model is better than training only projections or only one branch",
            f"From pretrained encoders, recall at 10 is higher when all parts learn than when "
            f"{rest}.",
            "trained",
            "points",
            Region.above(0),
            _whole_ahead(part),
            "Encoders are taught the attributes of other scenes of one object beforehand, which "
            "stands in for ImageNet and a language corpus. Both projections always learn.",
        )
        for part, words, rest in (
            ("projections", "the projections", "only the projections do"),
            ("image", "the image encoder", "the text encoder stands still"),
            ("text", "the text encoder", "the image encoder stands still"),
        )
    ),
    claim(
        "one_caption_of_five_curbs_overfitting",
        "Drawing one caption of five curbs overfitting",
        "The main problems we faced",
        "MS COCO contains 5 captions per image => randomly choose one",
        "Recall at 10 on training pictures less that on test pictures is smaller with one of five "
        "captions drawn in each epoch than with always the first.",
        "captions",
        "points",
        Region.below(0),
        _smaller_gap,
        "Training pictures are searched with all five captions, of which the other has seen one.",
    ),
    claim(
        "one_caption_of_five_retrieves_better",
        "Drawing one caption of five retrieves better",
        "The main problems we faced",
        "MS COCO contains 5 captions per image => randomly choose one",
        "Recall at 10 on test pictures is higher with one of five captions drawn in each epoch "
        "than with always the first.",
        "captions",
        "points",
        Region.above(0),
        _better_on_test,
        'The source names it under "Overfitting and low metrics".',
    ),
    claim(
        "hyperparameters_matter",
        "Margin and temperature matter much",
        "Conclusions",
        "Choice of right hyper-parameters significantly affect the final performance",
        "Between the best and the worst of a loss' values, chosen on validation pictures, lie at "
        "least 5 points of recall at 10, for SimCLR's temperature and for the margins.",
        "hyperparameters",
        "points",
        Region.above(5),
        _best_less_worst,
        "It hangs on how far one goes: temperatures from 0.02 to 0.5, margins from 0.05 to 1.",
    ),
    claim(
        "transformers_want_the_right_loss",
        "A transformer gains more from SimCLR than from other losses",
        "Conclusions",
        "Transformers may not show the best results in a combination with inappropriate loss "
        "functions",
        "What a small transformer adds to the recall at 10 of a bag of words is more with SimCLR "
        "than with the sum, the max and Barlow Twins.",
        "encoders",
        "points",
        Region.above(0),
        _loss_decides,
        "The source compares no encoders. Ours are small and learn from 15,000 captions.",
    ),
)
