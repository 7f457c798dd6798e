"""Data sets from a server that misbehaves: a clear sentence, an intact store, a next try."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import attrs
import pytest

from mtlkit.data.official.arrive import Transfer, get, install
from mtlkit.data.official.mnist import FILES
from mtlkit.data.official.store import flaws, is_absent
from mtlkit.data.pictures import like_mnist
from mtlkit.errors import UsageError

from .miniature import miniature, packed_files, raw_files, write
from .serving import Manners, Server, serving

FIRST = f"{FILES[0]}.gz"
SIZE = len(packed_files()[FIRST])
"""Of the first download, nearly half a megabyte."""
PART = 100_000
PATIENCE = 1.5
"""Seconds; only where a server falls silent, as elsewhere a busy machine could."""


def visible(root: Path) -> list[str]:
    """What stands in a root that readers look at."""
    return sorted(path.name for path in root.iterdir() if not path.name.startswith("."))


def assert_whole(root: Path) -> None:
    folder = root / "mnist" / "MNIST" / "raw"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == raw_files()
    left = [path for path in (root / ".incoming").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["lock"]


def refused(server: Server, root: Path) -> str:
    """A try that fails: its sentence. The store holds nothing of the set then."""
    patience = 30.0 if server.manners.stalls_after is None else PATIENCE
    with pytest.raises(UsageError) as told:
        get(miniature(server.address), root, patience=patience)
    assert visible(root) == []
    assert is_absent(miniature(), root)
    sentence = str(told.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def reason(server: Server, sentence: str) -> str:
    """Why the first file did not arrive."""
    start = f"mnist: {FIRST} did not arrive: {server.address[7:-1]} "
    assert sentence.startswith(start)
    return sentence.removeprefix(start).split("; `mtlkit data get mnist` ")[0]


def test_a_set_arrives_whole_and_is_not_fetched_twice(server: Server, tmp_path: Path) -> None:
    told: list[Transfer] = []
    assert get(miniature(server.address), tmp_path, report=told.append)
    assert_whole(tmp_path)
    assert [one.path.lstrip("/") for one in server.asked] == [f"{file}.gz" for file in FILES]
    assert server.sent == sum(map(len, packed_files().values()))
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert {one.total for one in told} == {server.sent} == {told[-1].done}
    server.asked.clear()
    assert not get(miniature(server.address), tmp_path)
    assert server.asked == []


REFUSALS = [
    (Manners(status=404), "answered 404 Not Found"),
    (Manners(status=503), "answered 503 Service Unavailable"),
    (Manners(hangs_up=True), "broke off before it answered"),
    (Manners(breaks_off_after=0), f"broke off after 0 of {SIZE:,} bytes"),
    (Manners(stalls_after=0), f"fell silent for {PATIENCE} seconds"),
    (
        Manners(announces=SIZE + 7),
        f"offers {SIZE + 7:,} bytes where the official file has {SIZE:,}",
    ),
    (Manners(announces=900), f"offers 900 bytes where the official file has {SIZE:,}"),
]


@pytest.mark.parametrize(("manners", "words"), REFUSALS)
def test_a_server_that_gives_nothing_is_told_and_the_next_try_gets_all(
    server: Server, tmp_path: Path, manners: Manners, words: str
) -> None:
    server.manners = manners
    sentence = refused(server, tmp_path)
    assert reason(server, sentence) == words
    assert sentence.endswith("; `mtlkit data get mnist` tries again.")
    server.manners = Manners()
    assert get(miniature(server.address), tmp_path)
    assert_whole(tmp_path)


def test_a_refused_connection_is_told(tmp_path: Path) -> None:
    with socket.socket() as bound:  # bound, and does not listen
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(UsageError) as told:
            get(miniature(f"http://{address}/"), tmp_path)
    assert f"did not arrive: {address} refused the connection; " in str(told.value)
    assert visible(tmp_path) == []


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(UsageError) as told:
            get(miniature(f"http://{address}/"), tmp_path, patience=PATIENCE)
    assert f"{address} did not answer for {PATIENCE} seconds; " in str(told.value)


@pytest.mark.parametrize("no_length", [False, True])
@pytest.mark.parametrize("tries", [1, 2])
def test_a_break_is_gone_on_from_to_the_byte(
    server: Server, tmp_path: Path, no_length: bool, tries: int
) -> None:
    server.manners = Manners(breaks_off_after=PART // 3, tells_no_length=no_length)
    for number in range(1, tries + 1):
        # Three times in a row it gives a third of PART, and is given up.
        there = number * 3 * (PART // 3)
        sentence = refused(server, tmp_path)
        assert reason(server, sentence) == f"broke off after {there:,} of {SIZE:,} bytes"
        assert f"goes on from the {there / 1000:.0f} kB that are here." in sentence
    asked = [one.range for one in server.asked]
    assert asked == [None, *(f"bytes={n * (PART // 3)}-" for n in range(1, 3 * tries))]
    assert {one.if_range for one in server.asked[1:]} == {'"one"'}
    server.manners = Manners()
    assert get(miniature(server.address), tmp_path)
    assert_whole(tmp_path)
    assert server.asked[3 * tries].range == f"bytes={tries * 3 * (PART // 3)}-"
    assert server.sent == sum(map(len, packed_files().values()))


def test_a_stall_is_given_up_and_gone_on_from(server: Server, tmp_path: Path) -> None:
    server.manners = Manners(stalls_after=PART)
    words = reason(server, refused(server, tmp_path))
    assert words == f"fell silent for {PATIENCE} seconds"
    server.manners = Manners()
    server.asked.clear()
    assert get(miniature(server.address), tmp_path)
    assert server.asked[0].range == f"bytes={3 * PART}-"
    assert server.asked[0].sent == SIZE - 3 * PART
    assert_whole(tmp_path)


def broken_off(server: Server, root: Path) -> int:
    """After a try of which so many bytes have come."""
    server.manners = Manners(breaks_off_after=PART)
    refused(server, root)
    server.asked.clear()
    server.manners = Manners()
    return 3 * PART


def test_a_lie_about_the_length_does_not_cost_what_has_come(server: Server, tmp_path: Path) -> None:
    have = broken_off(server, tmp_path)
    server.manners = Manners(announces=SIZE + 1)
    assert reason(server, refused(server, tmp_path)).startswith(f"offers {SIZE + 1:,} bytes")
    server.manners = Manners()
    assert get(miniature(server.address), tmp_path)
    assert [one.range for one in server.asked[:2]] == [f"bytes={have}-"] * 2


def test_more_bytes_than_there_should_be_are_thrown_away(server: Server, tmp_path: Path) -> None:
    good = server.files[FIRST]
    server.files[FIRST] = good + b"more"
    server.manners = Manners(tells_no_length=True)
    words = reason(server, refused(server, tmp_path))
    assert words == f"sent more bytes than the {SIZE:,} of the official file"
    server.files[FIRST] = good
    assert get(miniature(server.address), tmp_path)
    assert_whole(tmp_path)


def test_other_bytes_are_thrown_away(server: Server, tmp_path: Path) -> None:
    good = server.files[FIRST]
    server.files[FIRST] = good[:-9] + bytes([good[-9] ^ 1]) + good[-8:]
    words = reason(server, refused(server, tmp_path))
    assert words == "sent other bytes than the official ones"
    server.files[FIRST] = good
    server.asked.clear()
    assert get(miniature(server.address), tmp_path)
    assert (server.asked[0].range, server.asked[0].sent) == (None, SIZE)
    assert_whole(tmp_path)


def test_a_server_that_ignores_the_range_sends_all_anew(server: Server, tmp_path: Path) -> None:
    have = broken_off(server, tmp_path)
    server.manners = Manners(ignores_range=True)
    assert get(miniature(server.address), tmp_path)
    first = server.asked[0]
    assert (first.range, first.status, first.sent) == (f"bytes={have}-", 200, SIZE)
    assert_whole(tmp_path)


def test_a_file_that_has_changed_since_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    good = server.files[FIRST]
    server.files[FIRST] = bytes(SIZE)
    broken_off(server, tmp_path)
    server.files[FIRST] = good
    server.manners = Manners(etag='"two"')
    assert get(miniature(server.address), tmp_path)
    first = server.asked[0]
    assert (first.if_range, first.status, first.sent) == ('"one"', 200, SIZE)
    assert_whole(tmp_path)


def test_two_versions_mixed_are_found_by_the_checksum(server: Server, tmp_path: Path) -> None:
    good = server.files[FIRST]
    server.files[FIRST] = bytes(SIZE)
    server.manners = Manners(breaks_off_after=PART, etag="")
    refused(server, tmp_path)
    server.files[FIRST] = good
    server.manners = Manners(etag="")
    words = reason(server, refused(server, tmp_path))
    assert words == "sent other bytes than the official ones"
    assert get(miniature(server.address), tmp_path)
    assert_whole(tmp_path)


def test_another_part_than_the_one_asked_for_is_refused(server: Server, tmp_path: Path) -> None:
    have = broken_off(server, tmp_path)
    server.manners = Manners(misreads_range=True)
    words = reason(server, refused(server, tmp_path))
    assert words == "answered with another part than the one asked for"
    server.manners = Manners()
    assert get(miniature(server.address), tmp_path)
    assert [one.range for one in server.asked[:2]] == [f"bytes={have}-"] * 2


def the_part(root: Path) -> Path:
    (part,) = root.glob(".incoming/mnist/downloads/*.part")
    return part


def test_a_part_that_is_too_long_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    broken_off(server, tmp_path)
    the_part(tmp_path).write_bytes(bytes(SIZE + 1))
    assert get(miniature(server.address), tmp_path)
    assert [(one.range, one.status) for one in server.asked[:2]] == [
        (f"bytes={SIZE + 1}-", 416),
        (None, 200),
    ]
    assert_whole(tmp_path)


def test_a_part_that_is_all_there_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    broken_off(server, tmp_path)
    the_part(tmp_path).write_bytes(server.files[FIRST])
    assert get(miniature(server.address), tmp_path)
    assert [one.path.lstrip("/") for one in server.asked] == [f"{file}.gz" for file in FILES[1:]]


def test_an_interruption_loses_nothing(server: Server, tmp_path: Path) -> None:
    def interrupt(transfer: Transfer) -> None:
        if transfer.done > PART:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(miniature(server.address), tmp_path, report=interrupt)
    assert visible(tmp_path) == []
    have = the_part(tmp_path).stat().st_size
    assert have > PART
    server.asked.clear()
    assert get(miniature(server.address), tmp_path)
    assert server.asked[0].range == f"bytes={have}-"
    assert_whole(tmp_path)


def test_an_interruption_of_the_checksum_loses_nothing(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pooch.core.hash_matches", interrupt)
        with pytest.raises(KeyboardInterrupt):
            get(miniature(server.address), tmp_path)
    assert get(miniature(server.address), tmp_path)
    assert [one.path.lstrip("/") for one in server.asked] == [f"{file}.gz" for file in FILES]
    assert_whole(tmp_path)


def test_where_a_file_has_but_one_name_it_is_moved(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> NoReturn:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    assert get(miniature(server.address), tmp_path)
    assert_whole(tmp_path)


def test_mirrors_are_tried_in_turn_and_each_keeps_its_part(server: Server, tmp_path: Path) -> None:
    with serving(packed_files()) as other:
        both = miniature(server.address, other.address)
        server.manners = Manners(status=404)
        other.manners = Manners(breaks_off_after=PART)
        with pytest.raises(UsageError) as told:
            get(both, tmp_path)
        assert (
            f"did not arrive: {server.address[7:-1]} answered 404 Not Found; "
            f"{other.address[7:-1]} broke off after {3 * PART:,} of {SIZE:,} bytes; "
        ) in str(told.value)
        server.manners = Manners(breaks_off_after=PART // 2)
        other.manners = Manners()
        asked = len(other.asked)
        assert get(both, tmp_path)
        assert other.asked[asked].range == f"bytes={3 * PART}-"
        assert_whole(tmp_path)


def test_a_disk_that_fills_up_is_told(server: Server, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    broken_off(server, tmp_path)
    part = the_part(tmp_path)
    part.unlink()
    part.symlink_to("/dev/full")
    words = os.strerror(errno.ENOSPC)
    sentence = refused(server, tmp_path)
    assert sentence == (
        f"{tmp_path}: cannot be written to ({words}); what has come of mnist is kept."
    )
    part.unlink()
    assert get(miniature(server.address), tmp_path)
    assert_whole(tmp_path)


def test_too_little_space_is_told_before_anything_is_fetched(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=200_000))
    needed = sum(map(len, packed_files().values())) + sum(map(len, raw_files().values()))
    assert refused(server, tmp_path) == (
        f"{tmp_path}: too full for mnist, which needs {needed / 1e6:.0f} MB, where 200 kB are free."
    )
    assert server.asked == []


def test_a_root_that_cannot_be_written_to_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^MTLKIT_DATA = .*/file/root: cannot be written to \("):
        get(miniature(server.address), tmp_path / "file" / "root")
    assert server.asked == []


def test_what_a_killed_process_left_is_not_taken_for_the_set(
    server: Server, tmp_path: Path
) -> None:
    built = tmp_path / ".incoming" / "mnist" / "built" / "MNIST" / "raw"
    write(built, {FILES[0]: b"half", "other": b"left"})
    assert is_absent(miniature(), tmp_path)
    assert get(miniature(server.address), tmp_path)
    assert_whole(tmp_path)


def test_a_broken_set_is_mended_and_what_else_is_there_stays(
    server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "mnist" / "MNIST" / "raw"
    write(folder, {**raw_files(), "notes.txt": b"mine"})
    os.truncate(folder / FILES[2], 1000)
    (folder / FILES[3]).unlink()
    kept = (folder / FILES[0]).stat().st_ino
    assert get(miniature(server.address), tmp_path)
    assert (folder / FILES[0]).stat().st_ino == kept
    assert (folder / "notes.txt").read_bytes() == b"mine"
    (folder / "notes.txt").unlink()
    assert_whole(tmp_path)


def test_a_gz_file_sent_as_an_encoding_is_not_unpacked_on_the_way(
    server: Server, tmp_path: Path
) -> None:
    """Some servers say `Content-Encoding: gzip` of a .gz file; its checksum is of the .gz."""
    server.manners = Manners(encoding="x-gzip")
    assert get(miniature(server.address), tmp_path)
    assert_whole(tmp_path)


def test_official_downloads_that_unpack_to_other_files_are_refused(
    server: Server, tmp_path: Path
) -> None:
    entry = miniature(server.address)
    files = (*entry.files[:3], attrs.evolve(entry.files[3], size=5))
    with pytest.raises(UsageError, match=r"^mnist: the downloads are official, and yet MNIST/raw/"):
        get(attrs.evolve(entry, files=files), tmp_path)
    assert visible(tmp_path) == []


def test_downloads_had_by_hand_are_arranged_and_stay(tmp_path: Path) -> None:
    downloads = write(tmp_path / "downloads", packed_files())
    install(miniature(), downloads, tmp_path / "root")
    assert_whole(tmp_path / "root")
    assert {path.name: path.read_bytes() for path in downloads.iterdir()} == packed_files()


@pytest.mark.parametrize("spoil", ["missing", "half", "other"])
def test_downloads_had_by_hand_are_looked_at_first(tmp_path: Path, spoil: str) -> None:
    downloads = write(tmp_path / "downloads", packed_files())
    file = downloads / f"{FILES[1]}.gz"
    if spoil == "missing":
        file.unlink()
    elif spoil == "half":
        os.truncate(file, 50)
    else:
        file.write_bytes(gzip.compress(raw_files()[FILES[1]][:-1] + b"\0", mtime=0))
    words = "is missing; mnist is made from train" if spoil == "missing" else "is not the official"
    with pytest.raises(UsageError) as told:
        install(miniature(), downloads, tmp_path / "root")
    assert str(told.value).startswith(f"{file}: {words}")
    assert not (tmp_path / "root").exists()


def test_flaws_are_told_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    raw = write(folder / "MNIST" / "raw", raw_files())
    entry = miniature()
    assert flaws(entry, folder, read=True) == []
    os.truncate(raw / FILES[0], 1000)
    (raw / FILES[1]).unlink()
    content = bytearray(raw_files()[FILES[2]])
    content[-1] ^= 1
    (raw / FILES[2]).write_bytes(content)
    with (raw / FILES[3]).open("ab") as file:
        file.write(b"more")
    told = {flaw.file.name: flaw.words for flaw in flaws(entry, folder, read=True)}
    labels = len(raw_files()[FILES[3]])
    assert told == {
        FILES[0]: f"ends after 1,000 of {len(raw_files()[FILES[0]]):,} bytes",
        FILES[1]: "is missing",
        FILES[2]: "is not the official file",
        FILES[3]: f"has {labels + 4} bytes where the official file has {labels}",
    }
    quick = [flaw.file.name for flaw in flaws(entry, folder, read=False)]
    assert quick == [FILES[0], FILES[1], FILES[3]]


@pytest.mark.parametrize("half", [10, 16, 20_000])
def test_an_idx_file_that_is_cut_off_is_refused(tmp_path: Path, half: int) -> None:
    raw = write(tmp_path / "mnist" / "MNIST" / "raw", raw_files())
    os.truncate(raw / FILES[2], half)
    with pytest.raises(UsageError) as told:
        like_mnist(miniature(), "test", tmp_path)
    assert str(told.value) == (
        f"data = mnist: {raw / FILES[2]} ends after {half:,} of {len(raw_files()[FILES[2]]):,} "
        "bytes; `mtlkit data get mnist` mends it, and data=digits needs no download."
    )
