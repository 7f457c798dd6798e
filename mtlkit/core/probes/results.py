"""A probe of a lesson's published studies."""

from __future__ import annotations

from collections.abc import Iterator

from mtlkit.core.lesson import Lesson
from mtlkit.core.probes.finding import NOTE, OK, PROBLEM, Finding, torch_or_none


def results(lesson: Lesson) -> Iterator[Finding]:
    """Whether a lesson's published studies are complete, and made by the code as it stands."""
    about = f"results {lesson.name}"
    if torch_or_none() is None:
        yield Finding(NOTE, about, "not looked at, since torch cannot be imported.")
        return
    from mtlkit.core.freshness import is_stale, renewal
    from mtlkit.core.publishing import published

    found = published(lesson.name)
    stale = [item for item in found if is_stale(lesson, item)]
    missing = [name for name in lesson.studies if name not in {item.study for item in found}]
    for item in stale:
        told = f"{item.study} is older than the lesson's code: `{renewal(item)}`."
        yield Finding(PROBLEM, about, told)
    for name in missing:
        told = f"{name} is not published: `mtlkit reproduce {lesson.name} {name}` makes it."
        yield Finding(NOTE, about, told)
    if not stale:
        yield Finding(OK, about, f"published studies: {len(found)}, all by the code as it stands")
