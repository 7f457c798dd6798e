"""What one can explore in lesson 07."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Named, Ticks, Typed, Values
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.palette import label
from mtlkit.explore.panels import Panel
from mtlkit.explore.placing import placed_by, to_place
from mtlkit.lessons.retrieval_losses.config import CAPTIONS, STRATEGIES, RetrievalConfig
from mtlkit.lessons.retrieval_losses.leaves import GALLERY, SHOWN
from mtlkit.lessons.retrieval_losses.views.finding import (
    found_captions,
    found_pictures,
    query_picture,
)
from mtlkit.lessons.retrieval_losses.views.runs import (
    QUANTITIES,
    joint_points,
    joint_space,
    negative_weights,
    over_epochs,
    scored,
    similarity,
    test_recall,
)
from mtlkit.lessons.retrieval_losses.views.search import searchable
from mtlkit.nn.encoders import TEXT_ENCODERS

WORDS = Words(part="loss")

_TRIPLETS = {"sum_triplet", "max_triplet", "max_after_sum"}
_SMOOTH = {"simclr", "simclr_positive"}


def _trains(losses: set[str]) -> Callable[[Values], bool]:
    """Whether one of these losses is ticked."""
    return lambda values: bool(losses & set(values["strategies"]))


TRAINING: tuple[Knob, ...] = (
    Ticks(
        name="strategies",
        label="losses",
        values=STRATEGIES,
        words=[label(name) for name in STRATEGIES],
        default=("max_triplet", "simclr"),
        main=True,
    ),
    Knob(
        name="temperature",
        label="temperature τ of SimCLR",
        values=(0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0),
        default=0.07,
        main=True,
        applies=_trains(_SMOOTH),
    ),
    Knob(
        name="margin",
        label="margin of the triplets",
        values=(0.05, 0.1, 0.2, 0.5, 1.0),
        default=0.2,
        main=True,
        applies=_trains(_TRIPLETS),
    ),
    Knob(
        name="redundancy",
        label="λ of Barlow Twins",
        values=(0.005, 0.05, 0.5),
        default=0.05,
        main=True,
        applies=_trains({"barlow_twins"}),
    ),
    Knob(
        name="batch_size",
        label="pairs of a batch",
        values=(16, 32, 64, 128, 256, 512),
        default=256,
        main=True,
    ),
    Knob(name="epochs", label="epochs", values=(3, 8, 15, 30), default=15),
    Knob(
        name="learning_rate",
        label="learning rate at the start",
        values=(0.0003, 0.001, 0.003, 0.01),
        default=0.003,
    ),
    Knob(
        name="outliers",
        label="training pictures with another's captions",
        values=(0.0, 0.1, 0.2, 0.4),
        default=0.0,
    ),
    Named(
        name="captions",
        label="captions shown in training",
        values=CAPTIONS,
        words=("one of five, drawn in each epoch", "always the first", "all five"),
        default="random",
    ),
    Named(
        name="text_encoder",
        label="text encoder",
        values=tuple(TEXT_ENCODERS),
        words=tuple(TEXT_ENCODERS.values()),
        default="bag",
    ),
    Knob(name="n_train", label="training pictures", values=(600, 1500, 3000, 6000), default=3000),
    Knob(name="seeds", label="seeds", values=(1, 2, 3, 5), default=1),
)

SHOWN_LOSS = Named(
    name="shown",
    label="space shown",
    values=STRATEGIES,
    words=[label(name) for name in STRATEGIES],
    default="simclr",
    kind="view",
    main=True,
)

VIEWS: tuple[Knob, ...] = (
    SHOWN_LOSS,
    Knob(
        name="picture",
        label="whose negatives (or click a row)",
        values=tuple(range(1, SHOWN + 1)),
        default=2,
        kind="view",
        main=True,
    ),
    Knob(
        name="quantity",
        label="over the epochs, show",
        values=tuple(QUANTITIES),
        default="recall@10",
        kind="view",
    ),
    Knob(
        name="k",
        label="K of the test's recall@K",
        values=(1, 5, 10),
        default=10,
        kind="view",
        live_only=True,
    ),
    placed_by("joint space placed by"),
)

SMOKE = {"n_train": 600, "epochs": 3, "batch_size": 64}


def setting(values: Values) -> Setting:
    """The setting that the knobs ask for, else as at scale `lesson`."""
    named = {name: value for name, value in values.items() if name in _TRAINED}
    return Setting(RetrievalConfig.preset("lesson", **named), values["seeds"], {})


_TRAINED = {knob.name for knob in TRAINING} - {"seeds"}


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """Scores as they are; curves over the epochs; when the run has ended, all the rest."""
    found: list[Panel] = []
    shown = scored(result, values["shown"])
    if shown:
        found.append(similarity(result, shown, turns="picture"))
        found.append(negative_weights(result, shown, values["picture"]))
    if result.tables["history"]["recall_10"].notna().any():
        found.append(over_epochs(result, values["quantity"]))
    if "retrieval" not in result.tables:
        return found
    found.append(test_recall(result, values["k"]))
    placed = searchable(result, values["shown"])
    if joint_points(result, placed) is not None:
        found.append(joint_space(result, placed, method=values["embedding"]))
    return found


def prepare(result: Result, values: Values) -> Callable[[], object] | None:
    """To place the joint space by the method asked for, if that was not done before."""
    points = joint_points(result, searchable(result, values["shown"]))
    return to_place(points, values["embedding"])


_OBSERVED = {name: name for name in ("recall_10", "mean_rank", "others")}

RETRIEVAL = Exploration(
    knobs=(*TRAINING, *VIEWS),
    setting=setting,
    panels=panels,
    grid={
        "shown": ("max_triplet", "simclr"),
        "temperature": (0.02, 0.07, 0.2, 0.5, 1.0),
        "batch_size": (32, 128, 256),
    },
    observed=_OBSERVED,
    observed_arrays={"scores": "scores"},
    title="How negatives are weighed",
    hint="Raise the temperature: to how many does a picture listen then, and is that better? Then "
    "look at the space of the max triplet, which listens to one.",
    words=WORDS,
    smoke=SMOKE,
    prepare=prepare,
)
"""The losses, with everything that can be set."""

QUERIES = (
    "an image shows an orange ring and a red circle on a spotted background",
    "a cobalt star over a big green box",
    "a cobalt ring above a big green triangle on a white backdrop",
    "a green wedge",
    "a small purple star on a dark background",
    "a red circle above a blue star",
    "a blue star above a red circle",
    "an elephant beside a yellow ring",
    "ein roter Kreis",
)
"""Captions that are offered: four of the gallery of seed 0, others that nobody wrote there."""

_OFFERED = (1, 2, 3, 4, 5, 6)


def found(result: Result, values: Values) -> Sequence[Panel]:
    """What the search box finds; of a run under way, how far it is."""
    shown = searchable(result, values["shown"])
    if not shown:
        begun = result.tables["history"]["recall_10"].notna().any()
        return [over_epochs(result)] if begun else []
    return [
        found_pictures(result, shown, values["query"]),
        query_picture(result, values["number"]),
        found_captions(result, shown, values["number"]),
    ]


SEARCH = Exploration(
    knobs=(
        Typed(
            name="query",
            label="caption to look for",
            values=QUERIES,
            default=QUERIES[0],
            kind="evaluate",
            main=True,
        ),
        Knob(
            name="number",
            label="or picture of the gallery",
            values=tuple(range(1, GALLERY + 1)),
            default=1,
            kind="view",
            main=True,
        ),
        SHOWN_LOSS,
        *TRAINING,
    ),
    setting=setting,
    panels=found,
    grid={"query": QUERIES, "number": _OFFERED, "shown": ("max_triplet", "simclr")},
    observed=_OBSERVED,
    title="Search",
    hint="Type what you want to see: shapes, colours, sizes, one above the other. Does the order "
    "of the words matter to a bag of words?",
    words=WORDS,
    smoke=SMOKE,
)
"""A search box for the gallery of a run."""
