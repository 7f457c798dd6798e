"""Table 6.1 of nahm2020, and what its sentences ask, as sets of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from mtlkit.core.study import Setting, Study, Tables
from mtlkit.lessons.retrieval_task_weights.config import WeightedRetrievalConfig

SEEDS = 5
TOLERANCE = 0.5
LOOSE: Mapping[str, float] = {"uncertainty": 1.0, "weight": 1.0, "noisy_loss": 1.0, "map": 1.0}

LEARNED = ("learned_kendall", "learned_printed", "equal")


def _setting(scale: str, labels: Mapping[str, Any], **settings: Any) -> Setting:
    """At `smoke`, two seeds are enough to run through."""
    seeds = 2 if scale == "smoke" else SEEDS
    return Setting(WeightedRetrievalConfig.preset(scale, **settings), seeds, labels)


def _noises(scale: str) -> list[tuple[float, float]]:
    """Each collection's noise 0 to 3 with the other's at 1: seven pairs."""
    levels = (0.0, 1.0) if scale == "smoke" else (0.0, 1.0, 2.0, 3.0)
    pairs = [(level, 1.0) for level in levels] + [(1.0, level) for level in levels]
    return list(dict.fromkeys(pairs))


def _labels(noise: tuple[float, float]) -> dict[str, Any]:
    return {"noise_sentences": noise[0], "noise_tags": noise[1]}


def _dimensions(scale: str) -> tuple[int, ...]:
    return (4, 8) if scale == "smoke" else (16, 32, 64)


def _table_6_1(scale: str) -> Sequence[Setting]:
    return [
        _setting(
            scale,
            {"d": dimensions, **_labels(noise)},
            dimensions=dimensions,
            noise=noise,
            strategies=(strategy,),
        )
        for dimensions in _dimensions(scale)
        for noise in _noises(scale)
        for strategy in LEARNED
    ]


def _tuned(scale: str) -> Sequence[Setting]:
    """At d = 32, where `table_6_1` has the learned and equal weights."""
    strategies = (*LEARNED, "difficulty", "hand_tuned")
    return [
        _setting(scale, _labels(noise), noise=noise, strategies=(strategy,))
        for noise in _noises(scale)
        for strategy in strategies
    ]


def _alone(scale: str) -> Sequence[Setting]:
    """One collection by itself at each of its noises; both together, the other's noise at 1."""
    found = []
    for noise in _noises(scale):
        found += [
            _setting(scale, _labels(noise), noise=noise, strategies=(strategy,))
            for strategy in ("learned_kendall", "equal")
        ]
        if noise[1] == 1:
            found.append(
                _setting(scale, _labels(noise), noise=noise, strategies=("sentences_alone",))
            )
        if noise[0] == 1:
            found.append(_setting(scale, _labels(noise), noise=noise, strategies=("tags_alone",)))
    return found


def _raw_text(scale: str) -> Sequence[Setting]:
    """Misspellings and stray tags, together from none to many, at three label noises."""
    few = scale == "smoke"
    slips = ((0.0, 0.0), (0.1, 1.0)) if few else ((0.0, 0.0), (0.1, 1.0), (0.2, 2.0), (0.4, 4.0))
    generated = {"data": "captioned_scenes", "features": "classical"} if scale == "paper" else {}
    more = {"n_train": 2000, "n_test": 500} if scale == "paper" else {}
    return [
        _setting(
            scale,
            {"misspelt": misspelt, "stray": stray, "noise_tags": level},
            misspelt=misspelt,
            stray=stray,
            noise=(1.0, level),
            strategies=("learned_kendall",),
            **generated,
            **more,
        )
        for misspelt, stray in slips
        for level in ((0.0, 1.0) if few else (0.0, 1.0, 2.0, 3.0))
    ]


def _reduction(scale: str) -> Sequence[Setting]:
    """Fewer components of the captions' features, the pictures' as they are, at each noise."""
    few = scale == "smoke"
    return [
        _setting(
            scale,
            {"text_components": components, **_labels(noise)},
            text_components=components,
            noise=noise,
            strategies=("learned_kendall",),
        )
        for components in ((4, 16) if few else (4, 8, 16, 32, 128))
        for noise in ([(1.0, 1.0)] if few else [(1.0, 1.0), (2.0, 1.0), (1.0, 2.0), (3.0, 3.0)])
    ]


def _rates(scale: str) -> Sequence[Setting]:
    """The printed rate for all parameters, others, and the loss as a sum."""
    rates = (0.00001, 0.003) if scale == "smoke" else (0.00001, 0.0001, 0.001, 0.003, 0.01)
    return [
        _setting(
            scale,
            {"learning_rate": rate, "log_variance_rate": own, "summed": summed},
            learning_rate=rate,
            log_variance_rate=own,
            summed=summed,
            strategies=("learned_kendall",),
            noise=(1.0, 2.0),
        )
        for summed in (False, True)
        for rate in rates
        for own in dict.fromkeys((rate, 0.03))
    ]


def _map(tables: Tables) -> pd.DataFrame:
    """MAP of each direction, beside the learned s and weights of its task."""
    weights = tables["weights"].drop(columns=["noise", "flip_rate"])
    return tables["map"].merge(weights, on=["seed", "strategy", "task"])


def _curves(tables: Tables) -> pd.DataFrame:
    return tables["history"].reset_index(drop=True)


def _weights_over_epochs(scale: str) -> Sequence[Setting]:
    return [
        _setting(scale, _labels(noise), noise=noise, strategies=(strategy,))
        for noise in (
            [(1.0, 1.0)] if scale == "smoke" else [(0.0, 1.0), (1.0, 1.0), (3.0, 1.0), (1.0, 3.0)]
        )
        for strategy in ("learned_kendall", "difficulty")
    ]


def _study(
    name: str,
    title: str,
    question: str,
    place: str,
    settings: Callable[[str], Sequence[Setting]],
    reduce: Callable[[Tables], pd.DataFrame] = _map,
) -> Study:
    return Study(name, title, question, f"nahm2020, {place}", settings, reduce, TOLERANCE, LOOSE)


STUDIES: Mapping[str, Study] = {
    study.name: study
    for study in (
        _study(
            "table_6_1",
            "Table 6.1: MAP by label noise",
            "How does retrieval suffer as one collection's labels get worse?",
            "Table 6.1",
            _table_6_1,
        ),
        _study(
            "tuned",
            "Learned against other weights",
            "Are learned weights as good as equal ones, and as the best of a grid?",
            "chapter 6 and section 7.2",
            _tuned,
        ),
        _study(
            "alone",
            "One collection or two",
            "Does a second collection help the first?",
            "chapter 1",
            _alone,
        ),
        _study(
            "raw_text",
            "Misspellings and stray tags",
            "Is it the noise of the tags themselves that makes retrieval fall faster?",
            "section 6.5",
            _raw_text,
        ),
        _study(
            "reduction",
            "Stronger reduction of the text",
            "Do fewer dimensions of the more complex modality make it more robust?",
            "section 7.1",
            _reduction,
        ),
        _study(
            "rates",
            "The printed learning rate",
            "Does the printed rate learn anything, and the loss as a sum?",
            "section 6.3",
            _rates,
        ),
        _study(
            "weights",
            "Weights over the epochs",
            "Which way do the weights go, and when?",
            "section 6.5",
            _weights_over_epochs,
            _curves,
        ),
    )
}


def example(scale: str) -> Setting:
    """Learned and equal weights, the tags' labels noisier."""
    seeds = 2 if scale == "smoke" else 3
    return Setting(WeightedRetrievalConfig.preset(scale, noise=(1.0, 2.0)), seeds, {})
