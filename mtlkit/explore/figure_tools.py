"""What a reader can take away from a figure: its numbers, its picture, its command."""

from __future__ import annotations

import base64
import io
import re
from html import escape
from urllib.parse import quote

from PIL import Image

from mtlkit.explore import draw_matplotlib
from mtlkit.explore.as_csv import as_csv
from mtlkit.explore.panels import Illustration, ImageGrid, Panel, Plotted, Showable, Table

_DPI = 160
_COLOURS = 48
"""Colours that a picture of text keeps: enough for its edges, and a third of the bytes."""


def tools(panel: Showable) -> str:
    """Links and buttons under a figure, each with a name that says which figure it is of.

    What needs a script is hidden until the page's own (`report/static/figures.js`) shows it.
    """
    numbers = ""
    if not isinstance(panel, Illustration):
        address = f"data:text/csv;charset=utf-8,{_csv(panel)}"
        numbers = _download(panel, "CSV", "numbers", "csv", address)
    return f'<span class="mtl-tools">{numbers}{_picture(panel)}</span>'


def command_line(panel: Panel) -> str:
    """The command that makes a figure's numbers, with a button to copy it."""
    if not panel.command:
        return ""
    return (
        f'<span class="mtl-command">Made by <code>{escape(panel.command)}</code> '
        + _button(panel, "Copy", "command", "mtl-copy")
        + "</span>"
    )


def file_name(panel: Panel) -> str:
    """A name for the files made from a panel: its own, else one from its title."""
    return panel.name or re.sub(r"\W+", "_", panel.title.lower()).strip("_")


def _picture(panel: Showable) -> str:
    if isinstance(panel, Plotted):
        return _button(panel, "PNG", "picture", "mtl-png", data=file_name(panel))
    return _download(panel, "PNG", "picture", "png", _png(panel))


def _download(panel: Panel, label: str, what: str, ending: str, address: str) -> str:
    return (
        f'<a class="mtl-button" download="{escape(file_name(panel))}.{ending}" '
        f'href="{escape(address)}" aria-label="{_told(panel, label, what)}">{label}</a>'
    )


def _button(panel: Panel, label: str, what: str, kind: str, data: str = "") -> str:
    named = f' data-name="{escape(data)}"' if data else ""
    return (
        f'<button type="button" class="mtl-button {kind}"{named} hidden '
        f'aria-label="{_told(panel, label, what)}">{label}</button>'
    )


def _told(panel: Panel, label: str, what: str) -> str:
    return escape(f"{label}: {what} of “{panel.title}”")


def _csv(panel: Plotted | ImageGrid | Table) -> str:
    """CSV as part of an address; what may stand in one as it is stays readable, and short."""
    return quote(as_csv(panel), safe=",;:/?@&=+$!*'()~-_.")


def _png(panel: ImageGrid | Table | Illustration) -> str:
    """A picture drawn by matplotlib as a data address, for what no script draws."""
    large, small = io.BytesIO(), io.BytesIO()
    draw_matplotlib.figure(panel).savefig(large, format="png", dpi=_DPI, bbox_inches="tight")
    few = Image.open(large).convert("RGB").quantize(_COLOURS, Image.Quantize.MAXCOVERAGE)
    few.save(small, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(small.getvalue()).decode()
