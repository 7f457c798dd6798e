"""How many labels a noise level flips."""

from __future__ import annotations

import numpy as np

from mtlkit.data.printed import printed_table
from mtlkit.explore.panels import CurveFacet, Curves, Line, Points
from mtlkit.noise import flip_rate

_MOST = 5.0
_KINDS = {
    "variance": "as printed: the level is a variance",
    "std": "as in the author's notebook: it is a deviation",
}


def flip_rates() -> Curves:
    """The share of flipped labels by level, for both readings of it; no run is needed."""
    printed = printed_table("nahm2020_label_flip_rates")
    levels = np.linspace(0, _MOST, 101)
    words = "; ".join(
        f"{label} " + ", ".join(f"{100 * flip_rate(level, kind):.1f} %" for level in (1, 2, 3, 4))
        for kind, label in _KINDS.items()
    )
    return Curves(
        name="flip_rates",
        title="How many labels are flipped",
        alt=f"Share of flipped labels against the noise level. At levels 1 to 4: {words}. The "
        f"printed ones are {', '.join(f'{percent:g} %' for percent in printed['percent'])}.",
        caption="Computed, not drawn: 2 (1 − Φ(1.96/σ)) as printed, 2 (1 − Φ(2/σ)) in the author's "
        "notebook. Crosses: what the source prints.",
        command="mtlkit figures digit_task_weights --out figures",
        x_label="noise level of the task",
        y_label="flipped labels (%)",
        facets=[
            CurveFacet(
                lines=[
                    Line(
                        kind,
                        levels,
                        [100 * flip_rate(at, kind) for at in levels.tolist()],
                        label=label,
                    )
                    for kind, label in _KINDS.items()
                ],
                points=[Points("truth", printed["variance"], printed["percent"], "printed")],
            )
        ],
    )
