"""A run, under way or ended: who scores how, whom each loss listens to, how well it retrieves."""

from __future__ import annotations

import functools

import numpy as np
import torch
from jaxtyping import Float

from mtlkit.core.result import Result
from mtlkit.errors import UsageError
from mtlkit.explore import embeddings
from mtlkit.explore.palette import label
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    Embedding,
    Heatmap,
    IntervalFacet,
    Intervals,
    Line,
    PointGroup,
    Turns,
)
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_line, mean_series, told
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.negatives import LOOKING
from mtlkit.lessons.retrieval_losses.objective import pair_losses, parameter_of
from mtlkit.lessons.retrieval_losses.views.common import (
    DIRECTIONS,
    STANDARDISED,
    scoring_of,
    strategies_in,
    told_of,
)
from mtlkit.lessons.retrieval_losses.views.search import first_seed, gallery, searchable
from mtlkit.losses import negative_shares

QUANTITIES = {
    "recall@10": ("recall_10", "recall@10, both ways (%)", 100.0),
    "mean rank": ("mean_rank", "mean rank, both ways", 1.0),
    "cosine with others": ("others", "cosine with others' captions", 1.0),
}
"""By what is asked for: its column of the table `history`, its axis, and a factor."""

_NAMED = {"recall@10": "", "mean rank": "_rank", "cosine with others": "_cosine"}
"""Each has a name of its own as a picture, and so an axis of its own."""

JOINED = 60
"""Pairs of the joint space; more would hide one another's lines."""


def run_command(result: Result) -> str:
    """The command that makes a run's numbers: what differs from the scale `lesson`."""
    changes = RetrievalConfig(**result.config).changes(RetrievalConfig.preset("lesson"))
    settings = "".join(f" --set {name}={value}" for name, value in changes.items())
    return f"mtlkit run retrieval_losses{settings} --seeds {len(result.seeds)} --out run"


def scored(result: Result, wanted: str = "simclr") -> str:
    """That loss if scores of it are at hand, else the first of which they are; empty if none."""
    found = [
        name
        for name in result.config["strategies"]
        if f"scores_{name}/{first_seed(result)}" in result.arrays
    ]
    return wanted if wanted in found else next(iter(found), "")


def _scores(result: Result, strategy: str) -> Float[np.ndarray, "picture caption"]:
    return result.arrays[f"scores_{strategy}/{first_seed(result)}"].astype(np.float64)


def _when(result: Result) -> str:
    """Which pictures are shown: a run under way shows validation pictures."""
    ended = "retrieval" in result.tables
    return "test pictures" if ended else "validation pictures, as far as the run has come"


def similarity(
    result: Result, strategy: str = "simclr", *, turns: str = "", name: str = "similarity"
) -> Heatmap:
    """Scores of some pictures with each other's first captions: the true pairs on the diagonal.

    Parameters
    ----------
    strategy
        Where there are no scores of it, the first loss of which there are.
    turns
        The view knob that a click on a row sets to its picture, from 1; empty: none.
    name
        Of the picture: each on a page has its own.
    """
    strategy = scored(result, strategy)
    scores = _scores(result, strategy)
    count = len(scores)
    own = np.diag(scores)
    others = scores[~np.eye(count, dtype=bool)]
    first = int((scores.argmax(1) == np.arange(count)).sum())
    how = "" if scoring_of(strategy) == "cosine" else " of standardised embeddings"
    numbers = [str(number) for number in range(1, count + 1)]
    return Heatmap(
        name=name,
        title=f"Who scores how: {label(strategy)}",
        alt=f"Scores of {count} pictures with {count} captions. True pairs score {own.mean():.2f} "
        f"on average, all others {others.mean():.2f}; {first} of {count} pictures score highest "
        "with their own caption.",
        caption=told_of(
            result.config["data"],
            f"Cosines{how} of {count} {_when(result)} (seed {first_seed(result)}) with the first "
            "caption of each. The true pairs stand on the diagonal: a good space has nothing but "
            "that.",
        ),
        command=run_command(result),
        x_label="caption of picture",
        y_label="picture",
        columns=numbers,
        rows=[f"picture {number}" for number in numbers],
        values=scores,
        quantity="cosine",
        centre=0.0,
        span=(-1.0, 1.0),
        turns=Turns(turns, range(1, count + 1)) if turns else None,
    )


def negative_weights(result: Result, strategy: str = "simclr", picture: int = 1) -> Curves:
    """How each loss shares out one picture's gradient among its negatives, hardest first.

    Parameters
    ----------
    strategy
        Whose network is asked; where there are no scores of it, the first of which there are.
    picture
        From 1; of one that is not there it is the last.
    """
    strategy = scored(result, strategy)
    scores = torch.from_numpy(_scores(result, strategy))
    at = min(picture, len(scores)) - 1
    config = RetrievalConfig(**result.config)
    others = torch.cat([scores[at, :at], scores[at, at + 1 :]])
    order = torch.argsort(others, descending=True, stable=True)
    places = np.arange(1, len(order) + 1)
    lines, words = [], []
    for loss in LOOKING:
        asked = functools.partial(pair_losses, loss, parameter=getattr(config, parameter_of(loss)))
        shares = negative_shares(asked, scores)[at]
        own = 100 * torch.cat([shares[:at], shares[at + 1 :]])[order]
        lines.append(Line(loss, places, own.numpy()))
        squares = float((own / 100).square().sum())
        heard = f"{1 / squares:.1f}, {own.max():.0f} % to one" if squares else "none"
        words.append(f"{label(loss)} listens to {heard}")
    return Curves(
        name="negative_weights",
        title=f"Whom picture {at + 1} would listen to, in the space of {label(strategy)}",
        alt="Share of each negative caption in the gradient of one picture, hardest first, as if "
        f"these {len(scores)} pairs were a batch: {'; '.join(words)}.",
        caption=told_of(
            result.config["data"],
            f"As if the {len(scores)} pairs above were a batch. Three losses are asked about the "
            f"same scores, with margin {config.margin:g} and temperature {config.temperature:g}. "
            "A hinge that is content has no line above 0.",
        ),
        command=run_command(result),
        x_label="negative captions, the hardest first",
        y_label="share of the gradient (%)",
        facets=[CurveFacet(lines=lines)],
    )


def over_epochs(result: Result, quantity: str = "recall@10") -> Curves:
    """One of `QUANTITIES` on validation pictures while training, a line a loss."""
    column, axis, factor = QUANTITIES[quantity]
    history = result.tables["history"].dropna(subset=[column])
    means = factor * history.groupby(["strategy", "seed", "epoch"], sort=False)[column].mean()
    rows = means.reset_index()
    least = -1.0 if column == "others" else 0.0
    lines = [
        mean_line(name, rows[rows["strategy"] == name], column, least=least)
        for name in strategies_in(rows)
    ]
    decimals = 2 if column == "others" else 1
    ends = ", ".join(f"{label(line.key)} {line.y[-1]:.{decimals}f}" for line in lines)
    seeds = len(result.seeds)
    many = "One seed." if seeds == 1 else f"Mean of {seeds} seeds with its 95 % interval."
    collapse = " At 1 pictures and captions are all one point." if column == "others" else ""
    scored_by = (
        f"On validation pictures. {STANDARDISED}"
        if "barlow_twins" in set(rows["strategy"])
        else "On validation pictures, by the cosine."
    )
    return Curves(
        name=f"over_epochs{_NAMED[quantity]}",
        title=f"While training: {quantity}",
        alt=f"{axis} against the epoch. At the end: {ends}.",
        caption=told_of(
            result.config["data"],
            f"{scored_by}{collapse} {many}",
        ),
        command=run_command(result),
        x_label="epoch",
        y_label=axis,
        facets=[CurveFacet(lines=lines)],
    )


def test_recall(result: Result, k: int = 10) -> Intervals:
    """Recall at k on test pictures, each way, of every loss as it is meant to be scored."""
    table = result.tables["retrieval"]
    rows = table[table["split"] == "test"]
    rows = rows[rows["scoring"] == rows["strategy"].map(scoring_of)]
    series = []
    for name in strategies_in(rows):
        own = rows[rows["strategy"] == name]
        groups = [
            100 * own.loc[own["direction"] == direction, f"recall_{k}"] for direction in DIRECTIONS
        ]
        series.append(mean_series(name, groups))
    categories = list(DIRECTIONS.values())
    items = rows.groupby("direction")["items"].first()
    standardised = f" {STANDARDISED}" if "barlow_twins" in set(rows["strategy"]) else ""
    return Intervals(
        name="test_recall",
        title=f"On test pictures: recall@{k}",
        alt=f"Recall at {k} on test pictures by loss: {told(series, categories, unit=' %')}.",
        caption=told_of(
            result.config["data"],
            f"{items['text_to_image']:,} pictures with {items['image_to_text']:,} captions are "
            f"searched.{standardised}"
            + (f" {OVER_SEEDS}" if len(result.seeds) > 1 else " One seed has no interval."),
        ),
        command=run_command(result),
        x_label="from, to",
        y_label=f"recall@{k} (%)",
        categories=categories,
        facets=[IntervalFacet(series=series)],
    )


def joint_points(result: Result, strategy: str) -> Float[np.ndarray, "point feature"] | None:
    """Pictures, then their first captions, in the common space; None where all is one point."""
    seed = first_seed(result)
    if not strategy or f"images_{strategy}/{seed}" not in result.arrays:
        return None
    images = result.arrays[f"images_{strategy}/{seed}"][:JOINED]
    captions = result.arrays[f"texts_{strategy}/{seed}"][gallery(result).first[:JOINED]]
    points = np.concatenate([images, captions]).astype(np.float64)
    few = len(points) < 3 or points.shape[1] < 2
    if few or not np.isfinite(points).all() or not np.ptp(points, axis=0).any():
        return None
    return points


def joint_space(result: Result, strategy: str = "simclr", *, method: str = "pca") -> Embedding:
    """Pictures and captions of the common space in two dimensions, true pairs joined by a line.

    Parameters
    ----------
    strategy
        One that was trained; the first seed's embeddings are shown.
    method
        `pca`, `umap` or `tsne`; the last two where they were computed before, else PCA.

    Raises
    ------
    UsageError
        If the points cannot be told apart: see `joint_points`.
    """
    strategy = searchable(result, strategy)
    points = joint_points(result, strategy)
    if points is None:
        raise UsageError(
            "the embeddings are all one point: allowed are some that can be told apart."
        )
    picture = embeddings.at_hand(points, method)
    count = len(points) // 2
    captions = gallery(result)
    said = [captions.captions[at] for at in captions.first[:count]]
    waiting = "" if picture.final else f" {embeddings.NAMES[method]} follows when it is ready."
    apart = float((points[:count] * points[count:]).sum(1).mean())
    return Embedding(
        name="joint_space",
        title=f"Pictures and captions in one space, {label(strategy)}",
        alt=f"{count} test pictures and their first captions as points, each pair joined by a "
        f"line; the mean cosine of a pair is {apart:.2f}.",
        caption=told_of(
            result.config["data"],
            f"Seed {first_seed(result)}, at the end: {count} test pictures and the first caption "
            f"of each. Short lines are pairs that found each other.{waiting}",
        ),
        command=run_command(result),
        method=picture.method,
        joined=[(at, count + at) for at in range(count)],
        join="true pair",
        groups=[
            PointGroup(
                key=key,
                x=picture.places[rows, 0],
                y=picture.places[rows, 1],
                told=[f"{kind} of picture {at}: {one}" for at, one in enumerate(said, start=1)],
            )
            for key, kind, rows in (
                ("pictures", "pixels", slice(0, count)),
                ("captions", "caption", slice(count, None)),
            )
        ],
    )
