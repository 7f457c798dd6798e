"""The embedded sets as they are: a picture of every composition, unseen ones outlined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from mtlkit.data import compositions
from mtlkit.data.composed import HELD_TEST, HELD_VALIDATION, Compositions
from mtlkit.explore.palette import INK, TASKS
from mtlkit.explore.panels import Illustration
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.views.common import named_set

_SIZE = (7.4, 5.9)

_FRAMES: Mapping[int, tuple[str, dict[str, Any]]] = {
    HELD_TEST: ("first met in test", {"edgecolor": TASKS[1].colour, "linestyle": "-"}),
    HELD_VALIDATION: (
        "first met in validation",
        {"edgecolor": TASKS[0].colour, "linestyle": (0, (2.5, 1.5))},
    ),
}
"""Around what training never shows."""


def collections(seed: int = 0) -> Illustration:
    """One picture of each composition of each embedded set, by its words."""
    unseen = SynthesisConfig.preset("lesson").unseen
    found = {
        name: compositions.compositions(name, seed=seed, unseen=unseen)
        for name in compositions.EMBEDDED
    }
    sheets = {name: _pictures(name, split, seed, unseen) for name, split in found.items()}

    def paint(drawn: Figure) -> None:
        axes = drawn.subplot_mosaic(
            [[*compositions.EMBEDDED[:2]], [compositions.EMBEDDED[2]] * 2],
            height_ratios=[1.0, 0.86],
            width_ratios=[1.2, 1.0],
        )
        for name, split in found.items():
            _sheet(axes[name], named_set(name), *_some(split, sheets[name]))
        keys = [
            Line2D([], [], color=look["edgecolor"], linestyle=look["linestyle"], linewidth=1.8)
            for _, look in _FRAMES.values()
        ]
        drawn.legend(
            keys,
            [words for words, _ in _FRAMES.values()],
            loc="outside lower center",
            ncols=len(keys),
            frameon=False,
            fontsize=8.5,
            labelcolor=INK,
        )

    counts = "; ".join(
        f"{named_set(name)}: {len(split.members)} compositions, of which "
        f"{int((split.group == HELD_VALIDATION).sum())} are first met in validation and "
        f"{int((split.group == HELD_TEST).sum())} in test"
        for name, split in found.items()
    )
    return Illustration(
        name="collections",
        title="Three embedded sets of compositions",
        alt=f"A picture of each composition of the embedded digits, shapes and scenes, in rows "
        f"and columns by its words; unseen ones are outlined. {counts}.",
        caption="One picture of each composition of the embedded digits, shapes and scenes, split "
        f"as seed {seed} does. Training shows those without a frame. Every word is seen in "
        "training, in other compositions. Digits are scikit-learn's; shapes and scenes are "
        "generated. Words of a scene are subject, predicate and object; of its four predicates two "
        "are shown.",
        command="mtlkit figures zero_shot_synthesis --out figures",
        size=_SIZE,
        paint=paint,
    )


def _some(
    split: Compositions, pictures: UInt8[np.ndarray, "composition side side 3"]
) -> tuple[Compositions, UInt8[np.ndarray, "some side side 3"]]:
    """All pairs; of triplets, those of every other predicate: opposites look alike on a page."""
    if len(split.slots) == 2:
        return split, pictures
    first, predicates, last = split.words
    kept = split.members[:, 1] % 2 == 0
    some = attrs.evolve(
        split,
        words=(first, predicates[::2], last),
        members=split.members[kept],
        group=split.group[kept],
    )
    return some, pictures[kept.numpy()]


def _pictures(
    name: str, split: Compositions, seed: int, unseen: float
) -> UInt8[np.ndarray, "composition side side 3"]:
    """The first held-out picture of each composition."""
    parts = [
        compositions.pictures(name, part, seed=seed, unseen=unseen, per_composition=1)
        for part in ("validation", "test")
    ]
    side = parts[0].images.shape[-1]
    found = np.zeros((len(split.members), side, side, 3), np.uint8)
    for shown in parts:
        found[shown.labels.numpy()] = shown.images.permute(0, 2, 3, 1).numpy()
    return found


def _sheet(
    ax: Axes,
    title: str,
    split: Compositions,
    pictures: UInt8[np.ndarray, "composition side side 3"],
) -> None:
    """Rows by the first word, columns by the others; the last one counts fastest."""
    rows, columns = len(split.words[0]), len(split.members) // len(split.words[0])
    side, gap = pictures.shape[1], max(2, pictures.shape[1] // 6)
    step = side + gap
    sheet = np.zeros((rows * step, columns * step, 4), np.uint8)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        top, left = row * step + gap // 2, column * step + gap // 2
        # Sixteen levels a colour: to the eye the same, and half as long in a page.
        sheet[top : top + side, left : left + side, :3] = picture // 16 * 17
        sheet[top : top + side, left : left + side, 3] = 255
    ax.imshow(sheet, extent=(-0.5, columns - 0.5, rows - 0.5, -0.5), interpolation="none")
    for place, group in enumerate(split.group.tolist()):
        if group in _FRAMES:
            row, column = divmod(place, columns)
            _, frame = _FRAMES[group]
            corner = (column - 0.46, row - 0.46)
            ax.add_patch(Rectangle(corner, 0.92, 0.92, fill=False, linewidth=1.6, **frame))
    ax.set_title(title, loc="left", fontsize=9, fontweight="bold", color=INK)
    names = [" ".join(one) for one in _names(split.words[1:])]
    ax.set_xticks(range(columns), names, rotation=90, fontsize=7)
    ax.set_yticks(range(rows), split.words[0], fontsize=7)
    ax.tick_params(colors=INK, length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _names(words: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for each in words:
        found = [(*one, word) for one in found for word in each]
    return found
