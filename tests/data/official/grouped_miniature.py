"""CIFAR-100 and Tiny ImageNet in small: their owners' layouts, other pictures, few of them."""

from __future__ import annotations

import functools
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
from jaxtyping import Int64, UInt8
from PIL import Image

from mtlkit.data.official import cifar100, tiny_imagenet
from mtlkit.data.official.cifar100 import ARCHIVE, CIFAR100, FOLDER
from mtlkit.data.official.entry import Download, Kept, Made, Official
from mtlkit.data.official.tiny_imagenet import PACK, TINY_IMAGENET, UNPACKED

PUBLISHED = {"train": 6, "val": 2}
"""Pictures of a class in the miniature of Tiny ImageNet."""
SIZES = {"train": 3, "validation": 1, "test": 2}
"""Pictures of a class in what is made of either miniature."""


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


# --- CIFAR-100 ---


class Python2Pickler(pickle._Pickler):
    """Pickles as Python 2 did: strings and bytes are the same."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_string(self, text: str | bytes) -> None:
        content = text.encode("latin1") if isinstance(text, str) else text
        self.write(b"T" + struct.pack("<i", len(content)) + content)

    dispatch[str] = dispatch[bytes] = save_string


def python2_pickle(thing: Any) -> bytes:
    stream = io.BytesIO()
    Python2Pickler(stream, 2).dump(thing)
    return stream.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


@attrs.frozen(eq=False)
class Cifar:
    """What is in a file of the miniature: pictures, channel by channel, and both labels."""

    data: UInt8[np.ndarray, "picture 3072"]
    fine: Int64[np.ndarray, " picture"]
    coarse: Int64[np.ndarray, " picture"]


def cifar_file(part: str) -> Cifar:
    """Noise, with each of the 100 classes as often as the sizes say, in random order."""
    drawn = np.random.default_rng(len(part))
    count = SIZES["test"] if part == "test" else SIZES["train"] + SIZES["validation"]
    fine = drawn.permutation(np.repeat(np.arange(100), count))
    groups = {
        int(key): group for group, members in enumerate(cifar100.GROUPS.members) for key in members
    }
    coarse = np.array([groups[label] for label in fine])
    return Cifar(drawn.integers(0, 256, (len(fine), 3072), dtype=np.uint8), fine, coarse)


def cifar_pickle(found: Cifar) -> bytes:
    return python2_pickle(
        {
            "data": found.data,
            "fine_labels": found.fine.tolist(),
            "coarse_labels": found.coarse.tolist(),
            "filenames": [f"picture_{row}.png" for row in range(len(found.fine))],
            "batch_label": "training batch 1 of 1",
        }
    )


def cifar_files() -> dict[str, bytes]:
    """The three files, by their official names."""
    names = [name for classes in cifar100.GROUPS.classes for name in classes]
    meta = {"fine_label_names": sorted(names), "coarse_label_names": list(cifar100.GROUPS.names)}
    parts = {part: cifar_pickle(cifar_file(part)) for part in ("train", "test")}
    return {**parts, "meta": python2_pickle(meta)}


def cifar_archive(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as packed:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{FOLDER}/{name}")
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def cifar_miniature(files: Mapping[str, bytes], *urls: str, archive: bytes = b"") -> Official:
    """CIFAR-100's entry in the catalogue, of these files."""
    return attrs.evolve(
        CIFAR100,
        downloads=(Download(ARCHIVE, len(archive), md5(archive), urls),),
        files=tuple(
            Kept(f"{FOLDER}/{name}", len(content), md5(content)) for name, content in files.items()
        ),
    )


def write_cifar(root: Path, files: Mapping[str, bytes]) -> Path:
    """The files where they are read from; their folder."""
    folder = root / "cifar100" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


# --- Tiny ImageNet ---


@functools.cache
def jpeg(seed: int, side: int = 64, mode: str = "RGB") -> bytes:
    """A photograph of nothing: smooth noise."""
    drawn = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(drawn).resize((side, side)).convert(mode).save(stream, "JPEG")
    return stream.getvalue()


def tiny_files() -> dict[str, bytes]:
    """The files of the miniature in the owners' layout, with two classes that nobody asked for.

    Each fiftieth is grey.
    """
    files: dict[str, bytes] = {}
    lines = []
    wnids = [*tiny_imagenet.GROUPS.keys, "n00000001", "n00000002"]
    for index, wnid in enumerate(wnids):
        for number in range(PUBLISHED["train"]):
            mode = "L" if (6 * index + number) % 50 == 0 else "RGB"
            name = f"train/{wnid}/images/{wnid}_{number}.JPEG"
            files[name] = jpeg(10 * index + number, mode=mode)
        files[f"train/{wnid}/{wnid}_boxes.txt"] = b""
        for number in range(PUBLISHED["val"]):
            name = f"val_{len(wnids) * number + index}.JPEG"  # mixed, as the owners' are
            files[f"val/images/{name}"] = jpeg(5000 + 10 * index + number)
            lines.append(f"{name}\t{wnid}\t0\t0\t62\t62\n")
    files["val/val_annotations.txt"] = "".join(lines).encode()
    files["words.txt"] = "".join(f"{wnid}\tname\n" for wnid in wnids).encode()
    return files


def write_tiny(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The unpacked folder, in `folder`."""
    for name, content in files.items():
        path = folder / UNPACKED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def tiny_archive(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.mkdir(UNPACKED)
        for name, content in files.items():
            packed.writestr(f"{UNPACKED}/{name}", content)
    return stream.getvalue()


def tiny_miniature(*urls: str, archive: bytes = b"") -> Official:
    """Tiny ImageNet's entry in the catalogue, of the miniature."""
    counts = {"train": SIZES["train"] + SIZES["validation"], "test": SIZES["test"]}
    return attrs.evolve(
        TINY_IMAGENET,
        downloads=(Download(TINY_IMAGENET.downloads[0].file, len(archive), md5(archive), urls),),
        files=(Made(PACK, 1_000_000, partial(tiny_imagenet.flaw, **counts)),),
        arrange=partial(tiny_imagenet.arrange, **counts),
    )
