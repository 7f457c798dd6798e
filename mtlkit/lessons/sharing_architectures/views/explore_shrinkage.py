"""What one can drag of the one-dimensional loss; nothing is trained for it."""

from __future__ import annotations

from collections.abc import Sequence

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Named, Values
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.panels import Panel
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.views.common import L1, L2
from mtlkit.lessons.sharing_architectures.views.shrinkage import (
    PENALTIES,
    one_dimensional,
    shrinkage,
)

_STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0)
_PRODUCTS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)

KNOBS: tuple[Knob, ...] = (
    Knob(
        name="strength",
        label="strength λ of the penalty",
        values=_STRENGTHS,
        default=2.0,
        kind="view",
        main=True,
    ),
    Knob(
        name="yx",
        label="y'x, what the data pull with (x'x = 1)",
        values=_PRODUCTS,
        default=1.5,
        kind="view",
        main=True,
    ),
    Named(
        name="penalty",
        label="penalty",
        values=PENALTIES,
        words=("both, side by side", L1, L2),
        default=PENALTIES[0],
        kind="view",
        live_only=True,
    ),
)


def setting(values: Values) -> Setting:
    """The smallest run there is: the pictures are computed from the knobs alone."""
    config = SharingConfig(
        problem="linear", tasks=1, inputs=1, relevant=1, n_train=2, strategies=("ridge",)
    )
    return Setting(config, 1, {})


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """The loss with its minimum, and the minimum for every y'x."""
    turned = values["strength"], values["yx"], values["penalty"]
    return [one_dimensional(*turned), shrinkage(*turned)]


EXPLORATION = Exploration(
    title="One coefficient: drag the penalty until it is 0",
    knobs=KNOBS,
    setting=setting,
    panels=panels,
    grid={"strength": _STRENGTHS, "yx": _PRODUCTS},
    observed={},
    hint=f"Drag λ up: from where on is the minimum with {L1} exactly 0? Does that with {L2} "
    "ever get there?",
    words=Words(part="penalty", count="step", total="", what="nothing"),
)
