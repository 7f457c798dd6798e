"""The legend of every figure lies inside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandas as pd
import pytest

from mtlkit import lessons
from mtlkit.core.publishing import published
from mtlkit.explore import draw_matplotlib
from mtlkit.explore.panels import Curves, Intervals
from tests.lessons.digit_task_weights.test_views import TABLES as DIGITS
from tests.lessons.gated_experts.test_views import TABLES as EXPERTS
from tests.lessons.noisy_polynomials.test_views import TABLES as POLYNOMIALS
from tests.lessons.retrieval_losses.test_views import TABLES as RETRIEVAL
from tests.lessons.retrieval_task_weights.test_views import TABLES as WEIGHTED
from tests.lessons.sharing_architectures.test_views import TABLES as SHARING
from tests.lessons.zero_shot_synthesis.test_views import TABLES as SYNTHESIS

MADE_UP = {
    "digit_task_weights": DIGITS,
    "gated_experts": EXPERTS,
    "noisy_polynomials": POLYNOMIALS,
    "retrieval_losses": RETRIEVAL,
    "retrieval_task_weights": WEIGHTED,
    "sharing_architectures": SHARING,
    "zero_shot_synthesis": SYNTHESIS,
}
FIGURES = [(name, figure) for name in lessons.names() for figure in lessons.get(name).views.FIGURES]


@cache
def tables_of(lesson: str) -> Mapping[str, pd.DataFrame]:
    """The studies' tables: those that are published, and made-up ones of the others."""
    return {**MADE_UP[lesson], **{each.study: each.table for each in published(lesson)}}


@pytest.mark.parametrize("titled", [True, False])
@pytest.mark.parametrize(("lesson", "figure"), FIGURES)
def test_the_legend_lies_inside_the_figure(lesson: str, figure: str, titled: bool) -> None:
    panel = lessons.get(lesson).views.FIGURES[figure].panel(tables_of(lesson).__getitem__)
    drawn = draw_matplotlib.figure(panel, titled=titled)
    drawn.draw_without_rendering()
    for legend in drawn.legends:
        box, page = legend.get_window_extent(), drawn.bbox
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1
    if isinstance(panel, Curves | Intervals):
        named = [text.get_text() for legend in drawn.legends for text in legend.get_texts()]
        assert len(named) == len(set(named))
