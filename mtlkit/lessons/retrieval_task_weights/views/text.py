"""The captions themselves: misspellings and stray tags, and fewer dimensions."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from mtlkit.explore.by_level import at_levels, levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.study_figures import over_seeds
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.retrieval_task_weights.views.common import (
    COLLECTIONS,
    DIRECTIONS,
    MAP,
    in_percent,
    intervals,
    over_both,
)


def _slips(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of tags by how noisy they are as text, cleanest first."""
    rows = in_percent(table[table["task"] == 2])
    kinds = sorted(set(zip(rows["misspelt"], rows["stray"], strict=True)))
    return {
        f"{100 * misspelt:g} % misspelt, {stray:g} stray": rows[
            (rows["misspelt"] == misspelt) & (rows["stray"] == stray)
        ]
        for misspelt, stray in kinds
    }


def _raw_text(
    table: pd.DataFrame, series: Callable[[str, pd.DataFrame], Series], **words: str
) -> Intervals:
    noises = levels_of(table, "noise_tags")
    start = int("share" in words.get("name", ""))
    facets = [
        IntervalFacet(
            title=f"tags: {called}",
            series=[
                series(name, part[part["direction"] == direction])
                for name, part in _slips(table).items()
            ],
            references=[Reference(100, "without label noise")] if start else [],
        )
        for direction, called in DIRECTIONS.items()
    ]
    return intervals(
        table,
        "raw_text",
        facets,
        [f"{noise:g}" for noise in noises[start:]],
        x_label="label noise σ² of the tags (the sentences' is 1)",
        unit=" %",
        **words,  # type: ignore[arg-type]
    )


_DRAWN = (
    "Misspelt: the share of a tag list's words that have a slip. Stray: the mean number of tags "
    "that have nothing to do with the picture."
)


def raw_text(table: pd.DataFrame) -> Intervals:
    """MAP of tags by label noise, for several noises of the text."""
    noises = levels_of(table, "noise_tags")
    return _raw_text(
        table,
        lambda name, rows: mean_series(name, at_levels(rows, "noise_tags", noises, "percent")),
        title="Misspellings and stray tags",
        said="MAP of tags by label noise, for each noise of the text",
        caption=f"{_DRAWN} Learned weights. {over_seeds(table)}",
        y_label=MAP,
    )


def raw_text_share(table: pd.DataFrame) -> Intervals:
    """The same in percent of MAP without label noise, seed by seed."""
    noises = levels_of(table, "noise_tags")[1:]

    def series(name: str, rows: pd.DataFrame) -> Series:
        wide = rows.set_index(["seed", "noise_tags"])["percent"].unstack()
        shares = 100 * wide.div(wide.iloc[:, 0], axis=0)
        return mean_series(name, [shares[noise] for noise in noises])

    return _raw_text(
        table,
        series,
        name="raw_text_share",
        title="Does noisy text make label noise worse?",
        said="MAP of tags in percent of that without label noise, for each noise of the text",
        caption="If the noise of the text were what makes retrieval fall faster, the marks of "
        f"noisier text would lie lower. {_DRAWN} Learned weights, seed by seed. "
        f"{over_seeds(table)}",
        y_label="MAP (% of that at σ² = 0)",
    )


Pair = tuple[float, float]


def _keyed(table: pd.DataFrame) -> dict[str, tuple[Pair, pd.DataFrame]]:
    """The pairs of noises with their rows, by the look that each has in both figures."""
    rows = in_percent(table)
    first, second = rows["noise_sentences"], rows["noise_tags"]
    return {
        f"task {place}": (pair, rows[(first == pair[0]) & (second == pair[1])])
        for place, pair in enumerate(sorted(set(zip(first, second, strict=True))), start=1)
    }


def _said(noises: Pair) -> str:
    return f"σ² = {noises[0]:g} | {noises[1]:g}"


def reduction(table: pd.DataFrame) -> Intervals:
    """MAP by the number of the captions' principal components, at several noises."""
    sizes = levels_of(table, "text_components")
    facets = []
    for task, collection in COLLECTIONS.items():
        for direction, called in DIRECTIONS.items():
            series = []
            for key, (noises, rows) in _keyed(table).items():
                own = rows[(rows["task"] == task) & (rows["direction"] == direction)]
                groups = at_levels(own, "text_components", sizes, "percent")
                series.append(mean_series(key, groups, label=_said(noises)))
            facets.append(IntervalFacet(title=f"{collection}: {called}", series=series))
    return intervals(
        table,
        "reduction",
        facets,
        [str(size) for size in sizes],
        title="Fewer dimensions of the captions",
        said="MAP by principal components of the captions, for each pair of noises",
        caption="Noises are those of sentences | tags. Pictures keep all of their components. "
        f"Learned weights. {over_seeds(table)}",
        x_label="principal components of the captions",
        y_label=MAP,
        unit=" %",
    )


def reduction_share(table: pd.DataFrame) -> Intervals:
    """What more label noise leaves of MAP, by the number of components, seed by seed."""
    sizes = levels_of(table, "text_components")
    pairs = _keyed(table)
    least, start = pairs["task 1"]
    noisier = {key: pair for key, pair in pairs.items() if key != "task 1"} or pairs
    facets = []
    for task, collection in COLLECTIONS.items():
        series = []
        for key, (noises, rows) in noisier.items():
            shares = 100 * _by_seed(rows, task) / _by_seed(start, task)
            groups = [shares[size] for size in sizes]
            series.append(mean_series(key, groups, label=_said(noises)))
        same = Reference(100, _said(least))
        facets.append(IntervalFacet(title=collection, series=series, references=[same]))
    return intervals(
        table,
        "reduction",
        facets,
        [str(size) for size in sizes],
        name="reduction_share",
        title="Do fewer dimensions make it more robust?",
        said="MAP in percent of that with less label noise, by principal components",
        caption="If fewer components made retrieval more robust, the marks would rise to the "
        "left. Noises are those of sentences | tags. Learned weights, seed by seed. "
        f"{over_both(table)}",
        x_label="principal components of the captions",
        y_label=f"MAP, both ways (% of that at {least[0]:g} | {least[1]:g})",
        unit=" %",
    )


def _by_seed(rows: pd.DataFrame, task: int) -> pd.DataFrame:
    own = rows[rows["task"] == task]
    return own.groupby(["seed", "text_components"])["percent"].mean().unstack()
