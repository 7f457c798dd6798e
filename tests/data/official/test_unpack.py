"""Archives that try to leave their folder, or are not whole, are refused; none is written."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mtlkit.data.official.unpack import gunzip, untar, unzip
from mtlkit.errors import UsageError

Unpack = Callable[[Path, Path], None]


def zipped(path: Path, names: list[str], link: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name in names:
            packed.writestr(name, f"text of {name}")
        if link:
            info = zipfile.ZipInfo("link")
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            packed.writestr(info, link)
    return path


def tarred(path: Path, names: list[str], link: str = "", kind: bytes = tarfile.SYMTYPE) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(f"text of {name}")
            packed.addfile(info, io.BytesIO(f"text of {name}".encode()))
        if link:
            info = tarfile.TarInfo("link")
            info.type, info.linkname = kind, link
            packed.addfile(info)
    return path


def outside(tmp_path: Path) -> set[str]:
    """Everything but the archive."""
    return {path.name for path in tmp_path.rglob("*")} - {"archive"}


BOTH = pytest.mark.parametrize(("pack", "unpack"), [(zipped, unzip), (tarred, untar)])


@BOTH
def test_what_is_in_order_is_unpacked(
    tmp_path: Path, pack: Callable[..., Path], unpack: Unpack
) -> None:
    names = ["a.txt", "folder/b.txt", "folder/.../c..txt"]
    unpack(pack(tmp_path / "archive", names), tmp_path / "out")
    found = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_text(encoding="utf-8")
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert found == {name: f"text of {name}" for name in names}


@BOTH
@pytest.mark.parametrize(
    "name", ["../evil", "folder/../../evil", "/evil", "C:/evil", "C:\\evil", "..\\evil", "\\evil"]
)
def test_a_path_that_leads_out_is_refused(
    tmp_path: Path, pack: Callable[..., Path], unpack: Unpack, name: str
) -> None:
    archive = pack(tmp_path / "archive", ["good.txt", name])
    with pytest.raises(UsageError) as told:
        unpack(archive, tmp_path / "out")
    assert str(told.value) == (f"{archive}: refused, since {name} in it leads out of the folder.")
    assert outside(tmp_path) == set()


@BOTH
@pytest.mark.parametrize("target", ["../secret", "/etc/passwd"])
def test_a_link_out_is_refused(
    tmp_path: Path, pack: Callable[..., Path], unpack: Unpack, target: str
) -> None:
    archive = pack(tmp_path / "archive", ["good.txt"], link=target)
    with pytest.raises(UsageError, match=r"archive: refused, since .*link"):
        unpack(archive, tmp_path / "out")
    assert outside(tmp_path) == set()


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_hard_links_out_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    archive = tarred(tmp_path / "archive", ["good.txt"], link="../secret", kind=kind)
    with pytest.raises(UsageError, match=r"archive: refused, since "):
        untar(archive, tmp_path / "out")
    assert outside(tmp_path) == set()


@BOTH
def test_what_is_not_whole_is_told(
    tmp_path: Path, pack: Callable[..., Path], unpack: Unpack
) -> None:
    archive = pack(tmp_path / "archive", [f"{number}.txt" for number in range(100)])
    archive.write_bytes(archive.read_bytes()[:300])
    with pytest.raises(UsageError, match=r"archive: cannot be unpacked \("):
        unpack(archive, tmp_path / "out")
    archive.write_bytes(b"<html>Please sign in</html>")
    with pytest.raises(UsageError, match=r"archive: cannot be unpacked \("):
        unpack(archive, tmp_path / "out")
    assert outside(tmp_path) == set()


def test_gzip_goes_where_it_is_told_whatever_name_it_has(tmp_path: Path) -> None:
    with gzip.GzipFile("../evil", "wb", fileobj=(tmp_path / "archive").open("wb")) as packed:
        packed.write(b"text")
    gunzip(tmp_path / "archive", tmp_path / "out" / "a.txt")
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"text"
    assert outside(tmp_path) == {"out", "a.txt"}


@pytest.mark.parametrize("content", [gzip.compress(b"text" * 100, mtime=0)[:-9], b"<html></html>"])
def test_gzip_that_is_not_whole_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "archive").write_bytes(content)
    with pytest.raises(UsageError, match=r"archive: cannot be unpacked \("):
        gunzip(tmp_path / "archive", tmp_path / "a.txt")


@pytest.mark.parametrize(("unpack", "head"), [(gunzip, 10), (untar, 10)])
def test_compressed_bytes_that_are_damaged_are_told(
    tmp_path: Path, unpack: Unpack, head: int
) -> None:
    archive = tarred(tmp_path / "archive", [f"{number}.txt" for number in range(100)])
    content = archive.read_bytes()
    archive.write_bytes(content[:head] + b"\xff" * 40 + content[head + 40 :])
    with pytest.raises(UsageError, match=r"archive: cannot be unpacked \("):
        unpack(archive, tmp_path / "out")


def zip_with(path: Path, **header: int) -> Path:
    """A zip of one compressed file, with other numbers in both of its headers."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.txt", "text" * 1000)
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    for start, place in ((0, {"flags": 6, "method": 8}), (central, {"flags": 8, "method": 10})):
        for name, value in header.items():
            content[start + place[name] : start + place[name] + 2] = value.to_bytes(2, "little")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("header", "reason"), [({"flags": 1}, "encrypted"), ({"method": 77}, "")])
def test_a_zip_that_cannot_be_read_here_is_told(
    tmp_path: Path, header: dict[str, int], reason: str
) -> None:
    archive = zip_with(tmp_path / "archive", **header)
    with pytest.raises(UsageError, match=rf"archive: cannot be unpacked \(.*{reason}"):
        unzip(archive, tmp_path / "out")


def test_a_zip_whose_compressed_bytes_are_damaged_is_told(tmp_path: Path) -> None:
    archive = zip_with(tmp_path / "archive")
    content = bytearray(archive.read_bytes())
    start = 30 + len("a.txt")
    content[start : start + 4] = b"\xff" * 4
    archive.write_bytes(content)
    with pytest.raises(UsageError, match=r"archive: cannot be unpacked \("):
        unzip(archive, tmp_path / "out")
