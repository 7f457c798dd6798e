"""The baselines of yan2020, chapter 5, by name, and ridge prototypes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from mtlkit.lessons.zero_shot_synthesis.att_operator import AttOperatorProgram
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.label_embed import LabelEmbedProgram
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram
from mtlkit.lessons.zero_shot_synthesis.red_wine import RedWineProgram
from mtlkit.lessons.zero_shot_synthesis.ridge import RidgeProgram
from mtlkit.lessons.zero_shot_synthesis.visprod import VisProdProgram

Method = Callable[
    [SynthesisConfig, Sequence[int], Sequence[Problem], torch.device], ZeroShotProgram
]

METHODS: Mapping[str, Method] = {
    "visprod": VisProdProgram,
    "label_embed": LabelEmbedProgram,
    "red_wine": RedWineProgram,
    "att_operator": AttOperatorProgram,
    "ridge": RidgeProgram,
}
"""`ridge` has no optimiser: fit it with `epochs=0`."""
