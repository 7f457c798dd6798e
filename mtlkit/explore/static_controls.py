"""An Explorer's knobs as the static face shows them: HTML that is there before any script."""

from __future__ import annotations

from html import escape
from typing import Any

from mtlkit.explore.exploration import Exploration
from mtlkit.explore.frames import moving_knobs
from mtlkit.explore.knobs import Knob, Values
from mtlkit.explore.live_controls import control


def controls(exploration: Exploration, opened: Values) -> str:
    """A form with a slider or a row of choices for each knob that moves, at some values.

    The script switches it on; without one nothing would happen.
    """
    made = "".join(
        (_slider if control(knob)["looks"] == "range" else _choices)(
            knob, values, opened[knob.name]
        )
        for knob, values in moving_knobs(exploration).items()
    )
    return (
        '<form class="mtl-controls" autocomplete="off"><fieldset class="mtl-knobs" disabled>'
        f'<legend class="mtl-unseen">What can be turned</legend>{made}</fieldset></form>'
    )


def fixed_knobs(exploration: Exploration) -> list[Knob]:
    """The knobs that stand still, but for those that do nothing in any frame."""
    moving, points = moving_knobs(exploration), list(exploration.frames())
    return [
        knob
        for knob in exploration.knobs
        if knob not in moving and any(knob.applies(values) for values in points)
    ]


def live_only(exploration: Exploration) -> str:
    """The knobs that stand still, folded, with where they stand; empty if all move."""
    fixed = fixed_knobs(exploration)
    if not fixed:
        return ""
    rows = "".join(
        f"<div><dt>{escape(knob.label)}</dt><dd>{escape(knob.said(knob.default))}</dd></div>"
        for knob in fixed
    )
    return (
        f'<details class="mtl-fixed"><summary>{len(fixed)} more knobs, live only</summary>'
        "<p>These stand still here. In JupyterLab they move too, and so do the sliders above in "
        f"finer steps: each turn trains {escape(exploration.words.what)} anew.</p>"
        f"<dl>{rows}</dl></details>"
    )


def _slider(knob: Knob, values: tuple[Any, ...], value: Any) -> str:
    at, said = values.index(value), escape(knob.said(value))
    stops = "".join(f"<span>{escape(knob.text(value))}</span>" for value in values)
    # The value stands beside the label, not in it, or it would be read out as part of the name.
    return (
        f'<div class="mtl-knob"><output aria-hidden="true">{said}</output>'
        f"<label><span>{escape(knob.label)}</span>"
        f'<input type="range" name="{escape(knob.name)}" min="0" max="{len(values) - 1}" step="1" '
        f'value="{at}" aria-valuetext="{said}"></label>'
        f'<span class="mtl-stops" aria-hidden="true">{stops}</span></div>'
    )


def _choices(knob: Knob, values: tuple[Any, ...], value: Any) -> str:
    boxes = "".join(
        f'<label><input type="radio" name="{escape(knob.name)}" value="{number}"'
        f"{' checked' if each == value else ''}> {escape(knob.said(each))}</label>"
        for number, each in enumerate(values)
    )
    return (
        f'<fieldset class="mtl-knob mtl-boxes"><legend>{escape(knob.label)}</legend>{boxes}'
        "</fieldset>"
    )
