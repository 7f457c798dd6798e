"""Two results compared; the numbers are worked out by numpy or by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.comparable import PACK, RUN, STUDY, read_comparable
from mtlkit.core.difference import Difference, compare
from mtlkit.core.naming import naming_columns
from mtlkit.core.reproducing import reproduce
from mtlkit.core.result import Result
from mtlkit.core.table_difference import compare_tables
from mtlkit.errors import UsageError

from .toy import ToyConfig, toy_lesson, toy_study

CPU = torch.device("cpu")


def errors(seeds: int = 3) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    rows = [(s, name, task) for s in range(seeds) for name in ("equal", "fixed") for task in (1, 2)]
    table = pd.DataFrame(rows, columns=["seed", "strategy", "task"])
    return table.assign(
        error=draw.uniform(1, 2, len(table)),
        epochs=pd.array([3, None] * (len(table) // 2), dtype="Int64"),
        cause="",
    )


def result(table: pd.DataFrame | None = None, **config: Any) -> Result:
    return Result(
        lesson="toy",
        config={"size": 3, "rates": [0.1, 0.2], **config},
        seeds=(0, 1, 2),
        tables={"errors": errors() if table is None else table},
        arrays={},
        provenance={"versions": {"torch": "2.14.0"}, "seconds": 1.5},
    )


def diff(tmp_path: Path, first: Result, second: Result, tolerance: float = 0.0) -> Difference:
    for name, one in (("a", first), ("b", second)):
        one.save(tmp_path / name)
    return compare(
        read_comparable(tmp_path / "a"), read_comparable(tmp_path / "b"), float(tolerance)
    )


def test_a_result_agrees_with_itself_whatever_the_order_of_its_rows(tmp_path: Path) -> None:
    shuffled = errors().sample(frac=1, random_state=1)
    found = diff(tmp_path, result(), result(shuffled))
    assert found.agrees
    assert found.tables["errors"].compared == 12
    assert found.tables["errors"].columns == {}
    assert found.config == found.provenance == {}


def test_numbers_are_counted_and_the_largest_deviation_is_found(tmp_path: Path) -> None:
    moved = errors()
    factors = np.ones(12)
    factors[[2, 5, 7]] = 1.001, 1.25, 0.9
    moved["error"] *= factors
    column = diff(tmp_path, result(), result(moved)).tables["errors"].columns["error"]
    assert (column.compared, column.differing) == (12, 3)
    assert column.largest == pytest.approx(0.25 / 1.25)
    assert column.where == errors().loc[5, ["seed", "strategy", "task"]].to_dict()
    assert (column.first, column.second) == (errors()["error"][5], moved["error"][5])


@pytest.mark.parametrize(("tolerance", "differing"), [(0.0, 3), (0.01, 2), (0.15, 1), (0.2001, 0)])
def test_a_tolerance_is_relative_to_the_larger(
    tmp_path: Path, tolerance: float, differing: int
) -> None:
    moved = errors()
    moved.loc[[2, 5, 7], "error"] *= [1.001, 1.25, 0.9]
    found = diff(tmp_path, result(), result(moved), tolerance)
    assert found.tables["errors"].columns["error"].differing == differing
    assert found.agrees == (differing == 0)


def test_a_number_that_one_side_lacks_differs_beyond_any_tolerance(tmp_path: Path) -> None:
    lost = errors()
    lost.loc[4, "epochs"] = None
    found = diff(tmp_path, result(), result(lost), tolerance=1.0)
    (column,) = found.tables["errors"].columns.values()
    assert (column.differing, column.largest) == (1, math.inf)
    assert (column.first, column.second) == (3, None)
    assert column.as_dict()["largest"] is None


def test_text_that_names_no_row_is_compared_as_it_is(tmp_path: Path) -> None:
    told = errors().assign(cause=[""] * 7 + ["diverged"] + [""] * 4)
    (column,) = diff(tmp_path, result(), result(told), 1.0).tables["errors"].columns.values()
    assert (column.differing, column.largest, column.second) == (1, None, "diverged")
    assert column.where == {"seed": 1, "strategy": "fixed", "task": 2}


def test_rows_columns_and_tables_of_one_side_are_told(tmp_path: Path) -> None:
    first = attrs.evolve(result(), tables={"errors": errors(), "runs": errors()})
    second = result(errors(seeds=5).drop(columns="cause").query("strategy == 'equal'"))
    found = diff(tmp_path, first, second)
    table = found.tables["errors"]
    assert found.only_first == ("runs",)
    assert (table.columns_only_in_first, table.columns_only_in_second) == (("cause",), ())
    assert (table.rows_only_in_first.count, table.rows_only_in_second.count) == (6, 4)
    assert table.rows_only_in_second.names == tuple(
        {"seed": seed, "strategy": "equal", "task": task} for seed in (3, 4) for task in (1, 2)
    )
    assert table.compared == 6
    assert not found.agrees


def test_settings_that_differ_are_told_with_both_values_and_provenance_does_not_count(
    tmp_path: Path,
) -> None:
    other = attrs.evolve(
        result(), provenance={"versions": {"torch": "2.15.0"}, "seconds": 1.5, "device": "GPU"}
    )
    found = diff(tmp_path, result(), other)
    assert found.agrees
    assert found.provenance == {"versions.torch": ("2.14.0", "2.15.0"), "device": (None, "GPU")}
    found = diff(tmp_path, result(), result(size=4, rates=[0.1]))
    assert not found.agrees
    assert found.config == {"size": (3, 4), "rates": ([0.1, 0.2], [0.1])}


def test_published_studies_and_whole_packs_are_compared(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, toy_study())
    for name, seeds in (("a", 3), ("b", 2)):
        out = tmp_path / name
        reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=out, seeds=seeds)
    inside = "studies/toys.lesson/sizes.parquet"
    first, second = (read_comparable(tmp_path / name / inside) for name in "ab")
    assert first.kind == STUDY
    assert compare(first, first).agrees
    found = compare(first, second)
    assert found.config == {"seeds": (3, 2)}
    assert found.tables["sizes"].rows_only_in_first.count == 3
    packs = [read_comparable(tmp_path / name) for name in "ab"]
    assert packs[0].kind == PACK
    found = compare(*packs)
    assert found.config == {"sizes (toys, lesson): seeds": (3, 2)}
    assert found.tables["sizes (toys, lesson)"].columns == {}
    assert compare(packs[0], packs[0]).agrees


def test_studies_of_other_configs_or_data_differ(tmp_path: Path) -> None:
    for name, sizes, checksum in (("a", (1, 2), "abc"), ("b", (1, 3), "abc"), ("c", (1, 2), "xyz")):
        lesson = toy_lesson(tmp_path, toy_study(sizes=sizes))
        lesson.toy.checksum = checksum
        reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=tmp_path / name)
    inside = "studies/toys.lesson/sizes.parquet"
    paths = [tmp_path / name / inside for name in "abc"]
    first, configs, data = map(read_comparable, paths)
    digests = [ToyConfig.preset("lesson", size=size).digest()[:16] for size in (2, 3)]
    assert compare(first, configs).config == {"configs": ([digests[0]], [digests[1]])}
    assert compare(first, data).config == {"data.checksum": ("abc", "xyz")}
    assert not compare(first, data).agrees
    packs = [read_comparable(tmp_path / name) for name in "ab"]
    told = compare(*packs).config
    assert told == {"sizes (toys, lesson): configs": ([digests[0]], [digests[1]])}
    # A pack from before configs were told cannot be compared in them.
    older = {name: value for name, value in configs.config.items() if name != "configs"}
    assert compare(first, attrs.evolve(configs, config=older)).config == {}


def test_json_is_strict_and_complete(tmp_path: Path) -> None:
    moved = errors()
    moved.loc[0, "error"] = np.nan
    moved.loc[1, "error"] = np.inf
    told = json.loads(
        json.dumps(diff(tmp_path, result(), result(moved)).as_dict(), allow_nan=False)
    )
    assert told["agrees"] is False
    assert told["tables"]["errors"]["columns"]["error"]["differing"] == 2
    assert told["tables"]["errors"]["rows_only_in_first"] == {"count": 0, "names": []}


def test_mistakes_are_told(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, toy_study())
    (path,) = reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=tmp_path / "pack")
    result().save(tmp_path / "run")
    run, study = read_comparable(tmp_path / "run"), read_comparable(path)
    assert run.kind == RUN
    with pytest.raises(UsageError, match=r"is a run and .* is a published study: allowed are two"):
        compare(run, study)
    for tolerance in (-0.1, math.nan):
        with pytest.raises(UsageError, match=r"tolerance = .*: allowed is a number from 0 on"):
            compare(run, run, tolerance)
    for nothing in (tmp_path / "nowhere", tmp_path / "nowhere.parquet", tmp_path / "run/tables"):
        with pytest.raises(UsageError, match="holds nothing to compare; allowed is a run's folder"):
            read_comparable(nothing)
    with pytest.raises(UsageError, match="stands in no pack"):
        read_comparable(tmp_path / "run/tables/errors.parquet")


def test_rows_that_nothing_tells_apart_are_matched_in_order() -> None:
    first = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    table = compare_tables(first, pd.DataFrame({"x": [1.0, 2.5]}), 0.0)
    assert table.compared == 2
    assert table.rows_only_in_first.count == 1
    assert table.columns["x"].largest == pytest.approx(0.2)


def test_names_are_labels_seed_and_what_else_tells_rows_apart() -> None:
    assert naming_columns(errors()) == ["seed", "strategy", "task"]
    labelled = errors().assign(rate=0.1)[["rate", *errors().columns]]
    assert naming_columns(labelled, labelled) == ["rate", "seed", "strategy", "task"]
    points = pd.DataFrame({"seed": [0, 0, 0], "error": [1.0, 1.0, 2.0], "point": [0, 1, 2]})
    assert naming_columns(points) == ["seed", "point"]
    assert naming_columns(errors(), errors().drop(columns="task")) == [
        "seed",
        "strategy",
        "cause",
        "epochs",
    ]
