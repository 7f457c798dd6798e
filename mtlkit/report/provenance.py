"""Where a lesson's numbers come from, in short, at the foot of its page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mtlkit.core.study import PublishedStudy


def provenance_footer(studies: Sequence[PublishedStudy], scale: str) -> str:
    """A block of HTML: versions, device, data and time of the studies behind a page.

    Parameters
    ----------
    studies
        The lesson's published studies.
    scale
        The scale the page's own cells ran at.
    """
    rows = "".join(_row(study) for study in studies)
    table = (
        "<details><summary>The published studies behind this page</summary>"
        '<div class="mtl-scroll" tabindex="0" role="region" aria-label="Published studies">'
        '<table class="mtl-table mtl-studies"><thead><tr>'
        + "".join(
            f'<th scope="col">{name}</th>'
            for name in (
                "Study",
                "Data",
                "Scale",
                "Seeds, up to",
                "Training",
                "Device",
                "Made",
                "With",
            )
        )
        + f"</tr></thead><tbody>{rows}</tbody></table></div></details>"
        if studies
        else "<p>No published study stands behind this page yet.</p>"
    )
    return (
        '<footer class="mtl-provenance"><p>The cells of this page ran at scale '
        f"<code>{escape(scale)}</code>.</p>{table}</footer>"
    )


def _row(study: PublishedStudy) -> str:
    told = study.provenance
    versions = told["versions"]
    used = ", ".join(f"{name} {versions[name]}" for name in ("mtlkit", "python", "torch"))
    cells = (
        f"{study.data} {told['data']['checksum'][:12]}".strip(),
        study.scale,
        str(told["seeds"]),
        duration(told["training_seconds"]),
        told["device"],
        told["created"].partition("T")[0],
        used,
    )
    return (
        f'<tr><th scope="row">{escape(study.study)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
    )


def duration(seconds: float) -> str:
    """A time in words.

    Examples
    --------
    >>> duration(12.3), duration(754.2), duration(7500.0)
    ('12 s', '13 min', '2 h 5 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
