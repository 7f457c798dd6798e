"""The page: How this was computed."""

from __future__ import annotations

from mtlkit.report.edition import Edition


def computed_page(edition: Edition) -> str:
    """The page as MyST Markdown."""
    return "# How this was computed\n"
