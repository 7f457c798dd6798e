"""The cache: one entry per key and seed; what cannot be read is named, and as if not there."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import NoReturn

import attrs
import pytest

from mtlkit.core.cache import Cache, Key
from mtlkit.core.result import Result
from mtlkit.errors import UsageError

from .test_result import assert_same, small

KEY = Key("toy", "config", "toys:abc", "cpu", "1-abc")


@pytest.mark.parametrize("part", [field.name for field in attrs.fields(Key)])
def test_any_part_of_the_key_makes_it_another(tmp_path: Path, part: str) -> None:
    cache, other = Cache(tmp_path), attrs.evolve(KEY, **{part: "another"})
    cache.put(KEY, small())
    assert cache.get(KEY, 0) is not None
    assert cache.get(other, 0) is None
    assert cache.get(KEY, 1) is None
    if part != "lesson":
        assert other.digest() != KEY.digest()


def test_neighbouring_parts_do_not_run_together() -> None:
    one = Key("toy", "ab", "c", "cpu", "1")
    assert one.digest() != Key("toy", "a", "bc", "cpu", "1").digest()


def test_what_was_put_is_got(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new")
    assert cache.get(KEY, 0) is None
    cache.put(KEY, small(3.0))
    found = cache.get(KEY, 0)
    assert found is not None
    assert_same(found, small(3.0))


@pytest.mark.parametrize(
    "name", ["result.json", "tables/values.parquet", "arrays.safetensors", "state.safetensors"]
)
def test_a_damaged_entry_is_as_none_and_is_replaced(tmp_path: Path, name: str) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, small(1.0))
    file = cache.folder(KEY, 0) / name
    for damage in (lambda: file.write_bytes(b"\x00garbage"), file.unlink):
        damage()
        if damage != file.unlink or "safetensors" not in name:
            assert cache.get(KEY, 0) is None
        cache.put(KEY, small(2.0))
        found = cache.get(KEY, 0)
        assert found is not None
        assert_same(found, small(2.0))
        assert [path.name for path in cache.folder(KEY, 0).parent.iterdir()] == ["0"]


def test_a_damaged_entry_is_named_once_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, small())
    (cache.folder(KEY, 0) / "tables" / "values.parquet").write_bytes(b"PAR1")
    assert cache.has(KEY, 0)
    assert cache.get(KEY, 0) is None
    assert cache.get(KEY, 0) is None
    (line,) = caplog.messages
    assert str(cache.folder(KEY, 0)) in line
    assert "values.parquet" in line
    assert line.endswith("It is computed anew.")
    assert "\n" not in line


def test_of_two_that_put_a_run_at_once_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Cache(tmp_path), Cache(tmp_path)
    save = Result.save

    def save_late(self: Result, folder: Path) -> None:
        """Another process is faster: its entry gets to the place while this one is written."""
        save(self, folder)
        monkeypatch.setattr(Result, "save", save)
        other.put(KEY, small(2.0))

    monkeypatch.setattr(Result, "save", save_late)
    one.put(KEY, small(1.0))
    found = one.get(KEY, 0)
    assert found is not None
    assert_same(found, small(2.0))
    assert [path.name for path in one.folder(KEY, 0).parent.iterdir()] == ["0"]


def test_a_shared_cache_is_read_and_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolated_cache: Path
) -> None:
    Cache(tmp_path / "shared").put(KEY, small(1.0))
    before = sorted((tmp_path / "shared").rglob("*"))
    monkeypatch.setenv("MTLKIT_SHARED_CACHE", str(tmp_path / "shared"))
    cache = Cache.of_user()
    found = cache.get(KEY, 0)
    assert found is not None
    assert_same(found, small(1.0))
    assert cache.has(KEY, 0)
    another = attrs.evolve(KEY, config="another")
    cache.put(another, small(3.0))
    assert sorted((tmp_path / "shared").rglob("*")) == before
    assert cache.folder(another, 0).is_relative_to(isolated_cache)
    # One's own goes before it, and a damaged one in it is computed anew into one's own.
    (
        tmp_path / "shared" / cache.folder(KEY, 0).relative_to(isolated_cache) / "result.json"
    ).unlink()
    assert cache.get(KEY, 0) is None
    cache.put(KEY, small(2.0))
    found = cache.get(KEY, 0)
    assert found is not None
    assert_same(found, small(2.0))


def test_a_shared_cache_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_SHARED_CACHE", str(tmp_path / "none"))
    with pytest.raises(UsageError, match=r"^MTLKIT_SHARED_CACHE = .*none: there is none; "):
        Cache.of_user()


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, small(1.0))
    save = Result.save

    def half(self: Result, folder: Path) -> NoReturn:
        save(self, folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Result, "save", half)
    another = attrs.evolve(KEY, config="another")
    with pytest.raises(UsageError) as told:
        cache.put(another, small(2.0))
    assert str(told.value).startswith(f"MTLKIT_CACHE = {tmp_path}: ")
    assert "No space left on device" in str(told.value)
    assert not cache.has(another, 0)
    assert not list(cache.folder(another, 0).parent.iterdir())
    assert cache.get(KEY, 0) is not None
