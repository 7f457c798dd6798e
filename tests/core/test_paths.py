"""Folders: where things are kept, and the check that they can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mtlkit.core.paths import cache_root, data_root, writable_folder
from mtlkit.errors import UsageError


def test_the_cache_is_where_the_environment_says(
    isolated_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_root() == isolated_cache
    monkeypatch.delenv("MTLKIT_CACHE")
    assert cache_root().is_absolute()
    assert cache_root() != isolated_cache


def test_data_are_where_the_environment_says_else_where_the_platform_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    assert data_root() == tmp_path
    for unset in ("", None):
        if unset is None:
            monkeypatch.delenv("MTLKIT_DATA")
        else:
            monkeypatch.setenv("MTLKIT_DATA", unset)
        assert data_root().is_absolute()
        assert data_root().name == "mtlkit"
        assert data_root() != cache_root()


@pytest.mark.parametrize(
    ("variable", "root"), [("MTLKIT_CACHE", cache_root), ("MTLKIT_DATA", data_root)]
)
def test_a_tilde_is_the_user_s_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, root: Callable[[], Path]
) -> None:
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    monkeypatch.setenv(variable, "~/kept here")
    assert root() == tmp_path / "kept here"
    monkeypatch.setenv(variable, "a~b")
    assert root() == Path("a~b")


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert writable_folder(folder) == folder
    assert list(folder.iterdir()) == []


def test_what_stands_in_it_stays(tmp_path: Path) -> None:
    for name in (".writable", "result.json"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    writable_folder(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".writable", "result.json"]


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_way_is_told_and_kept(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"^cache = {file / below}: cannot be written to \("):
        writable_folder(file / below, "cache")
    assert file.read_text(encoding="utf-8") == "mine"
