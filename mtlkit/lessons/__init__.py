"""The lessons of the course, in order; importing this imports no lesson."""

from __future__ import annotations

import importlib.metadata
from typing import Any

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
            minutes=45,
            prerequisites=(
                "gradient descent",
                "the mean squared error",
                "the normal distribution",
            ),
        ),
        Lesson(
            name="digit_task_weights",
            number=2,
            title="Noisy digits: learned task weights in classification",
            summary="Several tasks see the same digits, each through label noise of its own.",
            source="nahm2020, chapter 5",
            default_data="digits",
            source_data=("mnist",),
            minutes=40,
            prerequisites=("lesson 01", "softmax", "cross-entropy"),
        ),
        Lesson(
            name="sharing_architectures",
            number=3,
            title="Sharing architectures: when does sharing help?",
            summary="One backbone for all tasks, one for each, or something in between.",
            source="yan2020, chapters 1 and 2; xiao2020, soft sharing and linear models",
            default_data="generated",
            source_data=("generated",),
            minutes=45,
            prerequisites=("gradient descent", "linear regression", "cross-entropy"),
        ),
        Lesson(
            name="gated_experts",
            number=4,
            title="Gated experts: tasks that choose what they share",
            summary="Tasks draw the experts they use, and learn from the loss which to draw.",
            source="yan2020, chapter 3",
            default_data="digit_families",
            source_data=("cifar100",),
            minutes=50,
            prerequisites=("lesson 03", "softmax", "expectation and variance"),
        ),
        Lesson(
            name="retrieval_losses",
            number=7,
            title="Retrieval losses: is it the negatives?",
            summary="Pictures and captions in one space: how should negatives be weighed?",
            source="epfl_retrieval",
            default_data="scenes",
            source_data=("coco",),
            minutes=50,
            prerequisites=("softmax", "cosine similarity", "convolutional networks"),
        ),
        Lesson(
            name="retrieval_task_weights",
            number=8,
            title="Retrieval with learned task weights",
            summary="Two collections with wrong labels, one model: does it learn which to trust?",
            source="nahm2020, chapters 3.1 and 6",
            default_data="captioned_scenes",
            source_data=("iapr_mirflickr",),
            minutes=40,
            prerequisites=("lesson 02", "lesson 07"),
        ),
        Lesson(
            name="zero_shot_synthesis",
            number=9,
            title="Zero-shot synthesis: features of what nobody has seen",
            summary="A generator invents features of unseen compositions: does that teach more?",
            source="yan2020, chapter 5",
            default_data="embedded_compositions",
            source_data=("official_compositions",),
            minutes=45,
            prerequisites=("softmax", "word vectors", "generative adversarial networks"),
        ),
    )
}


def names() -> tuple[str, ...]:
    """The names of the lessons, in the order of the course."""
    return tuple(_LESSONS)


def installed() -> tuple[str, ...]:
    """The names of lessons that other packages bring, in the order of the alphabet.

    A package brings one by an entry point of the group `mtlkit.lessons`: a name, and where its
    `Lesson` of that name stands. A name of the course's is the course's.
    """
    return tuple(sorted(_entry_points().keys() - _LESSONS.keys()))


def get(name: str) -> Lesson:
    """The lesson of that name: the course's, else one that another package brings.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name in _LESSONS:
        return _LESSONS[name]
    if name not in installed():
        allowed = ", ".join((*names(), *installed()))
        raise UsageError(f"lesson = {name}: allowed is one of {allowed}.")
    point = _entry_points()[name]
    lesson = point.load()
    if not isinstance(lesson, Lesson) or lesson.name != name:
        raise UsageError(f"{point.value} = {lesson!r}: allowed is a Lesson named {name}.")
    return lesson


def _entry_points() -> dict[str, Any]:
    """By name; their class is the import system's, which a backport may replace."""
    return {point.name: point for point in importlib.metadata.entry_points(group="mtlkit.lessons")}
