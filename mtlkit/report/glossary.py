"""The page: Glossary."""

from __future__ import annotations

from mtlkit.report.edition import Edition


def glossary_page(edition: Edition) -> str:
    """The page as MyST Markdown."""
    return "# Glossary\n"
