"""What an Explorer is about: one of a lesson's explorations, under its name."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from mtlkit.core.lesson import Lesson
from mtlkit.errors import UsageError
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Values, place_of, to_fragment


@attrs.frozen
class Subject:
    """A lesson's exploration, and what it is called in links, files and code.

    Parameters
    ----------
    lesson, exploration
        What is explored.
    name
        Its name among the lesson's explorations.
    default
        Whether it is the lesson's first one, which goes without saying.
    """

    lesson: Lesson
    name: str
    exploration: Exploration
    default: bool = True

    @property
    def title(self) -> str:
        """A heading: its own, or else the lesson's."""
        return self.exploration.title or self.lesson.title

    @property
    def file(self) -> str:
        """The stem of a file of its numbers."""
        return self.lesson.name if self.default else f"{self.lesson.name}_{self.name}"

    @property
    def place(self) -> str:
        """The place in a page where its Explorer stands, with which a link names it."""
        return f"explorer-{self.file.replace('_', '-')}"

    @property
    def frames_command(self) -> str:
        """The command that makes its frames."""
        return f"mtlkit frames {self.lesson.name}" + ("" if self.default else f" {self.name}")

    def fragment(self, values: Values) -> str:
        """The knobs as the end of an address: `#degree=9`, `#explorer-toy-linear?overlap=0.5`."""
        state = to_fragment(self.exploration.knobs, values)
        if self.default:
            return f"#{state}"
        return f"#{self.place}?{state}" if state else f"#{self.place}"


def subjects(lesson: Lesson) -> dict[str, Subject]:
    """What a lesson's views declare as EXPLORATIONS, by name, the default one first.

    Raises
    ------
    ValueError
        If a name cannot be a file's and a link's.
    """
    declared: Mapping[str, Exploration] = getattr(lesson.views, "EXPLORATIONS", {})
    found: dict[str, Subject] = {}
    for name, exploration in declared.items():
        if not name.isidentifier():
            raise ValueError(f"exploration = {name}: allowed are letters, digits and _.")
        found[name] = Subject(lesson, name, exploration, default=not found)
    return found


def subject(lesson: Lesson, name: str = "", link: str = "") -> Subject:
    """The exploration of that name; without one, the one that a link names, or the first.

    Raises
    ------
    UsageError
        If the lesson declares nothing to explore, or nothing of that name.
    """
    found = subjects(lesson)
    if not found:
        raise UsageError(
            f"lesson = {lesson.name}: has nothing to explore; allowed is a lesson whose views "
            "declare EXPLORATIONS."
        )
    if name:
        if name not in found:
            raise UsageError(f"exploration = {name}: allowed is one of {', '.join(found)}.")
        return found[name]
    linked = [each for each in found.values() if each.place == place_of(link)]
    return [*linked, *found.values()][0]
