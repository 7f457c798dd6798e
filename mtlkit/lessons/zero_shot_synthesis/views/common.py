"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mtlkit.explore.palette import styles
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.summaries import mean_series, told
from mtlkit.lessons.zero_shot_synthesis.config import BASELINES, CONTROL, DESIGNS, STRATEGIES

CLOSED = "accuracy on unseen (%)"
POINTS = "difference (percentage points)"

NONE = Reference(0, "no difference")

SPLITS = (
    "Each seed holds out other compositions, some harder than others, for all methods alike: what "
    "differs between methods is seen in the paired differences."
)
"""Why intervals are wide where methods stand beside each other."""

SETS: Mapping[str, tuple[str, str]] = {
    "digit_transforms": ("task 1", "digits"),
    "textured_shapes": ("task 2", "shapes"),
    "scene_triplets": ("task 3", "scenes"),
    "mit_states": ("task 4", "MIT-States"),
    "ut_zap50k": ("task 5", "UT-Zap50K"),
    "stanford_vrd": ("task 6", "StanfordVRD"),
}
"""The look of each set of compositions where figures compare sets, and its name in words."""

PRINTED_SETS = ("mit_states", "ut_zap50k", "stanford_vrd")
"""Those that the source has."""

TERMS: Mapping[str, tuple[str, str]] = {
    "adversarial": ("task 1", "adversarial"),
    "classification": ("task 2", "classification (λ)"),
    "clustering": ("task 3", "clustering (μ)"),
}
"""The look of each term of the generator's objective, and its name in words."""

EXTRACTORS: Mapping[str, str] = {
    "cnn": "CNN",
    "cnn_slots": "CNN by word",
    "pca": "PCA",
    "random_convolutions": "random conv.",
    "resnet18": "ResNet-18",
    "resnet101": "ResNet-101",
}
"""What makes features, in words."""

_DEFAULT_SET = {
    "embedded_compositions": "digit_transforms",
    "official_compositions": "mit_states",
}
"""Which set a published study is of, if it compares none."""


def look(strategy: str) -> str:
    """The key of a method's look."""
    return "ridge_prototypes" if strategy == "ridge" else strategy


def label(strategy: str) -> str:
    """What figures call a method."""
    key = look(strategy)
    return styles([key])[key].label


def strategies_in(rows: pd.DataFrame, among: Sequence[str] = STRATEGIES) -> list[str]:
    """The methods of a table, in the order of the config: designs as Table 5.2 has them."""
    found = set(rows["strategy"])
    return [name for name in among if name in found]


def designs_in(rows: pd.DataFrame) -> list[str]:
    """The generator designs of a table, and the control."""
    return strategies_in(rows, (*DESIGNS, CONTROL))


def baselines_in(rows: pd.DataFrame) -> list[str]:
    """The other methods of a table."""
    return strategies_in(rows, BASELINES)


def sets_in(rows: pd.DataFrame) -> list[str]:
    """The sets of compositions of a table, the embedded ones first."""
    found = set(rows["compositions"])
    return [name for name in SETS if name in found]


def named_set(name: str) -> str:
    """What figures call a set of compositions."""
    return SETS[name][1]


def levels_of(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in order."""
    return sorted(rows[column].unique().tolist())


def told_of(data: str | pd.DataFrame, caption: str) -> str:
    """A figure's caption, and at its end the data that its numbers are of.

    Parameters
    ----------
    data
        A set's name, as a run's config has it, or a study's table; of a table that neither
        compares sets nor carries the name of its data in `attrs`, nothing is said.
    caption
        What else is to be said.
    """
    if isinstance(data, str):
        names = [_DEFAULT_SET.get(data, data)]
    elif "compositions" in data:
        names = sets_in(data)
    elif "data" in data.attrs:
        names = [_DEFAULT_SET[data.attrs["data"]]]
    else:
        return caption
    kind = "" if set(names) & set(PRINTED_SETS) else "embedded "
    first, last = [named_set(name) for name in names[:-1]], named_set(names[-1])
    return f"{caption} On {kind}{' and '.join([*[', '.join(first)] * bool(first), last])}."


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce zero_shot_synthesis {study}"


def some_epochs(table: pd.DataFrame, step: int) -> pd.DataFrame:
    """Every second or fourth, and the last: fewer numbers draw the same curve."""
    epoch = table["epoch"].astype(int)
    kept: pd.DataFrame = table[(epoch % step == 0) | (epoch == epoch.max())]
    return kept


def percent(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """These columns in percent."""
    return table.assign(**{column: 100 * table[column] for column in columns})


def chance_of(rows: pd.DataFrame, key: str = "data") -> Reference:
    """A line at what guessing among unseen compositions has."""
    return Reference(100 * rows["chance"].mean(), "chance", key)


def over_seeds(table: pd.DataFrame, column: str = "") -> str:
    """How many seeds a table has, for its caption; and how many of its runs diverged.

    Parameters
    ----------
    column
        One that is NaN where a run diverged; empty: that is not to be told.
    """
    lost = int(table[column].isna().sum()) if column else 0
    runs = f"{lost} runs that diverged are" if lost > 1 else "A run that diverged is"
    more = f" {runs} left out." if lost else ""
    return f"Mean of {table['seed'].nunique()} seeds. Intervals: 95 % over seeds.{more}"


def at_levels(rows: pd.DataFrame, over: str, levels: Sequence[object], column: str) -> list[Any]:
    """The values of a column at each level of another, one a seed."""
    return [rows.loc[rows[over] == level, column] for level in levels]


def by_strategy(
    rows: pd.DataFrame,
    over: str,
    levels: Sequence[object],
    column: str,
    names: Sequence[str] | None = None,
) -> list[Series]:
    """A series for each method there is: a column at each level of another."""
    return [
        mean_series(look(name), at_levels(rows[rows["strategy"] == name], over, levels, column))
        for name in (strategies_in(rows) if names is None else names)
    ]


def by_set(
    rows: pd.DataFrame, over: str, levels: Sequence[object], column: str, *, geometric: bool = False
) -> list[Series]:
    """A series for each set of compositions: a column at each level of another."""
    return [
        mean_series(
            SETS[name][0],
            at_levels(rows[rows["compositions"] == name], over, levels, column),
            label=named_set(name),
            geometric=geometric,
        )
        for name in sets_in(rows)
    ]


def chances_by_set(rows: pd.DataFrame) -> list[Reference]:
    """Lines at chance, each in the colour of its set."""
    return [chance_of(rows[rows["compositions"] == name], SETS[name][0]) for name in sets_in(rows)]


def intervals(
    table: pd.DataFrame,
    study: str,
    facets: Sequence[IntervalFacet],
    categories: Sequence[str],
    *,
    title: str,
    said: str,
    caption: str,
    x_label: str,
    y_label: str,
    name: str = "",
    decimals: int = 1,
    unit: str = "",
    log_y: bool = False,
) -> Intervals:
    """A figure of a study; `said` begins its text for who cannot see it."""
    words = ". ".join(
        (f"{facet.title}: " if facet.title else "") + told(facet.series, categories, decimals, unit)
        for facet in facets
    )
    return Intervals(
        name=name or study,
        title=title,
        alt=f"{said}: {words}.",
        caption=told_of(table, caption),
        command=command(study),
        x_label=x_label,
        y_label=y_label,
        log_y=log_y,
        categories=categories,
        facets=facets,
    )
