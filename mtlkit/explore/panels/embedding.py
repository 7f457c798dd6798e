"""Points in two dimensions that stand for points in many."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from mtlkit.errors import UsageError
from mtlkit.explore.panels.base import Panel
from mtlkit.explore.panels.checks import items_of, numbers, said, same_length, some

NEIGHBOURS_ONLY = (
    "Only who is near whom means something here: directions, and distances between groups, do "
    "not, so the axes have no numbers."
)
"""What every embedding's caption ends with."""

MOST_POINTS = 2000
"""More than these are slow to draw, and hide one another."""


def _marks(marked: object) -> tuple[bool, ...]:
    return tuple(map(bool, items_of(marked)))  # type: ignore[arg-type]


def _pairs(joined: Iterable[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(place) for place in pair) for pair in joined)


@attrs.frozen
class PointGroup:
    """Points that belong together.

    Parameters
    ----------
    key
        Its name, and what fixes its look.
    x, y
        Where its points stand.
    told
        What a point says when one points at it; empty: nothing but the group's name.
    marked
        Whether a point is marked besides; empty: none is.
    label
        Its name in the legend, where that should be another than the key.
    """

    key: str
    x: tuple[float, ...] = attrs.field(converter=numbers)
    y: tuple[float, ...] = attrs.field(converter=numbers)
    told: tuple[str, ...] = attrs.field(default=(), converter=items_of)
    marked: tuple[bool, ...] = attrs.field(default=(), converter=_marks)
    label: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that the lengths agree."""
        what, length = f"group {self.key}", len(self.x)
        same_length(what, length, y=self.y, told=self.told or None, marked=self.marked or None)


@attrs.frozen
class Window:
    """A part of an embedding that is drawn once more, larger, beside it.

    Parameters
    ----------
    title
        What stands above it.
    x, y
        From where to where it reaches.
    names
        Words that are written into it.
    name_x, name_y
        Where the middle of each stands.
    """

    title: str
    x: tuple[float, ...] = attrs.field(converter=numbers)
    y: tuple[float, ...] = attrs.field(converter=numbers)
    names: tuple[str, ...] = attrs.field(default=(), converter=items_of)
    name_x: tuple[float, ...] = attrs.field(default=(), converter=numbers)
    name_y: tuple[float, ...] = attrs.field(default=(), converter=numbers)

    def __attrs_post_init__(self) -> None:
        """Check that it has an inside, and that each name has its place."""
        for span in (self.x, self.y):
            if len(span) != 2 or not span[0] < span[1]:
                raise UsageError(
                    f"window {self.title} reaches over {span}: allowed are two numbers, the first "
                    "below the second."
                )
        what = f"window {self.title}"
        same_length(what, len(self.names), name_x=self.name_x, name_y=self.name_y)


MOST_WINDOWS = 3
"""Beside one another, where a page is narrow."""


@attrs.frozen(kw_only=True)
class Embedding(Panel):
    """A picture of points with many features, in groups; `embeddings` makes their places.

    Parameters
    ----------
    method
        How the places were found, with its settings: `UMAP, 15 neighbours, seed 0`. The title
        ends with it, as the caption ends with what such a picture can say.
    groups
        The points, at most 2,000 together.
    mark
        What a marked point is, in words.
    joined
        Pairs of points between which there is a line, each point by its place among all of them,
        group after group, from 0.
    join
        What a line is, in words.
    windows
        Parts that are drawn once more beside the picture, at most three; they have its points, but
        neither marks nor lines.
    """

    method: str = attrs.field(validator=said)
    groups: tuple[PointGroup, ...] = attrs.field(converter=items_of)
    mark: str = ""
    joined: tuple[tuple[int, ...], ...] = attrs.field(default=(), converter=_pairs)
    join: str = ""
    windows: tuple[Window, ...] = attrs.field(default=(), converter=items_of)

    def __attrs_post_init__(self) -> None:
        """Check groups and pairs; say the method in the title, what counts in the caption."""
        some("Embedding", "groups", self.groups)
        names = [group.key for group in self.groups]
        if len(set(names)) != len(names):
            raise UsageError(f"groups of Embedding are {names}: allowed is each key once.")
        count = sum(len(group.x) for group in self.groups)
        if not 0 < count <= MOST_POINTS:
            raise UsageError(
                f"groups of Embedding have {count} points: allowed are 1 to {MOST_POINTS}."
            )
        if not self.mark and any(any(group.marked) for group in self.groups):
            raise UsageError(
                "mark of Embedding is empty: allowed is what the mark means, as points have it."
            )
        if any(len(pair) != 2 or not all(0 <= at < count for at in pair) for pair in self.joined):
            raise UsageError(
                f"joined of Embedding names other than pairs of its points: allowed are two places "
                f"from 0 to {count - 1} each."
            )
        if self.joined and not self.join:
            raise UsageError(
                "join of Embedding is empty: allowed is what the line between two points means."
            )
        if len(self.windows) > MOST_WINDOWS:
            raise UsageError(
                f"windows of Embedding are {len(self.windows)}: allowed are 0 to {MOST_WINDOWS}."
            )
        # As attrs advises for frozen classes; said once, however often the panel is copied.
        if not self.title.endswith(f": {self.method}"):
            object.__setattr__(self, "title", f"{self.title}: {self.method}")
        if not self.caption.endswith(NEIGHBOURS_ONLY):
            object.__setattr__(self, "caption", f"{self.caption} {NEIGHBOURS_ONLY}".strip())
