"""The pictures and captions of a set as what features are computed of, block by block."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import torch

from mtlkit.core.paths import data_root
from mtlkit.data import captioned, labelled_captions
from mtlkit.data.captioned import checked_size, checksum_of, folder_index, in_order
from mtlkit.data.features.frozen import Examples, Source
from mtlkit.data.official import composed_pack
from mtlkit.data.official.captioned_pack import check_pictures, decode
from mtlkit.data.official.composed_index import INDEX, Index, read_index
from mtlkit.data.official.entry import Official
from mtlkit.data.official.mit_states import MIT_STATES
from mtlkit.data.official.stanford_vrd import STANFORD_VRD
from mtlkit.data.official.store import folder_of, is_absent, sha256
from mtlkit.data.official.ut_zap50k import UT_ZAP50K
from mtlkit.errors import UsageError

NAMES = (*captioned.NAMES, *labelled_captions.NAMES)
"""The sets of pictures with captions."""

COMPOSED: Mapping[str, Official] = {
    entry.name: entry for entry in (MIT_STATES, UT_ZAP50K, STANFORD_VRD)
}
"""The sets of pictures of compositions."""

SIDE = 224
"""Pixels along each side of a photograph, as networks trained on ImageNet are used to."""

_GENERATED = ("scenes", "scene_sentences", "scene_tags")


def pictures(name: str, part: str, *, seed: int = 0, size: int | None = None) -> Source:
    """The pictures that the doors give for the same arguments, in the same order.

    Photographs are squashed to 224 x 224 and decoded block by block, so that any number of them
    will do; scenes have 32 x 32 pixels.

    Raises
    ------
    UsageError
        If there is no such set, part or size, or if the set is not here or not in order.
    """
    wanted = _checked(name, part, size)
    if name in _GENERATED:
        images = _generated(name, part, seed, wanted).images
        return Source(
            f"{name}-{part}-{seed}-pictures",
            hashlib.sha256(images.numpy().tobytes()).hexdigest(),
            wanted,
            lambda start, end: images[start:end],
        )
    index = folder_index(name, data_root())
    rows = in_order(index, name, part, wanted)
    check_pictures(index, rows)

    def block(start: int, end: int) -> Examples:
        return torch.from_numpy(decode(index, rows[start:end], SIDE))

    order = (f"{one.file}\n" for one in rows)
    checksum = _checksum([checksum_of(index), f"\n{SIDE}\n", *order])
    return Source(f"{name}-{part}-pictures", checksum, wanted, block)


def captions(name: str, part: str, *, seed: int = 0, size: int | None = None) -> Source:
    """All captions of those pictures, one picture's after another's.

    Raises
    ------
    UsageError
        If there is no such set, part or size, or if the set is not here or not in order.
    """
    wanted = _checked(name, part, size)
    if name in _GENERATED:
        own: Sequence[tuple[str, ...] | str] = _generated(name, part, seed, wanted).captions
        stem = f"{name}-{part}-{seed}-captions"
    else:
        rows = in_order(folder_index(name, data_root()), name, part, wanted)
        one_each = name in labelled_captions.NAMES
        own = [one.captions[0] if one_each else one.captions for one in rows]
        stem = f"{name}-{part}-captions"
    flat = [one for those in own for one in ([those] if isinstance(those, str) else those)]
    checksum = _checksum(f"{len(one)} {one}\n" for one in flat)
    return Source(stem, checksum, len(flat), lambda start, end: flat[start:end])


def composed(name: str) -> tuple[Index, Source]:
    """All pictures of a set of compositions, of whatever split and part, and what they show.

    They have 224 x 224 pixels; see `mtlkit.data.official.composed_pack.decode`.

    Raises
    ------
    UsageError
        If there is no such set, or if it is not here or not in order.
    """
    if name not in COMPOSED:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(COMPOSED)}.")
    entry, root = COMPOSED[name], data_root()
    if is_absent(entry, root):
        raise UsageError(
            f"data = {name}: not in {root}; `python data_scripts/{name}.py FOLDER` makes it from "
            f"the official downloads ({entry.page})."
        )
    folder = folder_of(entry, root)
    index = read_index(folder)
    composed_pack.check_pictures(index)

    def block(start: int, end: int) -> Examples:
        return torch.from_numpy(composed_pack.decode(index, index.examples[start:end]))

    # The index has the checksum of the pictures in it.
    checksum = _checksum([f"{composed_pack.SIDE}\n", sha256(folder / INDEX)])
    return index, Source(f"{name}-pictures", checksum, len(index.examples), block)


def _checked(name: str, part: str, size: int | None) -> int:
    if name not in NAMES:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(NAMES)}.")
    door = captioned if name in captioned.NAMES else labelled_captions
    return checked_size(part, size, door.sizes(name))


def _generated(
    name: str, part: str, seed: int, size: int
) -> captioned.Captioned | labelled_captions.LabelledCaptions:
    if name in captioned.NAMES:
        return captioned.load(name, part, seed=seed, size=size)
    return labelled_captions.load(name, part, seed=seed, size=size)


def _checksum(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
    return digest.hexdigest()
