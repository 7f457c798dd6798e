"""The cache: one entry per key and seed; what cannot be read is as if it were not there."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from mtlkit.core.cache import Cache, Key

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
