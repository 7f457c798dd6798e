"""A Sphinx extension: scripts on those pages alone that have something for them to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sphinx.application import Sphinx

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    'class="mtl-plot"': ("plotly.min.js", "figures.js"),
    'class="mtl-filter"': ("ledger.js",),
}
"""What a page's body has in it, and the scripts that this asks for."""


def _add(app: Sphinx, page: str, template: str, context: dict[str, Any], document: Any) -> None:
    for sign, scripts in SCRIPTS.items():
        if sign in context.get("body", ""):
            for script in scripts:
                app.add_js_file(script, loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register."""
    app.connect("html-page-context", _add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
