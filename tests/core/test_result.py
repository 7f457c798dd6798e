"""Results: what is read is what was written, and a broken write loses nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from hypothesis.extra import pandas as pdst

from mtlkit.core.result import FORMAT, Result, check_replaceable, concatenated, write_file
from mtlkit.errors import UsageError

NAMES = st.text("abcdefgh_", min_size=1, max_size=8)
WORDS = st.text(max_size=5)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Rows of a seed, whole numbers, numbers (some missing), words and truths."""
    columns = [
        pdst.column("seed", elements=st.integers(0, 99), dtype=np.int64),
        pdst.column("task", elements=st.integers(-5, 5), dtype=np.int32),
        pdst.column("error", elements=st.floats(), dtype=np.float64),
        pdst.column("diverged", elements=st.booleans(), dtype=bool),
    ]
    table = draw(pdst.data_frames(columns, index=pdst.range_indexes(max_size=6)))
    words = draw(st.lists(WORDS | st.none(), min_size=len(table), max_size=len(table)))
    epochs = draw(st.lists(st.integers(0, 9) | st.none(), min_size=len(table), max_size=len(table)))
    return table.assign(
        cause=pd.Series(words, table.index, dtype="str"),
        epoch=pd.array(epochs, dtype="Int64"),
    )


ARRAYS = st.dictionaries(
    NAMES,
    npst.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_]),
        npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    ),
    max_size=3,
)

RESULTS = st.builds(
    Result,
    lesson=NAMES,
    config=st.dictionaries(
        NAMES, st.integers() | WORDS | st.booleans() | st.lists(st.floats(-9, 9)), max_size=3
    ),
    seeds=st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True).map(tuple),
    tables=st.dictionaries(NAMES, tables(), max_size=2),
    arrays=ARRAYS,
    provenance=st.dictionaries(NAMES, WORDS | st.floats(0, 9), max_size=2),
    state=ARRAYS,
)


def assert_same_arrays(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert array.dtype == theirs[name].dtype
        assert array.shape == theirs[name].shape
        assert np.array_equal(array, theirs[name], equal_nan=array.dtype.kind == "f")


def assert_same(ours: Result, theirs: Result) -> None:
    for name in ("lesson", "config", "seeds", "provenance"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.tables.keys() == theirs.tables.keys()
    for name, table in ours.tables.items():
        pd.testing.assert_frame_equal(table, theirs.tables[name], check_exact=True)
    assert_same_arrays(ours.arrays, theirs.arrays)
    assert_same_arrays(ours.state, theirs.state)


@settings(max_examples=20)
@given(RESULTS, RESULTS)
def test_what_is_read_is_what_was_written(first: Result, second: Result) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "deep" / "run"
        first.save(folder)
        assert_same(first, Result.load(folder))
        # The next one takes its place, whatever the first had that it has not.
        second.save(folder)
        assert_same(second, Result.load(folder))
        assert [path.name for path in folder.parent.iterdir()] == ["run"]


def small(value: float = 1.0, **changes: Any) -> Result:
    plain = Result(
        lesson="toy",
        config={"size": 2},
        seeds=(0,),
        tables={"values": pd.DataFrame({"seed": [0], "value": [value]})},
        arrays={"curve": np.arange(3.0)},
        provenance={"seconds": 0.1},
        state={"weight": np.ones((2, 2))},
    )
    return attrs.evolve(plain, **changes)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_files_have_their_names(tmp_path: Path) -> None:
    small().save(tmp_path / "run")
    names = {"result.json", "tables/values.parquet", "arrays.safetensors", "state.safetensors"}
    assert files(tmp_path / "run").keys() == names


@pytest.mark.parametrize(
    "broken",
    [
        {"provenance": {"seconds": object()}},  # the last to be written
        {"arrays": {"words": np.array(["a"])}},
        {"tables": {"a": pd.DataFrame({"x": [1]}), "b": pd.DataFrame({"x": [object()]})}},
    ],
)
def test_a_write_that_fails_leaves_the_old_result_and_nothing_else(
    tmp_path: Path, broken: dict[str, Any]
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(Exception) as caught:
        small(**broken).save(folder)
    assert not isinstance(caught.value, UsageError)
    assert list(tmp_path.iterdir()) == []
    small(1.0).save(folder)
    before = files(tmp_path)
    with pytest.raises(type(caught.value)):
        small(**broken).save(folder)
    assert files(tmp_path) == before
    assert [path for path in tmp_path.rglob("*") if path.name.startswith(".")] == []


def test_a_move_that_breaks_off_leaves_no_result_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(1.0).save(tmp_path / "run")
    calls = []

    def replace(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        shutil.move(source, target)

    monkeypatch.setattr("mtlkit.core.result.os.replace", replace)
    with pytest.raises(KeyboardInterrupt):
        small(2.0).save(tmp_path / "run")
    with pytest.raises(UsageError, match=r"holds no readable result\.json"):
        Result.load(tmp_path / "run")
    assert [path for path in tmp_path.rglob("*") if path.name.startswith(".")] == []
    monkeypatch.undo()
    small(2.0).save(tmp_path / "run")
    assert_same(small(2.0), Result.load(tmp_path / "run"))


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    for name in ("notes.txt", "tables/mine.parquet"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    for value in (1.0, 2.0):
        small(value).save(tmp_path)
        assert_same(small(value), Result.load(tmp_path))
    for name in ("notes.txt", "tables/mine.parquet"):
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (json.dumps({"format": FORMAT + 1}), f"layout version {FORMAT + 1}"),
        (json.dumps({"lesson": "toy"}), r"no readable result\.json"),
        ("[1, 2]", r"no readable result\.json"),
        ("{", r"no readable result\.json"),
        ("\udcff", r"no readable result\.json"),
    ],
)
def test_what_another_version_wrote_is_neither_read_nor_replaced(
    tmp_path: Path, head: str, message: str
) -> None:
    text = head.encode(errors="surrogateescape")
    (tmp_path / "result.json").write_bytes(text)
    before = files(tmp_path)
    for use in (Result.load, check_replaceable, small().save):
        with pytest.raises(UsageError, match=message) as caught:
            use(tmp_path)
        assert "\n" not in str(caught.value)
    assert files(tmp_path) == before


def test_an_empty_folder_is_replaceable_and_holds_no_result(tmp_path: Path) -> None:
    check_replaceable(tmp_path)
    check_replaceable(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"holds no readable result\.json"):
        Result.load(tmp_path)


@pytest.mark.parametrize(
    "name", ["result.json", "tables/values.parquet", "arrays.safetensors", "state.safetensors"]
)
@pytest.mark.parametrize("damage", ["cut", "garbage"])
def test_a_damaged_result_is_said_to_be_so(tmp_path: Path, name: str, damage: str) -> None:
    small().save(tmp_path)
    file = tmp_path / name
    file.write_bytes(file.read_bytes()[:20] if damage == "cut" else b"\x00garbage" * 9)
    with pytest.raises(UsageError, match="read"):
        Result.load(tmp_path)


def test_tables_of_several_results_stand_under_each_other() -> None:
    joined = concatenated([small(1.0), small(2.0)])
    assert joined["values"]["value"].tolist() == [1.0, 2.0]
    assert joined["values"].index.tolist() == [0, 1]


def test_a_file_is_moved_to_its_place_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "table.txt"
    write_file(target, lambda path: path.write_text("one", encoding="utf-8"))

    def half(path: Path) -> None:
        path.write_text("tw", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(target, half)
    assert files(tmp_path) == {"deep/table.txt": b"one"}
