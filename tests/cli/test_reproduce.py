"""`mtlkit reproduce` on more than one process: parts of the work, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from mtlkit.core.publishing import published_study

from .calling import Command, assert_refused, tree

STUDY = ("noisy_polynomials", "frozen_heads")
SMALL = ("--scale", "smoke", "--seeds", "2", "--device", "cpu")


def test_parts_fill_the_cache_and_then_the_tables_are_made(
    mtlkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolated_cache: Path
) -> None:
    monkeypatch.setattr("mtlkit.core.paths.project_root", lambda: tmp_path / "project")
    counts = []
    for part in (3, 1, 2):
        told = mtlkit("reproduce", *STUDY, *SMALL, "--shard", f"{part}/3")
        assert told.code == 0
        assert told.out.startswith(f"Part {part} of 3 is done: ")
        assert (
            "`mtlkit reproduce noisy_polynomials frozen_heads --scale smoke --seeds 2 --device cpu`"
            in told.out
        )
        _, _, there, whole, *_ = map(int, re.findall(r"\b\d+\b", told.out))
        counts.append(there)
    assert counts == sorted(counts) and counts[-1] == whole
    assert not (tmp_path / "project").exists()  # nothing is published
    before = tree(isolated_cache)
    assert mtlkit("reproduce", *STUDY, *SMALL, "--out", tmp_path / "parts").code == 0
    assert tree(isolated_cache) == before
    monkeypatch.setenv("MTLKIT_CACHE", str(tmp_path / "another"))
    assert mtlkit("reproduce", *STUDY, *SMALL, "--out", tmp_path / "whole").code == 0
    parts, whole = (
        published_study(*STUDY, "smoke", tmp_path / name).table for name in ("parts", "whole")
    )
    pd.testing.assert_frame_equal(parts, whole)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shard", "0/3"), "Invalid value for '--shard': 0/3 is no part of a whole; allowed is "),
        (("--shard", "4/3"), "Invalid value for '--shard': 4/3 is no part of a whole; allowed is "),
        (("--shard", "1"), "Invalid value for '--shard': 1 is no part of a whole; allowed is "),
        (("--shard", "1/2"), "--shard: allowed is it with --device cpu or --device cuda"),
        (("--shard", "1/2", "--out", "pack"), "--shard: allowed beside it is not --out"),
        (("--scheduler", "nowhere"), "scheduler = nowhere: is no address; allowed is what "),
        (("--scheduler", "http://127.0.0.1:9"), "scheduler = http://127.0.0.1:9: is no address"),
        (("--jobs", "0"), "Invalid value for '--jobs': 0 is not in the range"),
        (
            ("--jobs", "2", "--scheduler", "tcp://127.0.0.1:9"),
            "--jobs and --scheduler: allowed is ",
        ),
        (("--set", "seed=1"), "--set: allowed is it with --notebooks; "),
        (("--notebooks", "--shard", "1/2"), "--notebooks: allowed beside it is not --shard"),
        (("--notebooks",), "lesson = frozen_heads: allowed is one of "),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    mtlkit: Command, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert_refused(mtlkit("reproduce", *STUDY, *arguments), message)


def test_a_lesson_must_be_named(mtlkit: Command) -> None:
    assert_refused(mtlkit("reproduce"), "Missing argument 'LESSON'.")
    assert_refused(mtlkit("reproduce", "a", "b", "c"), "Got unexpected extra argument (c).")
