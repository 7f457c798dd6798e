"""The page: What held, what did not, and why."""

from __future__ import annotations

from mtlkit.report.edition import Edition


def held_page(edition: Edition) -> str:
    """The page as MyST Markdown."""
    return "# What held, what did not, and why\n"
