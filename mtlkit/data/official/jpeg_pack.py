"""Many JPEG pictures of classes in groups, in one `.npz` file.

Of each part (`train`, `test`) it has the JPEG files end to end, where each begins, and the class of
each; besides, the names of the classes and groups, and which class is in which group.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
import numpy as np
import torch
from jaxtyping import Int64, UInt8
from PIL import Image

from mtlkit.core.streams import stream
from mtlkit.data.official.groups import Groups
from mtlkit.errors import UsageError

SIDE = 64
"""Pixels along each side of a picture."""

_ANNOTATIONS = "val/val_annotations.txt"
"""A line for each picture to validate with: file, class and a box, with tabs between them."""

_UNREADABLE = (OSError, ValueError, LookupError, EOFError, zipfile.BadZipFile, zlib.error)
"""What is raised on a file that is no `.npz` or archive, only a part of one, or lacks a name."""


@attrs.frozen(eq=False)
class Part:
    """The pictures of one part: picture i is `jpeg[offsets[i] : offsets[i + 1]]`.

    `classes` are indices into the names of the classes.
    """

    jpeg: UInt8[np.ndarray, " byte"]
    offsets: Int64[np.ndarray, " boundary"]
    classes: Int64[np.ndarray, " picture"]


@attrs.frozen(eq=False)
class Pack:
    """What is in a pack: names of the classes (WordNet numbers), group of each, and the parts."""

    wnids: tuple[str, ...]
    groups: tuple[str, ...]
    parts: Mapping[str, Part]


def read_pack(path: Path) -> Pack:
    """Read a pack that is in order; every byte is compared with its checksum in the file."""
    with np.load(path) as file:
        names = [str(name).replace("_", " ") for name in file["coarse_names"]]
        parts = {
            part: Part(
                file[f"{part}_jpeg"].astype(np.uint8, copy=False),
                file[f"{part}_offsets"].astype(np.int64, copy=False),
                file[f"{part}_fine"].astype(np.int64, copy=False),
            )
            for part in ("train", "test")
        }
        return Pack(
            tuple(str(wnid) for wnid in file["fine_wnids"]),
            tuple(names[group] for group in file["fine_to_coarse"]),
            parts,
        )


def flaw_of(path: Path, groups: Groups, counts: Mapping[str, int], read: bool) -> str:
    """What is wrong with a pack, in words; empty if nothing.

    Parameters
    ----------
    groups
        The groups it must have.
    counts
        Pictures of each class in its parts.
    read
        Read all of it; else only see whether it is cut off.
    """
    if not zipfile.is_zipfile(path):
        return "is cut off, or no .npz file"
    if not read:
        return ""
    try:
        pack = read_pack(path)
        members = dict(zip(pack.wnids, pack.groups, strict=True))
    except _UNREADABLE:
        return "is damaged"
    if words := groups.flaw(members):
        return words
    for part, count in counts.items():
        found = pack.parts[part]
        if words := _flaw_of_part(found):
            return f"{words} in its part {part}"
        for index, wnid in enumerate(pack.wnids):
            size = np.count_nonzero(found.classes == index)
            if size != count:
                return f"has {size} instead of {count} pictures of {wnid} in its part {part}"
    return ""


def _flaw_of_part(part: Part) -> str:
    """Whether the boundaries fit the bytes, and a JPEG file stands between each two."""
    wrong = "has boundaries that do not fit its pictures"
    if len(part.offsets) != len(part.classes) + 1:
        return wrong
    starts, ends = part.offsets[:-1], part.offsets[1:]
    fits = part.offsets[0] == 0 and part.offsets[-1] == len(part.jpeg) and (ends - starts > 4).all()
    if not fits:
        return wrong
    marks = part.jpeg[starts], part.jpeg[starts + 1]  # FF D8 begins each
    return "" if (marks[0] == 0xFF).all() and (marks[1] == 0xD8).all() else "has no JPEG pictures"


def decode(
    part: Part, rows: Sequence[int] | Int64[np.ndarray, " row"], side: int
) -> UInt8[np.ndarray, "row 3 side side"]:
    """Some pictures of a part, reduced to `side`: each pixel is the mean of those it covers.

    Grey ones get three equal channels.

    Raises
    ------
    UsageError
        If one cannot be decoded, or is not of the size that a pack's pictures have.
    """
    pixels = np.empty((len(rows), 3, side, side), np.uint8)
    for place, row in enumerate(rows):
        jpeg = part.jpeg[part.offsets[row] : part.offsets[row + 1]].tobytes()
        try:
            with Image.open(io.BytesIO(jpeg)) as picture:
                width, height = picture.size
                if (width, height) != (SIDE, SIDE):
                    raise UsageError(
                        f"picture {row} is {width} x {height}; allowed is {SIDE} x {SIDE}."
                    )
                reduced = picture.convert("RGB").reduce(SIDE // side)
        except OSError as error:
            raise UsageError(f"picture {row} cannot be decoded ({error}).") from None
        pixels[place] = np.asarray(reduced).transpose(2, 0, 1)
    return pixels


def pack_tiny_imagenet(
    source: Path, target: Path, groups: Groups, counts: Mapping[str, int]
) -> None:
    """Make a pack from Tiny ImageNet in its owners' layout, an archive or a folder.

    Of the training pictures of a class `counts["train"]` are chosen, at random and always the same;
    the published validation pictures are the part `test`, as those to test with have no labels.
    Class after class, in the order of the owners' numbers.

    Raises
    ------
    UsageError
        If a class has too few pictures, or if the source is not in that layout.
    """
    with _opened(source) as (names, read):
        files = _by_class(names, read, groups)
        arrays: dict[str, np.ndarray] = {
            "fine_names": np.array([name for classes in groups.classes for name in classes]),
            "fine_wnids": np.array(groups.keys),
            "coarse_names": np.array([name.replace(" ", "_") for name in groups.names]),
            "fine_to_coarse": np.repeat(
                np.arange(len(groups.names)), [len(members) for members in groups.members]
            ),
        }
        for part, count in counts.items():
            chosen: list[str] = []
            for index, wnid in enumerate(groups.keys):
                found = sorted(files[part][wnid], key=lambda name: (len(name), name))
                if len(found) < count:
                    raise UsageError(
                        f"{source}: has {len(found)} of the {count} pictures of {wnid} that the "
                        f"part {part} needs."
                    )
                order = torch.randperm(
                    len(found), generator=stream(0, f"tiny_imagenet/choice/{part}", index)
                )
                chosen += [found[row] for row in sorted(order[:count].tolist())]
            pictures = [read(name) for name in chosen]
            fine = np.repeat(np.arange(len(groups.keys)), count)
            ends = np.cumsum([len(picture) for picture in pictures], dtype=np.int64)
            arrays[f"{part}_jpeg"] = np.frombuffer(b"".join(pictures), np.uint8)
            arrays[f"{part}_offsets"] = np.concatenate([np.zeros(1, np.int64), ends])
            arrays[f"{part}_fine"] = fine
            arrays[f"{part}_coarse"] = arrays["fine_to_coarse"][fine]
    with target.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def _by_class(
    names: Sequence[str], read: Callable[[str], bytes], groups: Groups
) -> dict[str, dict[str, list[str]]]:
    """The files of each class of the groups, in each part."""
    files: dict[str, dict[str, list[str]]] = {
        part: {wnid: [] for wnid in groups.keys} for part in ("train", "test")
    }
    for name in names:
        folder, wnid, *rest = (*name.split("/"), "", "")
        if folder == "train" and wnid in files["train"] and rest[0] == "images":
            files["train"][wnid].append(name)
    for line in read(_ANNOTATIONS).decode().splitlines():
        file, wnid, *_ = (*line.split("\t"), "")
        if wnid in files["test"]:
            files["test"][wnid].append(f"val/images/{file}")
    return files


@contextmanager
def _opened(source: Path) -> Iterator[tuple[list[str], Callable[[str], bytes]]]:
    """The names of a folder's or an archive's files, in the owners' layout, and how to read one."""
    if source.is_dir():
        files = [path for path in source.rglob("*") if path.is_file()]
        names = [path.relative_to(source).as_posix() for path in files]
        yield names, _told(source, lambda name: (source / name).read_bytes())
        return
    try:
        packed = zipfile.ZipFile(source)
    except zipfile.BadZipFile as error:
        raise UsageError(f"{source}: cannot be unpacked ({error}).") from None
    with packed:
        top = f"{source.stem}/"
        names = [name.removeprefix(top) for name in packed.namelist() if not name.endswith("/")]
        yield names, _told(source, lambda name: packed.read(top + name))


def _told(source: Path, read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """`read`, with what goes wrong told in a sentence."""

    def reading(name: str) -> bytes:
        try:
            return read(name)
        except _UNREADABLE:
            raise UsageError(f"{source}: {name} in it is missing or damaged.") from None

    return reading
