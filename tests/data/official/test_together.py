"""Several processes and one store: two that get, one that may only read."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from mtlkit.data.official.mnist import FASHION_MNIST, FILES, MNIST
from mtlkit.data.pictures import Pictures, like_mnist

from .miniature import miniature, pixels_and_labels, raw_files, write
from .serving import Server

GET = """
import sys
from pathlib import Path
from mtlkit.data.official.arrive import get
from tests.data.official.miniature import miniature

def waiting():
    print("waiting", flush=True)

print(get(miniature(sys.argv[1]), Path(sys.argv[2]), waiting=waiting))
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root
    )


def test_two_processes_get_one_intact_set_between_them(server: Server, tmp_path: Path) -> None:
    server.may_end.clear()
    first = start(GET, server.address, str(tmp_path))
    while not server.asked and first.poll() is None:
        time.sleep(0.02)
    second = start(GET, server.address, str(tmp_path))
    assert second.stdout
    waiting = second.stdout.readline()  # the first is held back half-way through a file
    server.may_end.set()
    ends = [process.communicate(timeout=60) for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], ends
    assert [out for out, _ in ends] == ["True\n", "False\n"]
    assert waiting == "waiting\n"
    folder = tmp_path / "mnist" / "MNIST" / "raw"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == raw_files()
    assert [one.path.lstrip("/") for one in server.asked] == [f"{file}.gz" for file in FILES]


# Everything that Python does to change files below the root is refused, whoever runs this: the
# system's own permissions would not stop an administrator.
READ_ONLY = """
import os, sys
from pathlib import Path
from mtlkit.data.official.arrive import get
from mtlkit.data.pictures import like_mnist
from tests.data.official.miniature import miniature

root = sys.argv[1]
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.utime", "os.link",
           "os.symlink", "os.truncate", "shutil.rmtree", "shutil.move"}

def refuse(event, arguments):
    writes = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (event in CHANGES or writes) and str(arguments[0]).startswith(root):
        raise PermissionError(f"read-only: {event} {arguments[0]}")

sys.addaudithook(refuse)
try:
    (Path(root) / "probe").touch()
except PermissionError:
    print("read-only")
entry = miniature("http://127.0.0.1:9/")
print(get(entry, Path(root)))
print(len(like_mnist(entry, "test", Path(root)).labels))
"""


def test_a_root_that_is_read_only_is_read(tmp_path: Path) -> None:
    write(tmp_path / "mnist" / "MNIST" / "raw", raw_files())
    reading = start(READ_ONLY, str(tmp_path))
    out, err = reading.communicate(timeout=120)
    assert out.split() == ["read-only", "False", "100"], err


def test_pictures_in_the_official_format_are_read_as_they_were_written(tmp_path: Path) -> None:
    sizes = {"train": 550, "validation": 50, "test": 100}
    for like, folder in ((MNIST, "MNIST"), (FASHION_MNIST, "FashionMNIST")):
        entry = miniature(like=like, folder=folder)
        write(tmp_path / entry.name / folder / "raw", raw_files())
        parts = {part: like_mnist(entry, part, tmp_path, sizes) for part in sizes}
        assert as_bytes(parts["test"]) == labelled(*pixels_and_labels("t10k"))
        official = labelled(*pixels_and_labels("train"))
        split = [as_bytes(parts["train"]), as_bytes(parts["validation"])]
        assert list(map(len, split)) == [550, 50]
        assert sorted(split[0] + split[1]) == sorted(official)
        assert split[0] != official[:550]


def labelled(pixels: np.ndarray, labels: np.ndarray) -> list[bytes]:
    return [picture.tobytes() + bytes([is_]) for picture, is_ in zip(pixels, labels, strict=True)]


def as_bytes(part: Pictures) -> list[bytes]:
    return labelled((255 * part.images).round().byte().numpy(), part.labels.numpy())
