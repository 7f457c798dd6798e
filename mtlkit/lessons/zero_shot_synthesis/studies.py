"""The tables and figures of yan2020, chapter 5, and what its sentences ask, as sets of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mtlkit.core.study import Setting
from mtlkit.data.compositions import EMBEDDED
from mtlkit.lessons.zero_shot_synthesis.config import (
    BASELINES,
    CONTROL,
    DESIGNS,
    EXTRACTORS,
    SynthesisConfig,
)

SEEDS = 5
TOLERANCE = 0.5
LOOSE: Mapping[str, float] = {}


def _setting(scale: str, labels: Mapping[str, Any], **settings: Any) -> Setting:
    """At `smoke`, two seeds are enough to run through."""
    seeds = 2 if scale == "smoke" else SEEDS
    return Setting(SynthesisConfig.preset(scale, **settings), seeds, labels)


def _sets(scale: str) -> Sequence[str]:
    """At `paper`, the sets of the printed columns."""
    if scale == "smoke":
        return EMBEDDED[:1]
    return ("mit_states", "ut_zap50k", "stanford_vrd") if scale == "paper" else EMBEDDED


def _table_5_2(scale: str) -> Sequence[Setting]:
    """The control too, which is in no printed table."""
    return [
        _setting(scale, {"compositions": data}, data=data, strategies=(strategy,))
        for data in _sets(scale)
        for strategy in (*DESIGNS, CONTROL)
    ]


def _table_5_1(scale: str) -> Sequence[Setting]:
    return [
        _setting(scale, {"compositions": data}, data=data, strategies=(strategy,))
        for data in _sets(scale)[:2]
        for strategy in (*DESIGNS, *BASELINES)
    ]


def _figure_5_4(scale: str) -> Sequence[Setting]:
    extractors = {"smoke": ("pca",), "paper": ("resnet18", "resnet101")}.get(scale, EXTRACTORS)
    more = {"features": 2048} if scale == "paper" else {}
    return [
        _setting(
            scale,
            {"compositions": data, "extractor": extractor},
            data=data,
            extractor=extractor,
            strategies=(strategy,),
            **(more if extractor == "resnet101" else {}),
        )
        for data in _sets(scale)
        for extractor in extractors
        for strategy in ("tds", *BASELINES)
    ]


def _images(scale: str) -> Sequence[Setting]:
    """As many steps whatever the number of pictures: what differs is how many are known."""
    if scale == "smoke":
        return [
            _setting(scale, {"per_composition": each}, per_composition=each, strategies=("tds",))
            for each in (2, 4)
        ]
    usual = SynthesisConfig.preset(scale)
    steps = usual.epochs * usual.per_composition
    return [
        _setting(
            scale,
            {"per_composition": each},
            per_composition=each,
            epochs=steps // each,
            strategies=(strategy,),
        )
        for each in (2, 5, 10, 20, 40)
        for strategy in (*DESIGNS, "ridge")
    ]
