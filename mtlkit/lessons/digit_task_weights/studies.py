"""The figures of chapter 5 of nahm2020, and what its claims and conclusion ask, as sets of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from mtlkit.core.study import Setting, Study, Tables
from mtlkit.lessons.digit_task_weights.config import STRATEGIES, DigitConfig
from mtlkit.noise import flip_rate

SEEDS = 10
TOLERANCE = 0.5
LOOSE: Mapping[str, float] = dict.fromkeys(
    ("best_epoch", "stop_epoch", "epochs_to_converge", "epochs_to_90", "epochs"), 1.0
)

ALL = STRATEGIES[:-1]
CORE = ("learned_kendall", "equal")
SHORTEST, LONGEST = "usual", "longer"
TRAININGS: Mapping[str, tuple[int, int]] = {SHORTEST: (1, 1), LONGEST: (4, 3)}
"""Times the epochs and times the patience of the study `longer_training`."""

RATES: Mapping[str, tuple[float, ...]] = {
    "sgd": (0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
    "adam": (0.0003, 0.001, 0.003, 0.01, 0.03),
}
ADAMS_LOG_VARIANCE_RATE = 0.03
"""Adam's steps are as long as its rate: at the network's own, log-variances would hardly move."""

STEPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
BATCHES = (16, 64, 256)
WIDTHS = (4, 8, 16, 32, 64, 128, 256)
"""Of the first shared layer; the second has half."""
_LENGTHS = sorted(settings.get("epochs", 60) for settings in DigitConfig.PRESETS.values())
"""Epochs of the scales."""
COMPONENTS = (2, 4, 8, 16, 32, 64)


def _setting(scale: str, labels: Mapping[str, Any], **settings: Any) -> Setting:
    """At `smoke`, two seeds are enough to run through."""
    return Setting(DigitConfig.preset(scale, **settings), 2 if scale == "smoke" else SEEDS, labels)


def _by_strategy(
    scale: str, strategies: Iterable[str], labels: Mapping[str, Any], **settings: Any
) -> list[Setting]:
    """A config for each strategy, so that studies share what they have in common."""
    return [_setting(scale, labels, strategies=(name,), **settings) for name in strategies]


def _rising(tasks: int) -> tuple[float, ...]:
    """Noise of Fig. 5.2: sigma_i^2 = i."""
    return tuple(float(task + 1) for task in range(tasks))


def _third(level: float | int) -> tuple[float, ...]:
    """Noise of Fig. 5.3: two clean tasks (sigma^2 = 1) and a third."""
    return (1.0, 1.0, float(level))


def _text(noise: Iterable[float]) -> str:
    return ", ".join(f"{level:g}" for level in noise)


def _figure_5_2(scale: str) -> Sequence[Setting]:
    counts = (2,) if scale == "smoke" else (2, 3, 4)
    return [
        setting
        for tasks in counts
        for setting in _by_strategy(scale, ALL, {"tasks": tasks}, noise=_rising(tasks))
    ]


def _levels(scale: str) -> tuple[int, ...]:
    return (1, 4) if scale == "smoke" else (1, 2, 3, 4)


def _figure_5_3(scale: str) -> Sequence[Setting]:
    return [
        setting
        for level in _levels(scale)
        for setting in _by_strategy(scale, ALL, {"noise_3": level}, noise=_third(level))
    ]


def _figure_5_4(scale: str) -> Sequence[Setting]:
    shown = ("learned_kendall", "learned_printed", "sum_normalised", "equal", "hand_tuned")
    return [
        setting
        for level in _levels(scale)
        for setting in _by_strategy(scale, shown, {"noise_3": level}, noise=_third(level))
    ]


def _uncertainty_order(scale: str) -> Sequence[Setting]:
    return _forms(scale, _rising(3))


def _four_uncertainties(scale: str) -> Sequence[Setting]:
    return _forms(scale, _rising(4))


def _forms(scale: str, noise: tuple[float, ...]) -> Sequence[Setting]:
    return _by_strategy(
        scale, ("learned_kendall", "learned_printed"), {"noises": _text(noise)}, noise=noise
    )


def _longer_training(scale: str) -> Sequence[Setting]:
    base = DigitConfig.preset(scale)
    noises = ((1.0, 4.0),) if scale == "smoke" else (_third(3), _third(4), _rising(4))
    return [
        setting
        for noise in noises
        for training, (epochs, patience) in TRAININGS.items()
        for setting in _by_strategy(
            scale,
            ("learned_kendall", "equal", "hand_tuned"),
            {"noises": _text(noise), "training": training},
            noise=noise,
            epochs=epochs * base.epochs,
            patience=patience * base.patience,
        )
    ]


def _granularity(scale: str) -> Sequence[Setting]:
    grids = (2, 3) if scale == "smoke" else (6, 18, 36)
    noises = (_rising(2),) if scale == "smoke" else (_third(1), _third(2), _rising(3))
    settings = []
    for noise in noises:
        common: dict[str, Any] = {"noise": noise}
        named = {"noises": _text(noise)}
        settings += _by_strategy(
            scale, ("learned_kendall", "learned_frozen"), {**named, "grid": 0}, **common
        )
        settings += [
            _setting(
                scale,
                {**named, "grid": points},
                strategies=("hand_tuned",),
                grid_points=points,
                **common,
            )
            for points in grids
        ]
    return settings


def _flip_kinds(scale: str) -> Sequence[Setting]:
    levels = (2.0,) if scale == "smoke" else (1.0, 2.0, 3.0, 4.0)
    alone = [(flip_rate(level),) for level in levels]
    together = tuple(flip_rate(level) for level in _rising(3))
    return [
        setting
        for rates, strategies in (*((rates, CORE[1:]) for rates in alone), (together, CORE))
        for kind in ("uniform", "symmetric")
        for setting in _by_strategy(
            scale,
            strategies,
            {"rates": ", ".join(f"{100 * rate:.1f} %" for rate in rates), "noise_kind": kind},
            noise=rates,
            noise_kind=kind,
        )
    ]


def _optimisers(scale: str) -> Sequence[Setting]:
    return [
        setting
        for optimiser, rates in RATES.items()
        for rate in (rates[-2:] if scale == "smoke" else rates)
        for setting in _by_strategy(
            scale,
            CORE,
            {"optimiser": optimiser, "learning_rate": rate},
            optimiser=optimiser,
            learning_rate=rate,
            log_variance_rate=rate if optimiser == "sgd" else max(rate, ADAMS_LOG_VARIANCE_RATE),
        )
    ]


def _rate_by_noise(scale: str) -> Sequence[Setting]:
    return [
        setting
        for level in (1.0, 4.0)
        for rate in (RATES["sgd"][-2:] if scale == "smoke" else RATES["sgd"])
        for setting in _by_strategy(
            scale,
            CORE,
            {"noises": _text((level,) * 3), "learning_rate": rate},
            noise=(level,) * 3,
            learning_rate=rate,
            log_variance_rate=rate,
        )
    ]


def _step_size(scale: str) -> Sequence[Setting]:
    steps, batches = (STEPS[2:4], BATCHES[1:2]) if scale == "smoke" else (STEPS, BATCHES)
    return [
        setting
        for batch in batches
        for rate in steps
        for setting in _by_strategy(
            scale,
            CORE[:1],
            {"batch_size": batch, "learning_rate": rate},
            batch_size=batch,
            learning_rate=rate,
            log_variance_rate=rate,
        )
    ]


def _width(scale: str) -> Sequence[Setting]:
    return [
        setting
        for noise in (_third(1), _third(4))
        for width in (WIDTHS[:2] if scale == "smoke" else WIDTHS)
        for setting in _by_strategy(
            scale,
            CORE,
            {"noises": _text(noise), "width": width},
            noise=noise,
            widths=(width, width // 2),
        )
    ]


def _components(scale: str) -> Sequence[Setting]:
    return [
        setting
        for noise in (_third(1), _third(4))
        for number in (COMPONENTS[:2] if scale == "smoke" else COMPONENTS)
        for setting in _by_strategy(
            scale,
            CORE,
            {"noises": _text(noise), "inputs": number},
            noise=noise,
            components=number,
        )
    ]


_RUN = ["best_epoch", "stop_epoch", "epochs_to_converge", "epochs_to_90", "diverged"]


def _readings(tables: Tables) -> pd.DataFrame:
    """Test accuracies in three readings, at two choices of the epoch, and how the run went."""
    runs = tables["runs"][["seed", "strategy", *_RUN]]
    return tables["readings"].merge(runs, on=["seed", "strategy"])


def _by_task(tables: Tables) -> pd.DataFrame:
    """Uncertainties with accuracies and losses beside them: a row per strategy, task and seed."""
    accuracy = tables["accuracy"].set_index(["split", "seed", "strategy", "task"])
    held_out = accuracy.loc["validation", ["noisy_loss", "accuracy"]]
    test = accuracy.loc["test", ["accuracy"]]
    beside = held_out.add_prefix("validation_").join(test.add_prefix("test_")).reset_index()
    runs = tables["runs"][["seed", "strategy", *_RUN]]
    return (
        tables["uncertainties"]
        .merge(beside, on=["seed", "strategy", "task"])
        .merge(runs, on=["seed", "strategy"])
    )


def _curves(tables: Tables) -> pd.DataFrame:
    """Learning curves: means over the heads, a row per strategy, seed and epoch of the scale.

    A seed that has stopped, or diverged, keeps its last values, so that every epoch is a mean over
    all seeds.
    """
    columns = ["noisy_validation", "accuracy_validation", "accuracy_test"]
    run = ["seed", "strategy"]
    means = tables["history"].groupby([*run, "epoch"], sort=False)[columns].mean()
    ran = int(means.index.get_level_values("epoch").max())
    epochs = range(min(length for length in _LENGTHS if length >= ran) + 1)
    wide = pd.DataFrame(means.unstack("epoch"))
    found = {}
    for name in columns:
        # Epochs as rows, so that values are carried downwards.
        over_epochs = wide.xs(name, axis=1, level=0).T.reindex(list(epochs)).ffill()
        found[name] = over_epochs.T.stack()
    return pd.DataFrame(found).rename_axis([*run, "epoch"]).reset_index()


def _search(tables: Tables) -> pd.DataFrame:
    """Epochs trained for one choice of weights: of the whole grid, or of one learned run."""
    readings = tables["readings"].query("reading == 'mean'")[["seed", "strategy", "accuracy"]]
    grid = tables.get("hand_tuned_grid")
    if grid is None:
        epochs = tables["runs"].set_index("seed")["stop_epoch"]
    else:
        epochs = grid[grid["task"] == 1].groupby("seed")["stop_epoch"].sum()
    return readings.assign(epochs=readings["seed"].map(epochs))


def _study(
    name: str,
    title: str,
    question: str,
    source: str,
    settings: Callable[[str], Sequence[Setting]],
    reduce: Callable[[Tables], pd.DataFrame] = _readings,
) -> tuple[str, Study]:
    return name, Study(name, title, question, source, settings, reduce, TOLERANCE, LOOSE)


STUDIES: Mapping[str, Study] = dict(
    [
        _study(
            "figure_5_2",
            "More tasks, each noisier than the last",
            "Are learned weights as good as hand-tuned ones, until a fourth task?",
            "nahm2020, Fig. 5.2",
            _figure_5_2,
        ),
        _study(
            "figure_5_3",
            "Three tasks, the third ever noisier",
            "Who stands more noise in the third task, learned weights or hand-tuned ones?",
            "nahm2020, Fig. 5.3",
            _figure_5_3,
        ),
        _study(
            "figure_5_4",
            "Learning curves as the third task gets noisier",
            "How many epochs do learned weights need?",
            "nahm2020, Fig. 5.4",
            _figure_5_4,
            _curves,
        ),
        _study(
            "uncertainty_order",
            "Three noise levels on the same digits",
            "Is the learned uncertainty ordered by the tasks' label noise?",
            "nahm2020, section 5.1, its three-task model",
            _uncertainty_order,
            _by_task,
        ),
        _study(
            "four_uncertainties",
            "Four noise levels on the same digits",
            "Are the uncertainties still learned with a fourth task?",
            "nahm2020, section 5.1, its four-task model",
            _four_uncertainties,
            _by_task,
        ),
        _study(
            "longer_training",
            "Four times the epochs where noise is heavy",
            "Does the dip go away when learned weights are given more time?",
            'nahm2020, section 5.1: "likely due to the longer training times"',
            _longer_training,
        ),
        _study(
            "granularity",
            "Learned weights frozen, and ever finer grids",
            "Is it the fineness of learned weights that helps?",
            'nahm2020, section 5.1: "too granular for a grid search to find"',
            _granularity,
        ),
        _study(
            "flip_kinds",
            "Random against symmetric flips at equal rates",
            "Which label noise is harder?",
            "nahm2020, section 5.1",
            _flip_kinds,
        ),
        _study(
            "optimisers",
            "SGD and Adam, each at many rates",
            "Which optimiser does better, each at its own best rate?",
            "nahm2020, section 5.1",
            _optimisers,
            _by_task,
        ),
        _study(
            "rate_by_noise",
            "Learning rates at little and at much noise",
            "Do learned weights need lower rates where labels are noisier?",
            "nahm2020, sections 5.1 and 7.1",
            _rate_by_noise,
            _by_task,
        ),
        _study(
            "step_size",
            "Learning rate and batch size",
            "Do large steps make the learned weights overcompensate?",
            "nahm2020, section 5.1",
            _step_size,
            _by_task,
        ),
        _study(
            "grid_cost",
            "What a search for weights costs",
            "How many epochs does learning the weights save?",
            "nahm2020, section 7.1",
            lambda scale: [
                setting
                for tasks in ((2,) if scale == "smoke" else (2, 3, 4))
                for setting in _by_strategy(
                    scale,
                    ("learned_kendall", "hand_tuned"),
                    {"tasks": tasks},
                    noise=_rising(tasks),
                )
            ],
            _search,
        ),
        _study(
            "width",
            "From 4 to 256 units",
            "How many neurons does it take to learn task weights?",
            "nahm2020, section 7.2",
            _width,
            _by_task,
        ),
        _study(
            "components",
            "Fewer input dimensions",
            "Does a simpler input make learned weights stand more noise?",
            "nahm2020, section 7.1",
            _components,
            _by_task,
        ),
    ]
)


def example(scale: str) -> Setting:
    """The setting that the notebook trains while one watches."""
    return Setting(DigitConfig.preset(scale), 2 if scale == "smoke" else 5, {})
