"""The page: Bibliography."""

from __future__ import annotations

from mtlkit.report.edition import Edition


def bibliography_page(edition: Edition) -> str:
    """The page as MyST Markdown."""
    return "# Bibliography\n"
