"""Where a claim's links lead, on the pages of the report."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from html import escape
from typing import Any

from mtlkit.explore.figure import figure_id


def claim_id(row: Mapping[str, Any]) -> str:
    """The place in a page where a verdict stands: claim, data and scale.

    Examples
    --------
    >>> claim_id({"id": "digits.order", "data": "mnist", "scale": "lesson"})
    'digits-order-mnist-lesson'
    """
    return "-".join((row["id"], row["data"], row["scale"])).replace(".", "-")


def figure_link(row: Mapping[str, Any], base: str) -> str:
    """A link to the figure that shows a claim.

    Parameters
    ----------
    row
        The verdict.
    base
        The address of the lesson's page, as seen from the page with the link; empty on the
        lesson's page itself.
    """
    place = f"{base}#{figure_id(row['figure'])}"
    said = f"See the figure: {row['title']}"
    return f'<a href="{escape(place)}" aria-label="{escape(said)}">See the figure</a>'


def source_link(row: Mapping[str, Any], base: str | None) -> str:
    """A claim's source, with a link to its entry in the bibliography.

    Parameters
    ----------
    row
        The verdict.
    base
        As for `figure_link`; None for no link.
    """
    key, source = row["document"], row["source"]
    if base is None or not source.startswith(key):
        return escape(source)
    page = posixpath.normpath(posixpath.join(posixpath.dirname(base), "..", "bibliography.html"))
    return f'<a href="{escape(page)}#{escape(key)}">{escape(key)}</a>{escape(source[len(key) :])}'
