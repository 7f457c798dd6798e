"""A Sphinx extension: the plotting scripts, on those pages alone that have a plot."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

SCRIPTS = ("plotly.min.js", "figures.js")


def _add(app: Sphinx, page: str, template: str, context: dict[str, Any], document: Any) -> None:
    if 'class="mtl-plot"' in context.get("body", ""):
        for script in SCRIPTS:
            app.add_js_file(script, loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register."""
    app.connect("html-page-context", _add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
