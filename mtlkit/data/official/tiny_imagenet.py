"""Tiny ImageNet: 100 of its 200 classes, which we put into 20 groups of five by hand.

Its owners publish 500 training pictures a class; 300 of them, chosen at random, and all that they
publish to validate with make one compact file. Copies of it that were made by another choice serve
as well, so that there is no official checksum: a result names that of the copy it read.
"""

from __future__ import annotations

from pathlib import Path

from mtlkit.data.official.entry import Download, Made, Official
from mtlkit.data.official.groups import read_groups

GROUPS = read_groups("tiny_imagenet", key="wnid")
"""The groups; a class goes by its WordNet number."""

TRAIN, TEST = 300, 50
"""Pictures of a class in the pack."""

ARCHIVE = "tiny-imagenet-200.zip"
UNPACKED = "tiny-imagenet-200"
PACK = "tiny_imagenet100_jpeg.npz"


def flaw(path: Path, read: bool, train: int = TRAIN, test: int = TEST) -> str:
    """What is wrong with a pack, in words; empty if nothing.

    Whether it is cut off can be seen at once; if `read`, its classes, groups and counts and every
    byte are looked at.
    """
    from mtlkit.data.official.jpeg_pack import flaw_of  # numpy: not needed to list the sets

    return flaw_of(path, GROUPS, {"train": train, "test": test}, read)


def arrange(downloaded: Path, target: Path, train: int = TRAIN, test: int = TEST) -> None:
    """Make the pack from the archive, or from the folder that it unpacks to."""
    from mtlkit.data.official.jpeg_pack import pack_tiny_imagenet

    unpacked = downloaded / UNPACKED
    source = unpacked if unpacked.is_dir() else downloaded / ARCHIVE
    pack_tiny_imagenet(source, target / PACK, GROUPS, {"train": train, "test": test})


TINY_IMAGENET = Official(
    name="tiny_imagenet",
    title="Tiny ImageNet",
    what="35,000 photographs, 64 x 64, 100 classes in 20 groups",
    licence="non-commercial",
    page="http://cs231n.stanford.edu/",
    downloads=(
        Download(
            ARCHIVE,
            248_100_043,
            "md5:90528d7ca1a48142e341f4ef8d21d0de",
            (f"http://cs231n.stanford.edu/{ARCHIVE}",),
        ),
    ),
    files=(Made(PACK, 70_000_000, flaw),),
    arrange=arrange,
    folder="tiny_imagenet100",
    unpacked=UNPACKED,
)
