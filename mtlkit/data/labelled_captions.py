"""Pictures with one caption and one class each: what retrieval by class is measured on.

Nothing is downloaded from here; `mtlkit data get NAME` does that.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path

import attrs
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.core.paths import data_root
from mtlkit.core.streams import stream
from mtlkit.data import captioned
from mtlkit.data.captioned import checked_size, checksum_of, folder_index, in_order, pixels_of
from mtlkit.data.generated.scenes import CLASSINGS, class_of, draw_scenes
from mtlkit.data.official import iapr_tc12, mirflickr25k
from mtlkit.errors import UsageError


@attrs.frozen(eq=False)
class LabelledCaptions:
    """Colour pictures from 0 to 255, the caption of each, and its class from 0.

    `classes` is how many classes the set has, whether all of them occur in the part or not. All who
    load a part share its tensors: do not change them.
    """

    images: UInt8[Tensor, "picture 3 row column"]
    captions: tuple[str, ...]
    labels: Int64[Tensor, " picture"]
    classes: int


@attrs.frozen
class _Generated:
    """How scenes of one object are captioned, and what their class is.

    `misspelt` and `stray` are drawn with unless others are asked for.
    """

    kind: str
    classing: str
    misspelt: float
    stray: float


_SCENES: Mapping[str, _Generated] = {
    "scene_sentences": _Generated("sentences", "shape_colour", 0.0, 0.0),
    "scene_tags": _Generated("tags", "shape_size", 0.1, 1.0),
}
_SIZES: Mapping[str, Mapping[str, int]] = {
    **dict.fromkeys(_SCENES, captioned.sizes("scenes")),
    "iapr_tc12": iapr_tc12.COUNTS,
    "mirflickr25k": mirflickr25k.COUNTS,
}

NAMES = tuple(_SIZES)
"""The sets there are; the first two need no download."""


def sizes(name: str) -> Mapping[str, int]:
    """The most pictures of the parts `train`, `validation` and `test`.

    Raises
    ------
    UsageError
        If there is no set of that name.
    """
    if name not in _SIZES:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(NAMES)}.")
    return _SIZES[name]


def load(
    name: str,
    part: str,
    *,
    seed: int,
    size: int | None = None,
    misspelt: float | None = None,
    stray: float | None = None,
) -> LabelledCaptions:
    """Pictures of 32 x 32 of the `"train"`, `"validation"` or `"test"` part of a set.

    Scenes are drawn, each seed its own, with one object each. `scene_sentences` has a sentence
    each, and a class for each shape and colour (36); `scene_tags` has tags, and a class for each
    shape and size (12). Photographs are the same for every seed, as those of `captioned.load`; what
    their class is says the module of each, `official.iapr_tc12` and `official.mirflickr25k`.

    Parameters
    ----------
    seed
        Of the scenes.
    size
        How many pictures; None: all of the part.
    misspelt, stray
        Of scenes: the share of words that are misspelt, and the mean number of stray tags; see
        `draw_scenes`. None: of `scene_sentences` 0 and 0, of `scene_tags` 0.1 and 1.

    Raises
    ------
    UsageError
        If there is no such set, part or size, if misspellings or stray tags are asked for where
        nothing is drawn, if the set is not here or not in order, or if the cache cannot be written
        to.
    """
    wanted = checked_size(part, size, sizes(name))
    if name in _SCENES:
        drawn = _SCENES[name]
        return _scenes(
            name,
            part,
            seed,
            wanted,
            drawn.misspelt if misspelt is None else misspelt,
            drawn.stray if stray is None else stray,
        )
    for word, asked in (("misspelt", misspelt), ("stray", stray)):
        if asked is not None:
            raise UsageError(
                f"{word} = {asked:g}: only scenes can be drawn with it; {name} has the captions "
                "that people wrote."
            )
    return _photographs(name, part, wanted, data_root())


@functools.lru_cache(maxsize=12)
def _scenes(
    name: str, part: str, seed: int, size: int, misspelt: float, stray: float
) -> LabelledCaptions:
    of = _SCENES[name]
    drawn = draw_scenes(
        seed, f"{name}/{part}", size, objects=1, kind=of.kind, misspelt=misspelt, stray=stray
    )
    chosen = torch.rand(size, generator=stream(seed, f"{name}/{part}/caption")).tolist()
    captions = tuple(
        those[int(share * len(those))] for those, share in zip(drawn.captions, chosen, strict=True)
    )
    classes = math.prod(len(names) for names in CLASSINGS[of.classing])
    return LabelledCaptions(drawn.images, captions, class_of(drawn, of.classing), classes)


@functools.lru_cache(maxsize=12)
def _photographs(name: str, part: str, size: int, root: Path) -> LabelledCaptions:
    index = folder_index(name, root, instead=NAMES[0])
    rows = in_order(index, name, part, size)
    return LabelledCaptions(
        pixels_of(index, name, part, size, captioned.DEFAULT_SIDE),
        tuple(one.captions[0] for one in rows),
        torch.tensor([one.label for one in rows]),
        len(index.classes),
    )


def dataset(name: str) -> Dataset:
    """The name, with a checksum of the copy that is here; scenes have none, since they are drawn.

    Raises
    ------
    UsageError
        If there is no set of that name, or if it is not here.
    """
    sizes(name)
    return Dataset(name) if name in _SCENES else _dataset(name, data_root())


@functools.cache
def _dataset(name: str, root: Path) -> Dataset:
    return Dataset(name, checksum_of(folder_index(name, root, instead=NAMES[0])))
