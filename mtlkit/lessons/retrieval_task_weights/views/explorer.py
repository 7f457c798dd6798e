"""What one can explore in lesson 08."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Named, Ticks, Values
from mtlkit.explore.palette import label
from mtlkit.explore.panels import Panel
from mtlkit.explore.placing import placed_by, to_place
from mtlkit.lessons.retrieval_task_weights.config import STRATEGIES, WeightedRetrievalConfig
from mtlkit.lessons.retrieval_task_weights.views.common import COLLECTIONS
from mtlkit.lessons.retrieval_task_weights.views.runs import (
    COLOURED,
    QUANTITIES,
    history,
    joint_space,
    map_by_direction,
    map_over_epochs,
    over_epochs,
    showing,
    space_points,
)

_NOISES = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0)

_WITH_SPACE = tuple(name for name in STRATEGIES if name != "hand_tuned")

KNOBS: tuple[Knob, ...] = (
    Knob(
        name="noise_sentences",
        label="label noise σ² of the sentences",
        values=_NOISES,
        default=1.0,
        main=True,
    ),
    Knob(
        name="noise_tags",
        label="label noise σ² of the tags",
        values=_NOISES,
        default=2.0,
        main=True,
    ),
    Knob(
        name="dimensions",
        label="d, numbers an embedding has",
        values=(2, 4, 8, 16, 32, 64, 128),
        default=32,
        main=True,
    ),
    Ticks(
        name="strategies",
        label="ways to weight",
        values=STRATEGIES,
        words=[label(name) for name in STRATEGIES],
        default=("learned_kendall", "equal"),
        main=True,
    ),
    Knob(
        name="text_components",
        label="principal components of the captions",
        values=(4, 8, 16, 32, 64, 128),
        default=128,
    ),
    Knob(name="misspelt", label="share of misspelt tags", values=(0.0, 0.1, 0.2, 0.4), default=0.1),
    Knob(name="stray", label="stray tags a picture", values=(0.0, 1.0, 2.0, 4.0), default=1.0),
    Knob(
        name="learning_rate",
        label="learning rate (printed: 1e-05)",
        values=(0.00001, 0.0001, 0.001, 0.003, 0.01),
        default=0.003,
    ),
    Knob(
        name="n_train",
        label="training pairs of each collection",
        values=(200, 500, 1000, 2000, 4000),
        default=2000,
    ),
    Knob(name="epochs", label="epochs", values=(3, 8, 15, 30, 60), default=15),
    Knob(name="seeds", label="seeds", values=(2, 3, 5), default=3),
    Knob(
        name="quantity",
        label="over the epochs, show",
        values=tuple(QUANTITIES),
        default="weight",
        kind="view",
        main=True,
    ),
    Named(
        name="collection",
        label="space shown",
        values=tuple(COLLECTIONS),
        words=tuple(COLLECTIONS.values()),
        default=1,
        kind="view",
        main=True,
    ),
    Knob(
        name="coloured",
        label="points coloured by",
        values=COLOURED,
        default=COLOURED[0],
        kind="view",
        main=True,
    ),
    Named(
        name="shown",
        label="space of",
        values=_WITH_SPACE,
        words=[label(name) for name in _WITH_SPACE],
        default="learned_kendall",
        kind="view",
        live_only=True,
    ),
    placed_by("points placed by"),
)


def setting(values: Values) -> Setting:
    """The setting that the knobs ask for, else as at scale `lesson`."""
    config = WeightedRetrievalConfig.preset(
        "lesson",
        noise=(values["noise_sentences"], values["noise_tags"]),
        dimensions=values["dimensions"],
        strategies=values["strategies"],
        text_components=values["text_components"],
        misspelt=values["misspelt"],
        stray=values["stray"],
        learning_rate=values["learning_rate"],
        n_train=values["n_train"],
        epochs=values["epochs"],
    )
    return Setting(config, values["seeds"], {})


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """Over the epochs MAP and what was asked for; when the run has ended, all the rest."""
    rows = history(result)
    ended = "map" in result.tables
    quantity = values["quantity"]
    found: list[Panel] = []
    if rows[QUANTITIES[quantity][0]].notna().any():
        found.append(over_epochs(result, quantity))
    elif ended:
        found.append(none_of_it(f"{quantity}_over_epochs", quantity, values["strategies"]))
    if rows["percent"].notna().any():
        found.append(map_over_epochs(result))
    if ended:
        found.append(map_by_direction(result))
        task = values["collection"]
        shown = showing(result, values["shown"], task)
        if space_points(result, shown, task) is not None:
            how = {"method": values["embedding"], "coloured": values["coloured"]}
            found.append(joint_space(result, shown, task, **how))
    return found


def prepare(result: Result, values: Values) -> Callable[[], object] | None:
    """To place the points by the method asked for, if that was not done before."""
    task = values["collection"]
    points = space_points(result, showing(result, values["shown"], task), task)
    return to_place(points, values["embedding"])


EXPLORATION = Exploration(
    knobs=KNOBS,
    setting=setting,
    panels=panels,
    grid={
        "noise_sentences": (0.0, 1.0, 2.0, 3.0),
        "noise_tags": (0.0, 1.0, 2.0, 3.0),
        "dimensions": (4, 32),
    },
    observed={name: name for name in ("noisy_loss", "map", "weight", "uncertainty")},
    title="Two collections, one model: whom does it trust?",
    hint="Raise the label noise of the sentences: does their weight fall, and does it help? Then "
    "raise that of the tags: does the sentences' MAP notice?",
    smoke={"dimensions": 4, "n_train": 200, "epochs": 3, "text_components": 16, "seeds": 2},
    prepare=prepare,
)
