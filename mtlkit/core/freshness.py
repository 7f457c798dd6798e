"""Whether what is published, or the record of a check, is of the code as it is today."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtlkit.core.lesson import Lesson
from mtlkit.core.provenance import numerics_version
from mtlkit.core.publishing import PublishedStudy

_COMPARING = tuple(Path(__file__).with_name(name) for name in ("agreement.py", "naming.py"))


def comparison() -> str:
    """A version of the code that compares recomputed numbers with published ones."""
    return numerics_version(_COMPARING)


def is_stale(lesson: Lesson, study: PublishedStudy) -> bool:
    """Whether another version of the lesson's numerics made it; one not named is another."""
    return is_of_other_code(lesson, study.provenance)


def is_of_other_code(lesson: Lesson, provenance: Mapping[str, Any]) -> bool:
    """Whether what has that provenance was made by another version of the lesson's numerics."""
    return provenance.get("numerics") != numerics_version(lesson.numerics_files)


def renewal(study: PublishedStudy) -> str:
    """The command that makes a published study anew."""
    return f"mtlkit reproduce {study.lesson} {study.study} --scale {study.scale}"


def outdated(lesson: Lesson, record: Mapping[str, Any]) -> str:
    """Why the record of a check says nothing of today's code; empty if it does.

    Parameters
    ----------
    record
        A `Check.as_dict()`.
    """
    today = numerics_version(lesson.numerics_files)
    if record.get("numerics") != today or record.get("numerics_published") != today:
        return "another version of the lesson’s code"
    if record.get("comparison") != comparison():
        return "another version of the comparison"
    return ""
