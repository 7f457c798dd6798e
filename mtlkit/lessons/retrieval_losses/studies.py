"""The table of epfl_retrieval, and what its sentences ask, as sets of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from mtlkit.core.study import Setting, Study, Tables
from mtlkit.lessons.retrieval_losses.config import SCHEDULES, STRATEGIES, RetrievalConfig
from mtlkit.lessons.retrieval_losses.objective import parameter_of

SEEDS = 5
FEW_SEEDS = 3
"""For what no sentence of the source hangs on, or what takes longest."""

TOLERANCE = 0.5
LOOSE: Mapping[str, float] = {
    "epochs_to_half": 1.0,
    "median_rank": 1.0,
    "mean_rank": 1.0,
    "effective": 1.0,
    "largest": 1.0,
    "bias": 1.0,
}

FOUR = ("sum_triplet", "max_triplet", "simclr", "barlow_twins")
"""The source's losses."""


def _setting(scale: str, labels: Mapping[str, Any], seeds: int = SEEDS, **settings: Any) -> Setting:
    """At `smoke`, two seeds are enough to run through."""
    used = 2 if scale == "smoke" else seeds
    return Setting(RetrievalConfig.preset(scale, **settings), used, labels)


def _each(
    scale: str, strategies: Iterable[str], labels: Mapping[str, Any], **settings: Any
) -> list[Setting]:
    """A config for each loss, so that studies share what they have in common."""
    return [_setting(scale, labels, strategies=(name,), **settings) for name in strategies]


def _losses(scale: str) -> Sequence[Setting]:
    return _each(scale, STRATEGIES, {})


def _rates(scale: str) -> Sequence[Setting]:
    rates = (0.001, 0.003) if scale == "smoke" else (0.0003, 0.001, 0.003, 0.01)
    return [
        setting
        for rate in rates
        for setting in _each(
            scale,
            (*FOUR, "max_after_sum"),
            {"learning_rate": rate},
            learning_rate=rate,
        )
    ]


def _outliers(scale: str) -> Sequence[Setting]:
    shares = (0.0, 0.2) if scale == "smoke" else (0.0, 0.1, 0.2)
    return [
        setting
        for share in shares
        for setting in _each(scale, (*FOUR, "max_after_sum"), {"outliers": share}, outliers=share)
    ]


def _collapse(scale: str) -> Sequence[Setting]:
    return [
        setting
        for start in ("random", "pretrained")
        for setting in _each(scale, STRATEGIES[:4], {"start": start}, **_started(scale, start))
    ]


def _started(scale: str, start: str) -> dict[str, Any]:
    """Pretrained encoders are small networks, whatever a scale's own are."""
    return {"start": start} | ({"image_encoder": "cnn"} if scale == "paper" else {})


def _trained(scale: str) -> Sequence[Setting]:
    return [
        setting
        for part in ("whole", "projections", "image", "text")
        for setting in _each(
            scale,
            ("simclr", "sum_triplet"),
            {"trained": part},
            trained=part,
            **_started(scale, "pretrained"),
        )
    ]


def _schedules(scale: str) -> Sequence[Setting]:
    rates = (0.003,) if scale == "smoke" else (0.001, 0.003)
    return [
        setting
        for schedule in SCHEDULES
        for rate in rates
        for setting in _each(
            scale,
            ("simclr", "sum_triplet"),
            {"schedule": schedule, "learning_rate": rate},
            seeds=FEW_SEEDS,
            schedule=schedule,
            learning_rate=rate,
        )
    ]


def _captions(scale: str) -> Sequence[Setting]:
    return [
        setting
        for captions in ("random", "first", "all")
        for setting in _each(
            scale, ("simclr", "sum_triplet"), {"captions": captions}, captions=captions
        )
    ]


def _barlow(scale: str) -> Sequence[Setting]:
    values = (0.05,) if scale == "smoke" else (0.005, 0.05, 0.5)
    return [
        _setting(
            scale,
            {"redundancy": value, "projector": units},
            strategies=("barlow_twins",),
            redundancy=value,
            projector=units,
        )
        for value in values
        for units in ((0, 32) if scale == "smoke" else (0, 256))
    ]


def _hyperparameters(scale: str) -> Sequence[Setting]:
    few = scale == "smoke"
    swept: Mapping[str, tuple[float, ...]] = {
        "simclr": (0.07,) if few else (0.02, 0.07, 0.2, 0.5),
        "sum_triplet": (0.2,) if few else (0.05, 0.2, 0.5, 1.0),
        "max_after_sum": (0.2,) if few else (0.05, 0.2, 0.5),
    }
    return [
        _setting(
            scale,
            {"value": value},
            seeds=FEW_SEEDS,
            strategies=(name,),
            **{parameter_of(name): value},
        )
        for name, values in swept.items()
        for value in values
    ]


EXTENSIONS: Mapping[str, Mapping[str, Any]] = {
    "as printed": {},
    "learned parameter": {"learnable": True},
    "terms within modalities": {"within": 0.5},
}


def _extensions(scale: str) -> Sequence[Setting]:
    return [
        setting
        for extension, settings in EXTENSIONS.items()
        for setting in _each(
            scale,
            ("sum_triplet", "simclr_positive", "barlow_twins"),
            {"extension": extension},
            seeds=FEW_SEEDS,
            **settings,
        )
    ]


def _encoders(scale: str) -> Sequence[Setting]:
    return [
        setting
        for encoder in ("bag", "gru", "transformer")
        for setting in _each(
            scale, FOUR, {"text_encoder": encoder}, seeds=FEW_SEEDS, text_encoder=encoder
        )
    ]


def _retrieval(tables: Tables) -> pd.DataFrame:
    """On test pictures with both scorings, and how the runs went and ended on validation pictures.

    `validation_10` is recall at 10, the mean of both ways, after the last epoch, to choose settings
    by; `others` the mean cosine of a picture with captions of others there (1: collapsed).
    """
    table = tables["retrieval"]
    runs = tables["runs"][["seed", "strategy", "epochs_to_half", "diverged"]]
    by = ["seed", "strategy"]
    history = tables["history"]
    last = history[history["epoch"] == history.groupby(by)["epoch"].transform("max")]
    ends = last.groupby(by, as_index=False)[["recall_10", "others"]].mean()
    found = table[table["split"] == "test"].drop(columns="split").merge(runs)
    return found.merge(ends.rename(columns={"recall_10": "validation_10"}))


def _with_training(tables: Tables) -> pd.DataFrame:
    """Test pictures and as many training pictures."""
    return tables["retrieval"].reset_index(drop=True)


def _curves(tables: Tables) -> pd.DataFrame:
    return tables["history"].drop(columns=["median_rank", "recall_1", "recall_5"])


def _table(name: str) -> Callable[[Tables], pd.DataFrame]:
    """A table as it is, its seeds first."""

    def reduce(tables: Tables) -> pd.DataFrame:
        table = tables[name].reset_index(drop=True)
        return table[["seed", *table.columns.drop("seed")]]

    return reduce


def _study(
    name: str,
    title: str,
    question: str,
    place: str,
    settings: Callable[[str], Sequence[Setting]],
    reduce: Callable[[Tables], pd.DataFrame],
) -> Study:
    return Study(
        name,
        title,
        question,
        f"epfl_retrieval, {place}",
        settings,
        reduce,
        TOLERANCE,
        LOOSE,
    )


STUDIES: Mapping[str, Study] = {
    study.name: study
    for study in (
        _study(
            "losses",
            "The table of results",
            "Which loss retrieves best, in which direction and by which number?",
            "Results",
            _losses,
            _retrieval,
        ),
        _study(
            "curves",
            "Recall over the epochs",
            "Which loss learns fastest, and which collapses?",
            "Results",
            _losses,
            _curves,
        ),
        _study(
            "negatives",
            "Whom a loss listens to",
            "How many negatives share a picture's gradient?",
            "Problem of the maximal triplet loss",
            _losses,
            _table("negatives"),
        ),
        _study(
            "batches",
            "What a batch says of the gallery",
            "Is the loss of a batch that of all pairs, and from which size on?",
            "Problem of the maximal triplet loss",
            _losses,
            _table("batches"),
        ),
        _study(
            "rates",
            "Learning rates",
            "How fast does each loss get somewhere, and at how many rates?",
            "Problem of the maximal triplet loss",
            _rates,
            _retrieval,
        ),
        _study(
            "collapse",
            "The start of the max loss",
            "Does a warm-up or a pretrained start keep the max loss from collapsing?",
            "Problem of the maximal triplet loss",
            _collapse,
            _retrieval,
        ),
        _study(
            "outliers",
            "Mismatched captions",
            "What does each loss lose where captions belong to other pictures?",
            "Problem of the maximal triplet loss",
            _outliers,
            _retrieval,
        ),
        _study(
            "barlow",
            "Barlow Twins, scored two ways",
            "Did it fail by its lambda, for want of a projector, or by how it was scored?",
            "Results",
            _barlow,
            _retrieval,
        ),
        _study(
            "trained",
            "Which parts learn",
            "Is it better to train all of pretrained encoders, some, or the projections alone?",
            "The main problems we faced",
            _trained,
            _retrieval,
        ),
        _study(
            "schedules",
            "Schedules of the learning rate",
            "Which schedule retrieves best, each at its better rate?",
            "The main problems we faced",
            _schedules,
            _retrieval,
        ),
        _study(
            "captions",
            "One caption of five",
            "Does drawing one of five captions keep from overfitting?",
            "The main problems we faced",
            _captions,
            _with_training,
        ),
        _study(
            "hyperparameters",
            "Margins and temperatures",
            "How much hangs on them?",
            "Conclusions",
            _hyperparameters,
            _retrieval,
        ),
        _study(
            "extensions",
            "Possible extensions",
            "Do learned parameters, or terms within each modality, learn faster or better?",
            "Possible extensions",
            _extensions,
            _curves,
        ),
        _study(
            "encoders",
            "Text encoders by loss",
            "Does a better encoder want another loss?",
            "Conclusions",
            _encoders,
            _retrieval,
        ),
    )
}


def example(scale: str) -> Setting:
    """The two losses that the source is about."""
    return Setting(RetrievalConfig.preset(scale, strategies=("max_triplet", "simclr")), 1, {})
