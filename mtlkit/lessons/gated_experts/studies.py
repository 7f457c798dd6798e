"""The figures of chapter 3 of yan2020, and what its sentences ask, as sets of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from mtlkit.core.study import Setting, Study, Tables
from mtlkit.lessons.gated_experts.config import STRATEGIES, GatedConfig

SEEDS = 5
TOLERANCE = 0.5
LOOSE: Mapping[str, float] = {"rand_index": 1.0, "within_minus_between": 1.0, "signal": 1.0}

PENALTIES = (0.01, 0.1, 0.5)
"""Lambdas of Fig. 3.1; 0.1 is the source's."""


def _setting(scale: str, labels: Mapping[str, Any], **settings: Any) -> Setting:
    """At `smoke`, two seeds are enough to run through."""
    seeds = 2 if scale == "smoke" else SEEDS
    return Setting(GatedConfig.preset(scale, **settings), seeds, labels)


def _on_digits(scale: str) -> str:
    """The scale of what only families of digits can show, whatever the others run on."""
    return "lesson" if scale == "paper" else scale


def _by_strategy(
    scale: str, strategies: Iterable[str], labels: Mapping[str, Any], **settings: Any
) -> list[Setting]:
    """A config for each strategy, so that studies share what they have in common."""
    return [_setting(scale, labels, strategies=(name,), **settings) for name in strategies]


def _sizes(scale: str) -> tuple[int, ...]:
    """Pictures of a task: the source's 12.5 to 50 thousand are 625 to 2,500 of a task."""
    return {"smoke": (10, 20), "lesson": (15, 30, 60, 120, 250), "paper": (560, 1125, 2250)}[scale]


def _small_and_large(scale: str) -> tuple[int, int]:
    """Pictures of a task in Fig. 3.3: a quarter of the data, and all of them."""
    sizes = {"smoke": (10, 20), "lesson": (60, 250), "paper": (560, 2250)}
    return sizes[scale]


def _penalties(scale: str) -> tuple[float, ...]:
    return (0.1,) if scale == "smoke" else PENALTIES


def _gated(scale: str, labels: Mapping[str, Any], **settings: Any) -> list[Setting]:
    """Learned gates with each penalty; the penalty is a label."""
    return [
        _setting(
            scale, {**labels, "penalty": value}, strategies=("gated",), penalty=value, **settings
        )
        for value in _penalties(scale)
    ]


def _figure_3_1(scale: str) -> Sequence[Setting]:
    """The controls' penalty, which they do not read, is the preset's: so frozen gates at the
    learned density have that of lambda 0.1."""
    settings = []
    for size in _sizes(scale):
        labels = {"images": size}
        settings += _gated(scale, labels, images_per_task=size)
        settings += _by_strategy(
            scale,
            ("ungated", "frozen_half", "frozen_density"),
            {**labels, "penalty": 0.1},
            images_per_task=size,
        )
    return settings


def _methods(scale: str) -> Sequence[Setting]:
    return _by_strategy(scale, GatedConfig.PRESETS[scale].get("strategies", STRATEGIES), {})


def _experts(scale: str) -> tuple[int, ...]:
    return {"smoke": (2, 3), "lesson": (1, 2, 4, 8, 20, 50, 100), "paper": (20, 50, 100)}[scale]


def _figure_3_2(scale: str) -> Sequence[Setting]:
    """Gated by lambda on the larger data, ungated by M; each selection is a row of the table."""
    large = _small_and_large(scale)[1]
    penalties = (0.1,) if scale == "smoke" else (0.003, 0.01, 0.03, 0.1, 0.3)
    settings = [
        _setting(
            scale,
            {"penalty": value, "experts_m": GatedConfig.preset(scale).experts},
            strategies=("gated",),
            penalty=value,
            images_per_task=large,
        )
        for value in penalties
    ]
    settings += [
        _setting(
            scale,
            {"penalty": 0.1, "experts_m": count},
            strategies=("ungated",),
            experts=count,
            images_per_task=large,
        )
        for count in _experts(scale)
    ]
    return settings


def _figure_3_3(scale: str) -> Sequence[Setting]:
    return [
        _setting(scale, {"images": size}, strategies=("gated",), images_per_task=size)
        for size in _small_and_large(scale)
    ]


def _structure(scale: str) -> Sequence[Setting]:
    """Who finds the families, with how many pictures."""
    return [
        setting
        for size in _sizes(scale)
        for setting in _by_strategy(
            scale, ("gated", "routed", "top_k"), {"images": size}, images_per_task=size
        )
    ]


def _estimators(scale: str) -> Sequence[Setting]:
    ways: tuple[tuple[str, str, int], ...] = (
        ("score_function", "none", 1),
        ("score_function", "task_mean", 1),
        ("score_function", "leave_one_out", 2),
        ("score_function", "leave_one_out", 4),
        ("gumbel_softmax", "none", 1),
        ("straight_through", "none", 1),
    )
    return [
        _setting(
            scale,
            {"estimator": estimator, "baseline": kind, "gate_samples": samples},
            strategies=("gated",),
            estimator=estimator,
            baseline=kind,
            gate_samples=samples,
        )
        for estimator, kind, samples in ways
    ]


def _printed_settings(scale: str) -> Sequence[Setting]:
    """The live default, the printed settings, and the default with one of them at a time.

    On digits at every scale: elsewhere nobody knows the families that gates should find.
    """
    scale = _on_digits(scale)
    printed: Mapping[str, Mapping[str, Any]] = {
        "mixture weights": {"mixture_start": "normal"},
        "one rate": {"gate_rate": 0.001},
        "one sample, no baseline": {"gate_samples": 1, "baseline": "none"},
    }
    everything = {name: value for settings in printed.values() for name, value in settings.items()}
    cases: dict[str, Mapping[str, Any]] = {"what works": {}, **printed, "as printed": everything}
    return [
        _setting(scale, {"case": case}, strategies=("gated",), **settings)
        for case, settings in cases.items()
    ]


def _diversity(scale: str) -> Sequence[Setting]:
    """Families of tasks by experts; as many tasks, so that only their diversity grows."""
    scale = _on_digits(scale)
    families, counts = ((1, 2), (2, 3)) if scale == "smoke" else ((1, 2, 4, 10), (2, 4, 8, 16))
    return [
        _setting(
            scale,
            {"families": number, "experts_m": count},
            strategies=("gated",),
            families=number,
            experts=count,
        )
        for number in families
        for count in counts
    ]


def _two_layers(scale: str) -> Sequence[Setting]:
    scale = _on_digits(scale)
    return [
        setting
        for layers in (1, 2)
        for setting in _by_strategy(
            scale, ("gated", "ungated"), {"gating_layers": layers}, gating_layers=layers
        )
    ]


def _accuracies(tables: Tables) -> pd.DataFrame:
    """Means over tasks, of each selection: accuracy in percent, loss, experts, shift, rescues."""
    names = ["seed", "strategy", "selection"]
    found = tables["selections"].groupby(names, sort=False)
    means = found[["accuracy", "loss", "experts", "shift"]].mean()
    means["accuracy"] *= 100
    means["rescued_tasks"] = found["rescued"].sum()
    means["read"] = found["read"].first()
    return means.reset_index()


def _read(tables: Tables) -> pd.DataFrame:
    """The same of the selection that each strategy is read with, with structure and costs.

    `k_in_training` is the expected number of experts of a task in one draw of the gates, the mean
    over tasks and the whole training.
    """
    found = _accuracies(tables)
    found = found[found["read"]].drop(columns=["read", "selection"])
    structure = tables["structure"]
    first = structure[structure["layer"] == 1].drop(columns=["layer", "rescued_tasks"])
    names = ["seed", "strategy"]
    costs = tables["costs"].drop(columns="operations_in_training")
    found = found.merge(first, on=names).merge(costs, on=names)
    density = tables["history"].groupby(names)["density"].mean()
    return found.merge(density.rename("k_in_training").reset_index(), on=names)


def _gates(tables: Tables) -> pd.DataFrame:
    """Every gate's probability."""
    return tables["gates"]


def _of_layers(tables: Tables) -> pd.DataFrame:
    """Accuracy beside the structure of each gating layer."""
    found = _accuracies(tables)
    found = found[found["read"]][["seed", "strategy", "accuracy", "loss"]]
    return found.merge(tables["structure"], on=["seed", "strategy"])


def _with_gradients(tables: Tables) -> pd.DataFrame:
    """Signal and noise at the start, in the middle and at the end of a training."""
    return tables["gradients"]


def _study(
    name: str,
    title: str,
    question: str,
    source: str,
    settings: Callable[[str], Sequence[Setting]],
    reduce: Callable[[Tables], pd.DataFrame],
) -> Study:
    return Study(name, title, question, source, settings, reduce, TOLERANCE, LOOSE)


STUDIES: Mapping[str, Study] = {
    study.name: study
    for study in (
        _study(
            "methods",
            "Ways to choose experts",
            "With the same steps and pictures, who is best, and what is the gain made of?",
            "yan2020, section 3.3",
            _methods,
            _read,
        ),
        _study(
            "figure_3_1",
            "Fig. 3.1: accuracy by amount of data",
            "From how much data on do learned gates beat an ungated mixture, and frozen ones?",
            "yan2020, Fig. 3.1",
            _figure_3_1,
            _read,
        ),
        _study(
            "figure_3_2",
            "Fig. 3.2: accuracy by number of experts used",
            "Which experts should a task keep after training, and how many?",
            "yan2020, Fig. 3.2",
            _figure_3_2,
            _accuracies,
        ),
        _study(
            "figure_3_3",
            "Fig. 3.3: gates after training on little and on much data",
            "Which tasks choose the same experts?",
            "yan2020, Fig. 3.3",
            _figure_3_3,
            _gates,
        ),
        _study(
            "structure",
            "Who finds the families",
            "Do gates find the true families, and does it take much data?",
            "yan2020, section 3.5",
            _structure,
            _read,
        ),
        _study(
            "gradient_noise",
            "Noise of the gates' gradient",
            "How much does a baseline take from the variance of the score-function gradient?",
            "yan2020, equation (3.3) and section 3.6",
            _figure_3_3,
            _with_gradients,
        ),
        _study(
            "estimators",
            "Ways to estimate the gates' gradient",
            "Does less variance make better gates?",
            "yan2020, equation (3.3)",
            _estimators,
            _read,
        ),
        _study(
            "printed_settings",
            "The printed settings, one by one",
            "Which of the printed settings keep gates from finding the families?",
            "yan2020, section 3.2",
            _printed_settings,
            _read,
        ),
        _study(
            "diversity",
            "More families of tasks",
            "Do more diverse tasks need more experts, and not more of them each?",
            "yan2020, section 3.1",
            _diversity,
            _read,
        ),
        _study(
            "two_layers",
            "Two gating layers",
            "What do two gating layers, one above the other, choose?",
            "yan2020, section 3.6",
            _two_layers,
            _of_layers,
        ),
    )
}


def example(scale: str) -> Setting:
    """Learned gates beside an ungated mixture and frozen gates."""
    seeds = 2 if scale == "smoke" else 3
    shown = ("gated", "ungated", "frozen_half")
    return Setting(GatedConfig.preset(scale, strategies=shown), seeds, {})
