"""CIFAR-100: 100 classes of small photographs in the 20 superclasses of its authors."""

from __future__ import annotations

from pathlib import Path

from mtlkit.data.official.entry import Download, Kept, Official
from mtlkit.data.official.groups import read_groups
from mtlkit.data.official.unpack import untar

GROUPS = read_groups("cifar100", key="label")
"""The superclasses in the order of the coarse labels; a class goes by its fine label."""

ARCHIVE = "cifar-100-python.tar.gz"
FOLDER = "cifar-100-python"
"""What the archive unpacks to; torchvision's `CIFAR100` looks for it too."""


def arrange(downloaded: Path, target: Path) -> None:
    """Unpack the archive."""
    untar(downloaded / ARCHIVE, target)


CIFAR100 = Official(
    name="cifar100",
    title="CIFAR-100",
    what="60,000 photographs, 32 x 32, 100 classes in 20 groups",
    licence="none stated",
    page="https://www.cs.toronto.edu/~kriz/cifar.html",
    downloads=(
        Download(
            ARCHIVE,
            169_001_437,
            "md5:eb9058c3a382ffc7106e4002c42a8d85",
            (f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}",),
        ),
    ),
    files=(
        Kept(f"{FOLDER}/train", 155_249_918, "md5:16019d7e3df5f24257cddd939b257f8d"),
        Kept(f"{FOLDER}/test", None, "md5:f0ef6b0ae62326f3e7ffdfab6717acfc"),
        Kept(f"{FOLDER}/meta", None, "md5:7973b15100ade9c7d40fb424638fde48"),
    ),
    arrange=arrange,
)
