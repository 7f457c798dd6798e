"""What the claims of this lesson have in common: their form, and what they compare.

Accuracies and areas are in percent, so that their differences are points. Accuracy is top-1 on test
pictures of unseen compositions, among unseen compositions (closed world), at the last epoch; areas
are of the epoch that is chosen on validation compositions, as in the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import ClaimForm, by_seed, difference

LESSON = "zero_shot_synthesis"

claim = ClaimForm(LESSON, "yan2020")

NOTICEABLE = 1.0
"""Points of accuracy from which a difference counts."""

SETS: Mapping[str, str] = {
    "digit_transforms": "digits",
    "textured_shapes": "shapes",
    "scene_triplets": "scenes",
    "mit_states": "MIT-States",
    "ut_zap50k": "UT-Zap50K",
    "stanford_vrd": "StanfordVRD",
}

WORDS: Mapping[str, str] = {
    "ss": "SS",
    "uds": "UDS",
    "ss_mtc_add": "SS-MTC+",
    "ss_mtc_affine": "SS-MTC*",
    "tds": "TDS",
    "tds_shuffled": "TDS with another's noise",
    "visprod": "VisProd",
    "label_embed": "LabelEmbed+",
    "red_wine": "RedWine",
    "att_operator": "AttOperator",
    "ridge": "ridge prototypes",
}


def chosen(table: pd.DataFrame, **values: object) -> pd.DataFrame:
    """The rows with these values."""
    for name, value in values.items():
        table = table[table[name] == value]
    return table


def sets(table: pd.DataFrame) -> list[str]:
    """The sets of compositions that a study has, in its order."""
    return [str(name) for name in table["compositions"].unique()]


def percent(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    """A share by seed, in percent."""
    return 100 * by_seed(rows, column)


def tested(table: pd.DataFrame) -> pd.DataFrame:
    """What is on test pictures, where a study has validation pictures too."""
    return chosen(table, part="test") if "part" in table else table


def ahead(
    table: pd.DataFrame,
    first: str,
    others: Iterable[str],
    column: str = "closed",
    label: str = "",
    **values: object,
) -> list[Cell]:
    """In points: one method less others, in each set of compositions."""
    rows = tested(chosen(table, **values))
    return [
        difference(
            percent(chosen(rows, compositions=name, strategy=first), column),
            percent(chosen(rows, compositions=name, strategy=other), column),
            f"{SETS[name]}{label}, {WORDS[first]} against {WORDS[other]}",
        )
        for name in sets(rows)
        for other in others
    ]
