"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mtlkit.explore import palette, study_figures
from mtlkit.explore.by_level import at_levels, those_in
from mtlkit.explore.panels import Reference, Series
from mtlkit.explore.summaries import mean_series
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
    return palette.label(look(strategy))


def strategies_in(rows: pd.DataFrame, among: Sequence[str] = STRATEGIES) -> list[str]:
    """The methods of a table, in the order of the config: designs as Table 5.2 has them."""
    return those_in(rows, among)


def designs_in(rows: pd.DataFrame) -> list[str]:
    """The generator designs of a table, and the control."""
    return strategies_in(rows, (*DESIGNS, CONTROL))


def baselines_in(rows: pd.DataFrame) -> list[str]:
    """The other methods of a table."""
    return strategies_in(rows, BASELINES)


def sets_in(rows: pd.DataFrame) -> list[str]:
    """The sets of compositions of a table, the embedded ones first."""
    return those_in(rows, SETS, "compositions")


def named_set(name: str) -> str:
    """What figures call a set of compositions."""
    return SETS[name][1]


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
    return f"{study_figures.over_seeds(table)}{more}"


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


_FIGURES = study_figures.StudyFigures("zero_shot_synthesis", told_of)
command, intervals = _FIGURES.command, _FIGURES.intervals
