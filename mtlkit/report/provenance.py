"""Where a lesson's numbers come from, in short, at the foot of its page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mtlkit.core.freshness import is_stale
from mtlkit.core.lesson import Lesson
from mtlkit.core.publishing import PublishedStudy
from mtlkit.report.freshness import how_to_renew
from mtlkit.report.html_table import html_table
from mtlkit.report.words import duration

_COLUMNS = ("Study", "Data", "Scale", "Seeds, up to", "Training", "Device", "Made", "With")


def provenance_footer(lesson: Lesson, studies: Sequence[PublishedStudy], scale: str) -> str:
    """A block of HTML: versions, device, data and time of the studies behind a page.

    Parameters
    ----------
    lesson, studies
        The lesson and its published studies.
    scale
        The scale the page's own cells ran at.
    """
    table = (
        "<details><summary>The published studies behind this page</summary>"
        + html_table(
            "Published studies",
            _COLUMNS,
            [_row(study, is_stale(lesson, study)) for study in studies],
        )
        + "</details>"
        if studies
        else "<p>No published study stands behind this page yet.</p>"
    )
    return (
        '<footer class="mtl-provenance"><p>The cells of this page ran at scale '
        f"<code>{escape(scale)}</code>. More of this: "
        f'<a href="../computed.html">how this was computed</a>.</p>{table}</footer>'
    )


def _row(study: PublishedStudy, stale: bool) -> list[str]:
    told = study.provenance
    versions = told["versions"]
    used = ", ".join(f"{name} {versions[name]}" for name in ("mtlkit", "python", "torch"))
    old = f'<span class="mtl-old">{how_to_renew(study)}</span>' if stale else ""
    cells = (
        f"{study.data} {told['data']['checksum'][:12]}".strip(),
        study.scale,
        str(told["seeds"]),
        duration(told["training_seconds"]),
        told["device"],
        told["created"].partition("T")[0],
        used,
    )
    return [escape(study.study) + old, *map(escape, cells)]
