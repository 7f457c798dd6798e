"""The face of an Explorer without a kernel: native sliders that move through published frames.

What is here is plain HTML with the first pictures in it; `report/static/explorer.js` moves them.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from mtlkit.core.freshness import is_of_other_code
from mtlkit.core.study import SCALES
from mtlkit.errors import UsageError
from mtlkit.explore import draw_matplotlib
from mtlkit.explore.figure import show
from mtlkit.explore.frames import (
    SCALE,
    Frames,
    are_published,
    moving_knobs,
    moving_texts,
    place_of,
    published_frames,
)
from mtlkit.explore.knobs import Knob, Typed, Values
from mtlkit.explore.live_controls import control, python_line
from mtlkit.explore.live_plots import picture
from mtlkit.explore.panels import Curves, Heatmap, Intervals, Panel
from mtlkit.explore.pooling import pooled
from mtlkit.explore.shared_axes import shared_axes
from mtlkit.explore.static_controls import controls, fixed_knobs, live_only
from mtlkit.explore.subject import Subject

Json = dict[str, Any]


def of_run(subject: Subject, values: Values, panels: Sequence[Panel]) -> str:
    """What a page shows of a run that nobody turns knobs of.

    That is the Explorer of `html`, opened where the run's knobs stand; as it starts, if they stand
    as they start at some scale. Where no frame shows that setting, it is the run's own figures.

    Raises
    ------
    UsageError
        If frames are published, but cannot be read, or are those of other knobs.
    """
    exploration = subject.exploration
    figures = "".join(show(panel).html() for panel in panels)
    if not are_published(subject):
        return figures
    if any(values == exploration.start(scale) for scale in SCALES):
        return html(subject)
    if place_of(exploration, values) is None:
        line = escape(python_line(subject, exploration.knobs, values))
        return (
            '<p class="mtl-run-alone">Nothing moves here, for the report has no frames of this '
            f"setting: these are the figures of the run itself, <code>{line}</code>.</p>{figures}"
        )
    return html(subject, values)


def html(subject: Subject, values: Values | None = None) -> str:
    """An Explorer for the report: controls, pictures, links, and all its frames.

    Parameters
    ----------
    values
        Where its knobs stand as it opens: values that a frame shows; None: as they start.

    Raises
    ------
    UsageError
        If no frames are published for what the lesson declares today.
    """
    frames = published_frames(subject)
    if dict(frames.moving) != moving_texts(subject.exploration):
        raise UsageError(
            f"frames of {subject.file} were published for other knobs; "
            f"`{subject.frames_command}` makes them anew."
        )
    old = is_of_other_code(subject.lesson, frames.provenance)
    return (_old(subject) if old else "") + face(subject, frames, values)


def face(subject: Subject, frames: Frames, values: Values | None = None) -> str:
    """As `html`, from frames at hand."""
    exploration = subject.exploration
    opened = exploration.start(SCALE) if values is None else values
    first = frames.at(
        {knob.name: knob.text(opened[knob.name]) for knob in moving_knobs(exploration)}
    )
    told = json.dumps(_head(subject, opened))
    head = _script("mtl-head", told.replace("<", "\\u003c"))
    return (
        f'<figure class="mtl-explorer" id="{subject.place}"'
        f"{' data-default' if subject.default else ''} "
        f'aria-label="{escape(f"Explorer: {subject.title}")}">'
        f'<p class="mtl-hint">{escape(exploration.hint)}</p>'
        '<p class="mtl-still-only">The controls need JavaScript, in a browser of 2023 or later. '
        "As long as they are off, the pictures show the setting at which they start.</p>"
        + controls(exploration, opened)
        + '<p class="mtl-unseen" role="status"></p><p class="mtl-elsewhere" role="status"></p>'
        + f'<div class="mtl-pictures">{"".join(map(_picture, first))}</div>'
        + _figcaption(subject, frames, opened, first)
        + head
        + _script("mtl-frames", _packed(frames))
        + "</figure>"
    )


def _old(subject: Subject) -> str:
    return (
        '<div class="mtl-stale" role="note"><p><strong>The pictures of the Explorer are old:'
        "</strong> computed by an older version of this lesson’s code. "
        f"<code>{subject.frames_command}</code> makes them anew.</p></div>"
    )


def _script(kind: str, text: str) -> str:
    return f'<script type="text/plain" class="{kind}">{text}</script>'


def _head(subject: Subject, opened: Values) -> Json:
    """What the script needs to know before the frames."""
    return {
        "knobs": [
            {
                "name": knob.name,
                "label": knob.label,
                "texts": [knob.text(value) for value in values],
                "said": [knob.said(value) for value in values],
                "code": [repr(value) for value in values],
                "start": values.index(knob.default),
                "opened": values.index(opened[knob.name]),
                "live": _live(knob),
                "looks": control(knob)["looks"],
                "typed": isinstance(knob, Typed),
            }
            for knob, values in moving_knobs(subject.exploration).items()
        ],
        "fixed": [
            {
                "name": knob.name,
                "label": knob.label,
                "start": knob.text(knob.default),
                "said": knob.said(knob.default),
                "live": _live(knob),
                "looks": control(knob)["looks"],
                "typed": isinstance(knob, Typed),
            }
            for knob in fixed_knobs(subject.exploration)
        ],
        "line": python_line(subject, (), {}).removesuffix(")"),
    }


def _live(knob: Knob) -> dict[str, str]:
    """What the knob can be set to live: each value in words, by its text in a link."""
    told = control(knob)
    return dict(zip(told["texts"], told["said"], strict=True))


def _picture(panel: Panel) -> str:
    """The still picture of a panel, over which the script draws."""
    told = picture(panel)
    if "html" in told:
        body = f'<div class="mtl-body">{told["html"]}</div>'
    else:
        alt = escape(panel.alt)
        body = (
            f'<div class="mtl-body"><div class="mtl-plot" role="img" aria-label="{alt}">'
            f'<img src="data:image/svg+xml,{_still(panel)}" alt="{alt}"></div></div>'
        )
    return (
        f'<div class="mtl-picture" style="--mtl-facets:{_facets(panel)}">'
        f'<p class="mtl-title"><strong>{escape(panel.title)}</strong></p>{body}'
        f'<p class="mtl-caption">{escape(panel.caption)}</p></div>'
    )


def _still(panel: Panel) -> str:
    """The picture as part of an address, its places to a hundredth of a point."""
    drawn = re.sub(r"([1-9]\d*\.\d\d)\d+", r"\1", draw_matplotlib.page_svg(panel, beside=True))
    return quote(re.sub(r"\s+", " ", drawn), safe=" !$'()*+,-./:;=?@_~")


def _facets(panel: Panel) -> int:
    """How many facets stand side by side, which is how much of a row the picture asks for."""
    return min(len(panel.facets), 3) if isinstance(panel, Curves | Intervals) else 2


def _packed(frames: Frames) -> str:
    """Every frame as plotly draws it: JSON, each part once, deflated, as base64."""
    axes = shared_axes(panel for panels in frames.frames for panel in panels)
    drawn: dict[int, Json] = {}  # a panel that several frames share is drawn once

    def of(panel: Panel) -> Json:
        if id(panel) not in drawn:
            told = picture(panel)
            if "data" in told:
                for layout in ("wide", "narrow"):
                    axes.put({"data": told["data"], "layout": told[layout]}, panel)
                told["data"] = [_parted(trace) for trace in told["data"]]
            told["facets"] = _facets(panel)
            told["named"] = _named(panel)
            told["intervals"] = isinstance(panel, Intervals)
            if isinstance(panel, Heatmap):
                told["cells"] = {"rows": list(panel.rows), "columns": list(panel.columns)}
            told["command"] = panel.command
            drawn[id(panel)] = told
        return drawn[id(panel)]

    tree = [[of(panel) for panel in panels] for panels in frames.frames]
    text = json.dumps(pooled(tree), allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _parted(trace: Mapping[str, Any]) -> list[Json]:
    """A trace as its look, which many share, and its numbers."""
    return [
        {name: part for name, part in trace.items() if not isinstance(part, list)},
        {name: part for name, part in trace.items() if isinstance(part, list)},
    ]


def _named(panel: Panel) -> list[str]:
    """The titles of the facets, for the numbers as CSV."""
    return [facet.title for facet in panel.facets] if isinstance(panel, Curves | Intervals) else []


def _figcaption(subject: Subject, frames: Frames, opened: Values, first: Sequence[Panel]) -> str:
    commands = dict.fromkeys(panel.command for panel in first if panel.command)
    line = python_line(subject, moving_knobs(subject.exploration), opened)
    return (
        "<figcaption>"
        '<span class="mtl-tools">'
        f'<span><code class="mtl-link mtl-unseen" aria-hidden="true">#{subject.place}</code>'
        + _button("Copy link", "mtl-copy")
        + "</span>"
        + _button("CSV", "mtl-csv", data=subject.file)
        + _button("Reset", "mtl-reset")
        + "</span>"
        + _code("In Python", "mtl-line", line)
        + "".join(_code("Made by", "mtl-made", command) for command in list(commands)[:1])
        + live_only(subject.exploration)
        + f'<p class="mtl-note">{_cost(frames.provenance)}</p></figcaption>'
    )


def _button(label: str, kind: str, data: str = "") -> str:
    named = f' data-name="{escape(data)}"' if data else ""
    return f'<button type="button" class="mtl-button {kind}"{named} hidden>{label}</button>'


def _code(words: str, kind: str, code: str) -> str:
    return (
        f'<span class="mtl-command">{words} <code class="{kind}">{escape(code)}</code> '
        + _button("Copy", "mtl-copy")
        + "</span>"
    )


def _cost(told: Mapping[str, Any]) -> str:
    minutes = max(told["training_seconds"] / 60, 1)
    settings, seeds = told["settings"], told["seeds"]
    each = f"{seeds} random seed{'s' * (seeds != 1)}" + " each" * (settings != 1)
    return (
        f"Every picture shows real runs: {settings} setting{'s' * (settings != 1)} with {each}, "
        f"trained in {minutes:.0f} min ({escape(told['device'])}) on "
        f"{told['created'].partition('T')[0]}."
    )
