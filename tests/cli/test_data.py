"""`mtlkit data`: what is there, what arrives, what is refused."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtlkit import lessons
from mtlkit.data import catalogue
from mtlkit.data.official.tiny_imagenet import ARCHIVE, PACK
from tests.data.official.grouped_miniature import tiny_archive, tiny_files, tiny_miniature
from tests.data.official.miniature import miniature, packed_files
from tests.data.official.serving import Manners, Server, serving

from .calling import Command, assert_refused, tree

NAMES = {*catalogue.EMBEDDED, *catalogue.OFFICIAL}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """The miniature stands in the catalogue as `mnist`; the data root is empty."""
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(packed_files()) as one:
        small = {**catalogue.OFFICIAL, "mnist": miniature(one.address)}
        monkeypatch.setattr(catalogue, "OFFICIAL", small)
        yield one


def rows(told: str) -> dict[str, list[str]]:
    """The words of each data set's line, by its name."""
    found = [line.split() for line in told.partition("\n\n")[0].splitlines()[1:]]
    return {words[0]: words[1:] for words in found if words[0] in NAMES}


def test_the_list_fits_a_terminal_and_has_what_one_wants_to_know(
    mtlkit: Command, server: Server, tmp_path: Path
) -> None:
    told = mtlkit("data", "list")
    assert (told.code, told.err) == (0, "")
    table = told.out.partition("\n\n")[0].splitlines()
    assert max(map(len, [*table, *told.out.splitlines()[-3:]])) <= 80
    assert str(tmp_path / "data") in told.out
    found = rows(told.out)
    assert list(found) == [*catalogue.EMBEDDED, *catalogue.OFFICIAL]
    for name, entry in catalogue.OFFICIAL.items():
        line = next(line for line in table if line.startswith(name))
        assert entry.licence in line
        assert ("not yet" in line) == (not entry.loaded and not entry.arrived)
        assert f"    {entry.what}" in table
        assert found[name][0] == "no"
    assert found["digits"][0] == "always"


def test_the_list_says_which_lessons_can_use_a_set(mtlkit: Command, server: Server) -> None:
    table = mtlkit("data", "list").out
    for name in lessons.names():
        lesson = lessons.get(name)
        for data in {lesson.default_data, *lesson.source_data} & rows(table).keys():
            assert f"{lesson.number:02d}" in rows(table)[data]


def test_get_then_list_then_verify(mtlkit: Command, server: Server, tmp_path: Path) -> None:
    told = mtlkit("data", "get", "mnist")
    where = tmp_path / "data" / "mnist"
    entry = catalogue.OFFICIAL["mnist"]
    page = f"Its owners' page: {entry.page} (licence: none stated).\n"
    assert (told.code, told.err) == (0, "")
    assert told.out == f"mnist is now in {where}, whole and official.\n{page}"
    told = mtlkit("data", "get", "mnist")
    assert told.out == f"mnist is already in {where}, whole and official.\n{page}"
    assert len(server.asked) == 4
    assert rows(mtlkit("data", "list").out)["mnist"][0] == "yes"
    told = mtlkit("data", "verify", "mnist")
    whole = f"mnist in {where} is whole and official: 4 files, every byte read.\n"
    assert (told.code, told.out) == (0, whole)
    last = where / entry.files[-1].path
    os.truncate(last, 9)
    assert rows(mtlkit("data", "list").out)["mnist"][:2] == ["in", "part"]
    told = mtlkit("data", "verify", "mnist")
    size = entry.files[-1].size
    mend = "`mtlkit data get mnist` mends it."
    assert (told.code, told.out) == (1, f"{last} ends after 9 of {size} bytes\n{mend}\n")


def test_a_set_of_which_a_part_is_chosen_is_whole_and_its_checksum_told(
    mtlkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    archive = tiny_archive(tiny_files())
    with serving({ARCHIVE: archive}) as one:
        entry = tiny_miniature(f"{one.address}{ARCHIVE}", archive=archive)
        small = {**catalogue.OFFICIAL, "tiny_imagenet": entry}
        monkeypatch.setattr(catalogue, "OFFICIAL", small)
        told = mtlkit("data", "get", "tiny_imagenet")
    where = tmp_path / "data" / "tiny_imagenet100"
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"tiny_imagenet is now in {where}, whole.\n")
    assert rows(mtlkit("data", "list").out)["tiny_imagenet"][0] == "yes"
    told = mtlkit("data", "verify", "tiny_imagenet")
    digest = hashlib.sha256((where / PACK).read_bytes()).hexdigest()
    assert told.code == 0
    assert told.out.splitlines() == [
        f"tiny_imagenet in {where} is whole: 1 file, every byte read.",
        f"{PACK} is made here from official files, of which some are chosen,",
        "so that its checksum is no official one, and names this copy:",
        f"sha256:{digest}",
    ]
    os.truncate(where / PACK, 900)
    assert rows(mtlkit("data", "list").out)["tiny_imagenet"][:2] == ["in", "part"]
    told = mtlkit("data", "verify", "tiny_imagenet")
    flaw = f"{where / PACK} is cut off, or no .npz file"
    mend = "`mtlkit data get tiny_imagenet` mends it."
    assert (told.code, told.out) == (1, f"{flaw}\n{mend}\n")


def test_a_failed_download_is_one_sentence_and_goes_on(
    mtlkit: Command, server: Server, tmp_path: Path
) -> None:
    server.manners = Manners(breaks_off_after=100_000)
    told = mtlkit("data", "get", "mnist")
    assert_refused(told, "mnist: train-images-idx3-ubyte.gz did not arrive: 127.0.0.1:")
    assert mtlkit("data", "verify", "mnist").code == 1
    server.manners = Manners()
    assert mtlkit("data", "get", "mnist").code == 0
    assert server.sent == sum(map(len, packed_files().values()))


def test_what_is_not_here_is_not_verified(mtlkit: Command, server: Server, tmp_path: Path) -> None:
    told = mtlkit("data", "verify", "mnist")
    where = tmp_path / "data"
    absent = f"mnist is not in {where}: `mtlkit data get mnist` brings it.\n"
    assert (told.code, told.out) == (1, absent)
    assert not where.exists()
    assert server.asked == []


def test_embedded_data_need_nothing(mtlkit: Command, server: Server, tmp_path: Path) -> None:
    told = mtlkit("data", "get", "digits")
    nothing = "digits comes with scikit-learn: there is nothing to download.\n"
    assert (told.code, told.out) == (0, nothing)
    assert mtlkit("data", "verify", "digits").code == 0
    assert tree(tmp_path) == {}


def test_where_prints_the_folder_alone(
    mtlkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path / "data"))
    assert mtlkit("data", "where").out == f"{tmp_path / 'data'}\n"
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("command", ["get", "verify"])
def test_a_set_that_does_not_exist_is_told(mtlkit: Command, command: str) -> None:
    assert_refused(mtlkit("data", command, "zebra"), "data = zebra: allowed is one of digits, ")


def test_official_data_as_they_are_here_verify(mtlkit: Command, mtlkit_data: Path) -> None:
    for name in ("mnist", "tiny_imagenet"):
        told = mtlkit("data", "verify", name)
        assert told.code == 0, told.out
