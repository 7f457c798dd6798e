"""What the report says of studies that older code made."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from mtlkit.core.freshness import is_stale, renewal
from mtlkit.core.lesson import Lesson
from mtlkit.core.publishing import PublishedStudy


def how_to_renew(study: PublishedStudy) -> str:
    """What to say of a stale study, as HTML."""
    return (
        "computed by an older version of this lesson’s code: "
        f"<code>{escape(renewal(study))}</code> makes it anew"
    )


def warning(lesson: Lesson, studies: Iterable[PublishedStudy]) -> str:
    """What stands at the top of a lesson's page if studies behind it are stale, else nothing."""
    stale = [study for study in studies if is_stale(lesson, study)]
    if not stale:
        return ""
    items = "".join(
        f"<li><code>{escape(study.study)}</code> ({escape(study.data)}, {escape(study.scale)}): "
        f"{how_to_renew(study)}.</li>"
        for study in stale
    )
    return (
        '<div class="mtl-stale" role="note"><p><strong>Some numbers on this page are old.'
        f"</strong></p><ul>{items}</ul></div>"
    )
