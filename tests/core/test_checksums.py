"""Checksums: whatever byte of a result's files changes, the result is not read."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import pytest

from mtlkit.core.checksums import damaged_file, with_checksums
from mtlkit.core.result import Result
from mtlkit.errors import UsageError

from .test_result import assert_same, small


def test_the_sums_are_those_that_other_tools_compute(tmp_path: Path) -> None:
    small().save(tmp_path / "run")
    head = json.loads((tmp_path / "run/result.json").read_text(encoding="utf-8"))
    names = {"tables/values.parquet", "arrays.safetensors", "state.safetensors"}
    assert head["files"].keys() == names
    for name, told in head["files"].items():
        with (tmp_path / "run" / name).open("rb") as file:
            assert told == hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize(
    "name", ["result.json", "tables/values.parquet", "arrays.safetensors", "state.safetensors"]
)
def test_no_flipped_bit_is_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    small().save(folder)
    whole = (folder / name).read_bytes()
    draw = random.Random(name)
    for place in sorted(draw.sample(range(len(whole)), 40)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << draw.randrange(8)
        (folder / name).write_bytes(damaged)
        try:
            found = Result.load(folder)
        except UsageError as error:
            assert str(folder) in str(error)
        else:  # white space between two words of JSON says nothing
            assert name == "result.json"
            assert json.loads(damaged) == json.loads(whole)
            assert_same(found, small())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    small().save(tmp_path / "run")
    (tmp_path / "run/arrays.safetensors").unlink()
    with pytest.raises(UsageError, match=r"arrays\.safetensors is missing or damaged"):
        Result.load(tmp_path / "run")


def test_a_result_of_before_there_were_checksums_is_read(tmp_path: Path) -> None:
    small().save(tmp_path / "run")
    path = tmp_path / "run/result.json"
    head = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({k: head[k] for k in head if k not in ("files", "checksum")}))
    assert_same(Result.load(tmp_path / "run"), small())


def test_keys_that_json_makes_words_of_change_nothing(tmp_path: Path) -> None:
    head = with_checksums({"config": {10: "ten", 9: "nine", "x": (1, 2)}}, tmp_path)
    assert damaged_file(json.loads(json.dumps(head)), tmp_path) is None
