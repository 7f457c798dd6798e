"""One claim with its verdict: what was found on one side, what was said on the other."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from mtlkit.explore.badge import badge
from mtlkit.explore.claim_links import claim_id, figure_link, source_link
from mtlkit.explore.comparisons import comparisons
from mtlkit.explore.interval_picture import interval_picture, picture_words
from mtlkit.explore.words import with_interval

Row = Mapping[str, Any]


def claim_card(row: Row, root: str | None) -> str:
    """A claim as an `<article>` of HTML.

    Parameters
    ----------
    row
        The verdict, as `Verdict.as_dict()` gives it.
    root
        The report's first folder, as seen from the page the card is on: empty or `../`; None for
        a card without links.
    """
    place = escape(claim_id(row))
    marks = "".join(
        f' data-{key}="{escape(row[key])}"' for key in ("lesson", "verdict", "evidence")
    )
    return (
        f'<article class="mtl-claim" id="{place}" aria-labelledby="{place}-title"{marks}>'
        f'<h3 class="mtl-claim-title" id="{place}-title">{escape(row["title"])}</h3>'
        f'<div class="mtl-found">{_found(row)}</div>'
        f'<div class="mtl-said">{_said(row, root)}</div></article>'
    )


def _found(row: Row) -> str:
    verdict = f"{badge(row['verdict'])}{_about_verdict(row)}"
    return f"<p>{verdict}</p>{_picture(row)}<p>{_effect(row)}</p><p>{_evidence(row)}</p>"


def _about_verdict(row: Row) -> str:
    more = ""
    if row["by_construction"]:
        more += _note("so by construction")
    if row["verdict"] == "inconclusive":
        needed = row["seeds_to_decide"]
        more += _note(
            f"about {needed:,} seeds would decide"
            if needed
            else "more than 10,000 seeds would be needed"
        )
    return more


def _picture(row: Row) -> str:
    region = row["region_low"], row["region_high"]
    return interval_picture(row, region, picture_words(row, region, row["region"], row["unit"]))


def _effect(row: Row) -> str:
    claimed = _note(f"claimed: {row['region']}")
    if not row["cell"]:
        return f"–{claimed}"
    numbers = escape(with_interval(row["effect"], row["low"], row["high"]))
    unit = row["unit"]
    shown = f"{numbers} {_note(unit) if len(unit) > 3 else escape(unit)}"
    which = f"{row['cell']}, which decides" if len(row["cells"]) > 1 else row["cell"]
    return f'<span class="mtl-effect">{shown}</span>{_note(which)}{claimed}'


def _evidence(row: Row) -> str:
    if row["evidence"] == "printed":
        return f"printed{_note('worked out from what is printed')}"
    told = _note(f"data: {row['data']}, scale: {row['scale']}")
    if row["cell"]:
        lost = f", {row['lost']} without a value" if row["lost"] else ""
        told += _note(f"{row['seeds']} seeds{lost}")
    return escape(row["evidence"]) + told


def _note(text: str) -> str:
    # The line break is for a notebook, where no style sheet sets a note on a line of its own.
    return f'<span class="mtl-note"><br class="mtl-break">{escape(text)}</span>'


def _said(row: Row, root: str | None) -> str:
    said = (
        f'<p class="mtl-statement">{escape(row["statement"])}</p>'
        f'<blockquote class="mtl-quote">“{escape(row["quote"])}” '
        f"<cite>{source_link(row, root)}</cite></blockquote>"
        f'<p class="mtl-explanation">{escape(row["explanation"])}</p>'
    )
    if row["note"]:
        said += f'<p class="mtl-note">{escape(row["note"])}</p>'
    said += comparisons(row)
    if root is not None:
        label = escape(f"Link to this claim: {row['title']}")
        here = f'<a href="#{escape(claim_id(row))}" aria-label="{label}">Link to this claim</a>'
        said += f'<p class="mtl-links">{figure_link(row, root)} {here}</p>'
    return said
