"""A figure of a study says where its numbers are from and, in words, what they are."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.study_figures import StudyFigures, one, over_seeds

TABLE = pd.DataFrame({"seed": [0, 1, 1, 4]})

FIGURES = StudyFigures("a_lesson", lambda table, caption: f"{caption} {len(table)} rows.")

EQUAL = Series(key="equal", values=[1.26, 2.0])
TUNED = Series(key="hand_tuned", values=[3.0, 4.0])


def drawn(facets: list[IntervalFacet], **more: str | int | bool) -> Intervals:
    words = {"title": "Errors", "said": "Error", "caption": "Less is better."}
    axes = {"x_label": "tasks", "y_label": "error"}
    return FIGURES.intervals(TABLE, "errors", facets, ["T = 2", "T = 3"], **words, **axes, **more)


def test_it_has_the_study_s_name_the_command_and_the_data() -> None:
    panel = drawn(one([EQUAL]))
    assert panel.name == "errors"
    assert panel.command == FIGURES.command("errors") == "mtlkit reproduce a_lesson errors"
    assert panel.caption == "Less is better. 4 rows."
    assert drawn(one([EQUAL]), name="other").name == "other"


def test_a_single_facet_is_told_without_a_title() -> None:
    panel = drawn(one([EQUAL, TUNED], [Reference(0.0, "none")]), unit=" %")
    assert [reference.label for reference in panel.facets[0].references] == ["none"]
    assert panel.alt == (
        "Error: equal weights 1.3 % at T = 2, 2.0 % at T = 3; "
        "hand-tuned 3.0 % at T = 2, 4.0 % at T = 3."
    )


def test_facets_are_told_by_title() -> None:
    facets = [
        IntervalFacet(title="left", series=[EQUAL]),
        IntervalFacet(title="right", series=[TUNED]),
    ]
    assert drawn(facets, decimals=0).alt == (
        "Error: left: equal weights 1 at T = 2, 2 at T = 3. "
        "right: hand-tuned 3 at T = 2, 4 at T = 3."
    )


def test_a_caption_counts_seeds_not_rows() -> None:
    assert over_seeds(TABLE) == "Mean of 3 seeds. Intervals: 95 % over seeds."
