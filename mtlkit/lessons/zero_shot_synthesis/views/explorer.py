"""What one can explore in lesson 09."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.data.compositions import EMBEDDED
from mtlkit.explore import embeddings
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Named, Ticks, Values
from mtlkit.explore.panels import Panel
from mtlkit.explore.placing import placed_by
from mtlkit.lessons.zero_shot_synthesis.config import (
    CONTROL,
    DESIGNS,
    EXTRACTORS,
    STRATEGIES,
    SynthesisConfig,
)
from mtlkit.lessons.zero_shot_synthesis.views.calibration import (
    by_composition,
    calibrated,
    seen_unseen,
)
from mtlkit.lessons.zero_shot_synthesis.views.common import EXTRACTORS as EXTRACTORS_TOLD
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    label,
    look,
    named_set,
    strategies_in,
)
from mtlkit.lessons.zero_shot_synthesis.views.embeddings import (
    COLOURED,
    features,
    features_of,
    injected_noise,
    noise_of,
    unplaced_features,
    unplaced_noise,
)
from mtlkit.lessons.zero_shot_synthesis.views.runs import (
    QUANTITIES,
    WORDS,
    losses,
    over_epochs,
    pulls,
    told_lost,
)

DEEP = ("uds", "tds", CONTROL)
"""The designs whose injected noise can be looked at."""

GENERATORS = (*DESIGNS, CONTROL)

_VECTORS = ("corpus", "random", "one_hot")


def _generates(values: Values) -> bool:
    return bool(set(GENERATORS) & set(values["strategies"]))


def _last_look(values: Values) -> int:
    """The look from which on there is nothing new."""
    enough = (one for one in LOOK.values if one >= values["epochs"])
    return int(next(enough, LOOK.values[-1]))


STRATEGY_TICKS = Ticks(
    name="strategies",
    label="sampling designs, and other methods",
    values=STRATEGIES,
    words=[label(name) for name in STRATEGIES],
    default=("tds",),
    main=True,
)

TRAINING: tuple[Knob, ...] = (
    STRATEGY_TICKS,
    Knob(
        name="classification",
        label="λ of the classification loss",
        values=(0.001, 0.01, 0.1, 1.0, 10.0),
        default=0.01,
        main=True,
        applies=_generates,
    ),
    Knob(
        name="clustering",
        label="μ of the clustering loss",
        values=(0.0, 0.01, 0.1, 1.0, 10.0, 100.0),
        default=10.0,
        main=True,
        applies=_generates,
    ),
    Knob(
        name="per_composition",
        label="training pictures of a composition",
        values=(2, 5, 10, 20, 40, 80),
        default=20,
        main=True,
    ),
    Knob(
        name="unseen",
        label="share of compositions never seen",
        values=(0.1, 0.25, 0.5, 0.7, 0.85),
        default=0.5,
        main=True,
    ),
    Knob(name="epochs", label="epochs", values=(5, 10, 20, 40, 80), default=40),
    Named(
        name="data",
        label="compositions",
        values=EMBEDDED,
        words=[named_set(name) for name in EMBEDDED],
        default="digit_transforms",
    ),
    Named(
        name="extractor",
        label="features by",
        values=EXTRACTORS,
        words=[EXTRACTORS_TOLD[name] for name in EXTRACTORS],
        default="cnn",
    ),
    Named(
        name="vectors",
        label="word vectors",
        values=_VECTORS,
        words=("learnt from sentences", "random", "one-hot"),
        default="corpus",
    ),
    Knob(
        name="adversarial",
        label="weight of the critic (0: no GAN)",
        values=(0.0, 1.0, 10.0),
        default=1.0,
        applies=_generates,
    ),
    Knob(
        name="critic_steps",
        label="critic's steps to one of the generator",
        values=(1, 5),
        default=1,
        applies=_generates,
    ),
    Knob(
        name="noise_scale",
        label="standard deviation of the noise",
        values=(0.0, 0.5, 1.0, 2.0),
        default=1.0,
        applies=_generates,
    ),
    Knob(
        name="learning_rate",
        label="learning rate (printed: 0.0001)",
        values=(0.0001, 0.001, 0.01, 0.1),
        default=0.001,
    ),
    Knob(name="seeds", label="seeds", values=(1, 2, 3, 5), default=3),
)

SHOWN = Named(
    name="shown",
    label="method shown",
    values=STRATEGIES,
    words=[label(name) for name in STRATEGIES],
    default="tds",
    kind="view",
    main=True,
)

LOOK = Knob(
    name="look",
    label="noise after epoch",
    values=(0, 1, 2, 4, 8, 16, 32, 40, 80),
    default=40,
    kind="view",
    main=True,
    applies=lambda values: values["shown"] in DEEP,
    most=_last_look,
)

BIAS = Knob(
    name="bias",
    label="calibration bias",
    values=(-16.0, -8.0, -4.0, -2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 16.0),
    default=0.0,
    kind="view",
    main=True,
)

QUANTITY = Knob(
    name="quantity",
    label="over the epochs, show",
    values=tuple(QUANTITIES),
    default="accuracy",
    kind="view",
    live_only=True,
)

EMBEDDING = placed_by("points placed by")

COLOUR = Named(
    name="coloured",
    label="points coloured by",
    values=COLOURED,
    words=("real or synthetic; composition", "first word", "last word"),
    default="usual",
    kind="view",
    live_only=True,
)

SMOKE = {"extractor": "pca", "epochs": 5, "per_composition": 2, "seeds": 2}


def setting(values: Values) -> Setting:
    """The setting that the knobs ask for, else as at scale `lesson`."""
    named = {name: value for name, value in values.items() if name in _TRAINED}
    return Setting(SynthesisConfig.preset("lesson", **named), values["seeds"], {})


_TRAINED = {knob.name for knob in TRAINING} - {"seeds"}


def _shown(result: Result, wanted: str) -> str:
    """That method if it was trained, or is being trained, else the first that was."""
    begun = strategies_in(result.tables["history"])
    return wanted if wanted in begun else next(iter(begun), "")


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """Features and losses as they are; when the run has ended, all the rest."""
    shown = _shown(result, values["shown"])
    if not shown:
        return []
    how = {"method": values["embedding"], "coloured": values["coloured"]}
    found: list[Panel] = [features(result, shown, **how)]
    ended = "runs" in result.tables
    if ended:
        found += _calibrated(result, shown, values["bias"])
    found.append(over_epochs(result, values["quantity"]))
    found += [losses(result, shown), pulls(result, shown)]
    if ended:
        found.append(injected_noise(result, shown, epoch=values["look"], **how))
    return found


def _calibrated(result: Result, shown: str, bias: float) -> list[Panel]:
    if calibrated(result, shown):
        return [seen_unseen(result, shown, bias), by_composition(result, shown, bias)]
    trained = strategies_in(result.tables["runs"])
    why = f"All seeds diverged.{told_lost(result, trained)} Turn the learning rate down."
    keys = [look(name) for name in trained]
    return [
        none_of_it(name, "accuracy", keys, words=WORDS, why=why)
        for name in ("seen_unseen", "by_composition")
    ]


def prepare(result: Result, values: Values) -> Callable[[], object] | None:
    """To place the points by the method asked for, if that was not done before."""
    shown, method = _shown(result, values["shown"]), values["embedding"]
    points = unplaced_features(result, shown, method)
    looks = unplaced_noise(result, shown, method)

    def place() -> None:
        if points is not None:
            embeddings.embed(points.points, method)
        if looks is not None:
            embeddings.series(looks.looks, method)

    return None if points is None and looks is None else place


_OBSERVED = {
    name: name
    for name in (
        "area",
        "closed_validation",
        "closed_test",
        "distance",
        *("adversarial", "classification", "clustering"),
        *("pull_adversarial", "pull_classification", "pull_clustering"),
        "noise_silhouette",
    )
}

SYNTHESIS = Exploration(
    knobs=(*TRAINING, SHOWN, BIAS, LOOK, QUANTITY, EMBEDDING, COLOUR),
    setting=setting,
    panels=panels,
    grid={
        "strategies": (("ss",), ("uds",), ("ss_mtc_affine",), ("tds",)),
        "clustering": (0.0, 1.0, 10.0),
        "bias": (-4.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0),
    },
    observed=_OBSERVED,
    observed_arrays={"synthetic": "synthetic", "synthetic_labels": "synthetic_labels"},
    title="Features of what nobody has seen",
    hint="Move the bias: where do seen and unseen compositions fare equally well? Then take "
    "clustering away (μ = 0): what do the synthetic features do?",
    words=WORDS,
    smoke=SMOKE,
    prepare=prepare,
)
"""The generators, with everything that can be set."""


def noise_panels(result: Result, values: Values) -> Sequence[Panel]:
    """The noise injected last, when the run has ended; its silhouette as it goes."""
    shown = _shown(result, values["shown"])
    if not shown:
        return []
    how = {"method": values["embedding"], "coloured": values["coloured"]}
    ended = "runs" in result.tables
    found: list[Panel] = (
        [injected_noise(result, shown, epoch=values["look"], **how)] if ended else []
    )
    return [*found, over_epochs(result, "silhouette")]


def prepare_noise(result: Result, values: Values) -> Callable[[], object] | None:
    """To place the noise by the method asked for, if that was not done before."""
    method = values["embedding"]
    looks = unplaced_noise(result, _shown(result, values["shown"]), method)
    return None if looks is None else lambda: embeddings.series(looks.looks, method)


def _for_noise(knob: Knob) -> Knob:
    """One seed is enough for points; the study of the noise has several."""
    if isinstance(knob, Ticks):
        return _only_deep(knob)
    return attrs.evolve(knob, default=1) if knob.name == "seeds" else knob


def _only_deep(knob: Ticks | Named) -> Knob:
    words = tuple(label(name) for name in DEEP)
    default = DEEP if isinstance(knob, Ticks) else knob.default
    return attrs.evolve(knob, values=DEEP, words=words, default=default)


NOISE = Exploration(
    knobs=(
        *map(_for_noise, TRAINING),
        _only_deep(SHOWN),
        LOOK,
        attrs.evolve(EMBEDDING, default="tsne"),
        COLOUR,
    ),
    setting=setting,
    panels=noise_panels,
    grid={
        "classification": (0.01, 1.0),
        "shown": DEEP,
        "look": (0, 1, 2, 4, 8, 16, 32, 40),
    },
    observed=_OBSERVED,
    title="Noise that knows its task",
    hint="Drag the epoch from 0 to 40, for TDS and then for UDS. Which half of what you see could "
    "have been said before training?",
    words=WORDS,
    smoke=SMOKE,
    prepare=prepare_noise,
)
"""Fig. 5.7 over the epochs, with the control beside it."""

EXPLORATIONS: Mapping[str, Exploration] = {"synthesis": SYNTHESIS, "noise": NOISE}

RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "features": features,
    "seen_unseen": seen_unseen,
    "by_composition": by_composition,
    "over_epochs": over_epochs,
    "losses": losses,
    "pulls": pulls,
    "injected_noise": injected_noise,
}

__all__ = [
    "EXPLORATIONS",
    "RUN_FIGURES",
    "by_composition",
    "features",
    "features_of",
    "injected_noise",
    "losses",
    "noise_of",
    "over_epochs",
    "pulls",
    "seen_unseen",
]
