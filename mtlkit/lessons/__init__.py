"""The lessons of the course, in order; importing this imports no lesson."""

from __future__ import annotations

from mtlkit.core.lesson import Lesson
from mtlkit.errors import UsageError

_LESSONS = {
    lesson.name: lesson
    for lesson in (
        Lesson(
            name="noisy_polynomials",
            number=1,
            title="Noisy polynomials: learned task weights where the truth is known",
            summary="Weights learned from noise, where we know every task's true noise.",
            source="nahm2020, chapters 3.3 and 4",
            default_data="generated",
            source_data=("generated",),
            minutes=35,
        ),
        Lesson(
            name="digit_task_weights",
            number=2,
            title="Noisy digits: learned task weights in classification",
            summary="Three tasks see the same digits through different label noise.",
            source="nahm2020, chapter 5",
            default_data="digits",
            source_data=("mnist",),
            minutes=10,
        ),
    )
}


def names() -> tuple[str, ...]:
    """The names of the lessons, in the order of the course."""
    return tuple(_LESSONS)


def get(name: str) -> Lesson:
    """The lesson of that name.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name not in _LESSONS:
        raise UsageError(f"lesson = {name}: allowed is one of {', '.join(_LESSONS)}.")
    return _LESSONS[name]
