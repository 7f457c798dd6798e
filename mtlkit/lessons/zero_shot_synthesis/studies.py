"""The tables and figures of yan2020, chapter 5, and what its sentences ask, as sets of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from mtlkit.core.study import Setting, Study, Tables
from mtlkit.data.compositions import EMBEDDED, compositions
from mtlkit.lessons.zero_shot_synthesis.config import (
    BASELINES,
    CONTROL,
    DESIGNS,
    EXTRACTORS,
    SynthesisConfig,
)

SEEDS = 5
TOLERANCE = 0.5
LOOSE: Mapping[str, float] = {}


RATES: Mapping[str, float] = {
    "visprod": 0.01,
    "label_embed": 0.003,
    "red_wine": 0.001,
    "att_operator": 0.03,
}
"""Of the baselines: the learning rates that are best on validation compositions in `rates`.

The generators keep the rate of the preset, which is the lowest that is not worse there than their
best by more than its interval: so a doubt is to the baselines' benefit.
"""


def _setting(
    scale: str, labels: Mapping[str, Any], *, strategies: tuple[str], **settings: Any
) -> Setting:
    """One method, a baseline at its own rate; at `smoke`, two seeds are enough to run through."""
    seeds = 2 if scale == "smoke" else SEEDS
    own = {"learning_rate": RATES[strategies[0]]} if strategies[0] in RATES else {}
    config = SynthesisConfig.preset(scale, strategies=strategies, **{**own, **settings})
    return Setting(config, seeds, labels)


def _held_out(scale: str) -> dict[str, str]:
    """Of the official sets, the split that the source's setting without seen candidates has."""
    return {"split": "compositional"} if scale == "paper" else {}


def _sets(scale: str) -> Sequence[str]:
    """At `paper`, the sets of the printed columns."""
    if scale == "smoke":
        return EMBEDDED[:1]
    return ("mit_states", "ut_zap50k", "stanford_vrd") if scale == "paper" else EMBEDDED


def _table_5_2(scale: str) -> Sequence[Setting]:
    """The control too, which is in no printed table."""
    return [
        _setting(
            scale, {"compositions": data}, data=data, strategies=(strategy,), **_held_out(scale)
        )
        for data in _sets(scale)
        for strategy in (*DESIGNS, CONTROL)
    ]


def _table_5_1(scale: str) -> Sequence[Setting]:
    return [
        _setting(scale, {"compositions": data}, data=data, strategies=(strategy,))
        for data in _sets(scale)[:2]
        for strategy in (*DESIGNS, *BASELINES)
    ]


def _figure_5_4(scale: str) -> Sequence[Setting]:
    extractors = {"smoke": ("pca",), "paper": ("resnet18", "resnet101")}.get(scale, EXTRACTORS)
    more = {"features": 2048} if scale == "paper" else {}
    return [
        _setting(
            scale,
            {"compositions": data, "extractor": extractor},
            data=data,
            extractor=extractor,
            strategies=(strategy,),
            **_held_out(scale),
            **(more if extractor == "resnet101" else {}),
        )
        for data in _sets(scale)
        for extractor in extractors
        for strategy in ("tds", *BASELINES)
    ]


def _images(scale: str) -> Sequence[Setting]:
    """As many steps whatever the number of pictures: what differs is how many are known.

    Of `paper` too on a generated set: an official one has the pictures that it has.
    """
    if scale == "smoke":
        return [
            _setting(scale, {"per_composition": each}, per_composition=each, strategies=("tds",))
            for each in (2, 4)
        ]
    usual = SynthesisConfig.preset("lesson")
    seen = compositions(usual.data, seed=0, unseen=usual.unseen).candidates("train").sum()
    more = {} if scale != "paper" else {"data": usual.data, "extractor": "cnn", "features": 64}
    size = SynthesisConfig.preset(scale, **more).batch_size
    # Whole batches only, as `ZeroShotProgram.batches` has it.
    steps = {each: max(1, int(seen) * each // size) for each in (2, 5, 10, 20, 40)}
    total = usual.epochs * steps[usual.per_composition]
    return [
        _setting(
            scale,
            {"per_composition": each},
            per_composition=each,
            epochs=round(total / steps[each]),
            strategies=(strategy,),
            **more,
        )
        for each in steps
        for strategy in (*DESIGNS, "ridge")
    ]


def _weights(scale: str) -> Sequence[Setting]:
    """Lambda and mu one at a time, then what is left without a part.

    There is no lambda of 0, which would teach the classifier nothing.
    """
    usual = SynthesisConfig.preset(scale)
    few = scale == "smoke"
    classification = (0.01, 0.1) if few else (0.001, 0.01, 0.1, 1.0, 10.0)
    clustering = (0.0, 10.0) if few else (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)
    changes: list[dict[str, float]] = [
        *({"classification": value} for value in classification),
        *({"clustering": value} for value in clustering),
        {"adversarial": 0.0},
        {"adversarial": 0.0, "clustering": 0.0},
        {"noise_scale": 0.0},
        {"noise_scale": 0.0, "adversarial": 0.0},
    ]
    names = ("classification", "clustering", "adversarial", "noise_scale")
    found = []
    for data in _sets(scale)[:2]:
        for change in changes:
            labels = {name: float(change.get(name, getattr(usual, name))) for name in names}
            setting = _setting(
                scale, {"compositions": data, **labels}, data=data, strategies=("tds",), **change
            )
            if setting not in found:
                found.append(setting)
    return found


def _freed(scale: str) -> Sequence[Setting]:
    """Mu as small as lets the critic move features, and the generators still learn."""
    return [
        _setting(
            scale,
            {"compositions": data, "clustering": clustering},
            data=data,
            clustering=clustering,
            strategies=(strategy,),
        )
        for data in _sets(scale)[:2]
        for clustering in (0.01, 0.1)
        for strategy in (*DESIGNS, CONTROL)
    ]


def _rates(scale: str) -> Sequence[Setting]:
    """The printed rates first, of which the word embeddings have the lower one."""
    low, usual = (0.0001, 0.00001), (0.001, 0.001)
    more = [(0.001, 0.0001), *((rate, rate) for rate in (0.0001, 0.0003, 0.003, 0.01, 0.03))]
    rates = [low, usual] if scale == "smoke" else [low, usual, *more, (0.1, 0.1)]
    strategies = ("tds",) if scale == "smoke" else (*DESIGNS, *BASELINES[:-1])
    return [
        _setting(
            scale,
            {"compositions": data, "learning_rate": rate, "embedding_rate": words},
            data=data,
            learning_rate=rate,
            embedding_rate=words,
            strategies=(strategy,),
        )
        for data in _sets(scale)[:2]
        for rate, words in rates
        for strategy in strategies
        if (rate != 0.1 if strategy in DESIGNS else _of_baselines(rate, words))
    ]


def _of_baselines(rate: float, words: float) -> bool:
    """None of them has word embeddings of this kind: one run a rate is enough."""
    return words == (0.00001 if rate == 0.0001 else rate)


def _vectors(scale: str) -> Sequence[Setting]:
    """Of `paper` too on generated sets, whose words have vectors of all kinds."""
    few = scale == "smoke"
    return [
        _setting(
            scale,
            {"compositions": data, "vectors": vectors},
            data=data,
            vectors=vectors,
            strategies=(strategy,),
            **({} if scale != "paper" else {"extractor": "cnn", "features": 64}),
        )
        for data in EMBEDDED[: 1 if few else 2]
        for vectors in (("random", "one_hot") if few else ("random", "one_hot", "corpus"))
        for strategy in (("tds",) if few else ("ss", "tds", "label_embed", "red_wine", "ridge"))
    ]


def _linearity(scale: str) -> Sequence[Setting]:
    """Runs of `figure_5_4`: what is read is of the features."""
    return [
        setting
        for setting in _figure_5_4(scale)
        if setting.config.as_dict()["strategies"][0] == "ridge"
    ]


def _deep(scale: str) -> Sequence[Setting]:
    """The designs that inject noise deep, and the control."""
    return [
        setting
        for setting in _table_5_2(scale)
        if setting.config.as_dict()["strategies"][0] in ("uds", "tds", CONTROL)
    ]


def _designs(scale: str) -> Sequence[Setting]:
    return [
        setting
        for setting in _table_5_2(scale)
        if setting.config.as_dict()["strategies"][0] in DESIGNS
    ]


def _accuracy(tables: Tables) -> pd.DataFrame:
    """At the last epoch, as the source reports it; one right guess."""
    found = tables["accuracy"]
    return found[(found["moment"] == "last") & (found["k"] == 1)].drop(columns=["moment", "k"])


def _test(tables: Tables) -> pd.DataFrame:
    found = _accuracy(tables)
    return found[found["part"] == "test"].drop(columns="part")


def _areas(tables: Tables) -> pd.DataFrame:
    """At the epoch chosen by validation, as the source does in the generalised setting."""
    found = tables["accuracy"]
    return found[found["moment"] == "chosen"].drop(columns="moment")


def _weighed(tables: Tables) -> pd.DataFrame:
    """Accuracies beside how hard each term pulls in the last epoch, and the spread of features."""
    history = tables["history"]
    last = history[history["epoch"] == history["epoch"].max()]
    pulls = last[["seed", *[name for name in last if name.startswith("pull_")]]]
    alike = tables["likeness"].reindex(columns=["seed", "mmd", "mmd_real", "spread"])
    # What has diverged has neither, and stays in the table.
    return _test(tables).merge(pulls, on="seed", how="left").merge(alike, on="seed", how="left")


def _curves(tables: Tables) -> pd.DataFrame:
    columns = ["seed", "strategy", "epoch", "closed_validation", "closed_test", "area"]
    return tables["history"][columns]


def _noise(tables: Tables) -> pd.DataFrame:
    return tables["history"][["seed", "strategy", "epoch", "noise_silhouette", "noise_within"]]


def _study(
    name: str,
    title: str,
    question: str,
    place: str,
    settings: Callable[[str], Sequence[Setting]],
    reduce: Callable[[Tables], pd.DataFrame],
) -> Study:
    return Study(name, title, question, f"yan2020, {place}", settings, reduce, TOLERANCE, LOOSE)


STUDIES: Mapping[str, Study] = {
    study.name: study
    for study in (
        _study(
            "table_5_2",
            "Table 5.2: five generators",
            "Which design teaches the best classifier of unseen compositions?",
            "Table 5.2",
            _table_5_2,
            _accuracy,
        ),
        _study(
            "table_5_1",
            "Table 5.1: the area under seen and unseen accuracy",
            "Do synthetic features serve when seen compositions are among the answers?",
            "Table 5.1",
            _table_5_1,
            _areas,
        ),
        _study(
            "figure_5_4",
            "Figure 5.4: against other methods",
            "Does feature synthesis beat the baselines, whatever makes the features?",
            "Fig. 5.4",
            _figure_5_4,
            _test,
        ),
        _study(
            "curves",
            "Learning curves",
            "Does task-aware noise need fewer epochs?",
            "sections 5.3 and 5.9",
            _designs,
            _curves,
        ),
        _study(
            "images",
            "Pictures of a composition",
            "Does task-aware noise need fewer pictures?",
            "section 5.3",
            _images,
            _test,
        ),
        _study(
            "weights",
            "The weights lambda and mu",
            "Does mu = 10 drown the critic, and what is left without a part?",
            "equation (5.6)",
            _weights,
            _weighed,
        ),
        _study(
            "freed",
            "Five generators, clustered less",
            "Do the designs differ where the clustering loss does not hold their features?",
            "Table 5.2 and equation (5.6)",
            _freed,
            _weighed,
        ),
        _study(
            "rates",
            "Learning rates",
            "Which rate suits each method, on validation compositions?",
            "section 5.7, Experimental Details",
            _rates,
            _accuracy,
        ),
        _study(
            "vectors",
            "Word vectors",
            "Does it matter what is known of the words?",
            "section 5.2",
            _vectors,
            _test,
        ),
        _study(
            "likeness",
            "Synthetic beside real features",
            "Do synthetic features overlap the real ones, in cleaner clusters?",
            "section 5.9, Fig. 5.6",
            _designs,
            lambda tables: tables["likeness"],
        ),
        _study(
            "noise",
            "Injected noise",
            "Does the noise injected last cluster by composition?",
            "section 5.9, Fig. 5.7",
            _deep,
            _noise,
        ),
        _study(
            "linearity",
            "Sums of words",
            "How far is a feature the sum of its attribute's and its object's?",
            "section 5.1",
            _linearity,
            lambda tables: tables["linearity"],
        ),
    )
}


def example(scale: str) -> Setting:
    """The two designs of Fig. 5.7."""
    return Setting(SynthesisConfig.preset(scale, strategies=("uds", "tds")), 2, {})
