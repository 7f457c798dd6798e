"""Where a claim's links lead, on the pages of the report."""

from __future__ import annotations

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


def figure_link(row: Mapping[str, Any], root: str) -> str:
    """A link to the figure that shows a claim, among all the figures of its lesson.

    Parameters
    ----------
    row
        The verdict.
    root
        The report's first folder, as seen from the page with the link: empty, or `../`.
    """
    place = f"{root}figures/{row['lesson']}.html#{figure_id(row['figure'])}"
    said = f"See the figure: {row['title']}"
    return f'<a href="{escape(place)}" aria-label="{escape(said)}">See the figure</a>'


def source_link(row: Mapping[str, Any], root: str | None) -> str:
    """A claim's source, with a link to its entry in the bibliography.

    Parameters
    ----------
    row
        The verdict.
    root
        As for `figure_link`; None for no link.
    """
    key, source = row["document"], row["source"]
    if root is None or not source.startswith(key):
        return escape(source)
    place = f"{root}bibliography.html#{key}"
    return f'<a href="{escape(place)}">{escape(key)}</a>{escape(source[len(key) :])}'
