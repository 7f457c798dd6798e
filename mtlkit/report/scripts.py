"""A Sphinx extension: each page's scripts, on those pages alone that have something for them to do,
and a button to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sphinx.application import Sphinx

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    'class="mtl-plot"': ("plotly.min.js", "figures.js"),
    'class="mtl-explorer"': ("explorer.js",),  # its pictures are plots too
    'class="mtl-filter"': ("ledger.js",),
    "mtl-copy": ("copy.js",),
}
"""What a page's body has in it, and the scripts that this asks for."""


PRINT_BUTTON = {
    "type": "javascript",
    "javascript": "window.print()",
    "tooltip": "Print this page",
    "icon": "fas fa-print",
    "label": "print-button",
    "classes": "pst-navbar-icon pst-js-only",
}
"""Stands in every page's header, among the theme's own buttons."""

_AFTER_THE_THEME = 502
"""Sphinx's order of handlers: the theme makes its buttons at 500 and 501."""


def _add(app: Sphinx, page: str, template: str, context: dict[str, Any], document: Any) -> None:
    for sign, scripts in SCRIPTS.items():
        if sign in context.get("body", ""):
            for script in scripts:
                app.add_js_file(script, loading_method="defer")


def _print_button(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: Any
) -> None:
    context.setdefault("header_buttons", []).append(PRINT_BUTTON)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register."""
    app.add_js_file("theme.js", priority=100)  # before the theme's own
    app.add_js_file("print.js", loading_method="defer")
    app.connect("html-page-context", _add)
    app.connect("html-page-context", _print_button, priority=_AFTER_THE_THEME)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
