"""What runs that were broken off left behind is deleted, and nothing that is still of use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.core.checkpoint import RunCheckpoints, checkpointed
from mtlkit.core.runner import Runner
from tests.core.toy import ToyConfig, toy_lesson

CONFIG = ToyConfig()


@given(seeds=st.lists(st.integers(0, 10**6), min_size=1, unique=True), count=st.integers(1, 300))
def test_a_folder_names_its_seeds_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, seeds: list[int], count: int
) -> None:
    for named in (seeds, sorted(seeds), list(range(count))):
        root = tmp_path_factory.mktemp("cache")
        folder = RunCheckpoints.of(root, "toy", "ab", named).folder
        assert folder != RunCheckpoints.of(root, "toy", "ab", [*named, 10**7]).folder
        folder.mkdir(parents=True)
        assert list(checkpointed(root, "toy", "another")) == []
        short = not folder.name.startswith("ab-x")
        assert short or len(str(named)) > 100
        assert list(checkpointed(root, "toy", "ab")) == ([(folder, named)] if short else [])


def test_checkpoints_go_once_all_of_their_runs_are_there(tmp_path: Path) -> None:
    runner = Runner(toy_lesson(tmp_path), torch.device("cpu"))
    root, key = runner.cache.root, runner.key(CONFIG).digest()

    def left(seeds: range, key: str = key) -> Path:
        """As a stack that was halved, or broken off."""
        folder = RunCheckpoints.of(root, "toy", key, seeds).folder
        (folder / "1").mkdir(parents=True)
        (folder / "1" / "state-3.pt").touch()
        return folder

    whole, beside = left(range(4)), left(range(3, 8))
    another = left(range(2), key="another")
    list(runner.run(CONFIG, range(2)))
    assert whole.exists()
    list(runner.run(CONFIG, range(2, 4)))
    assert not whole.exists()
    assert beside.exists() and another.exists()
    list(runner.run(CONFIG, range(8)))
    assert not beside.exists() and another.exists()


def test_entries_that_were_never_finished_go_when_they_are_old(tmp_path: Path) -> None:
    runner = Runner(toy_lesson(tmp_path), torch.device("cpu"))
    entries = runner.cache.folder(runner.key(CONFIG), 0).parent
    for name in (".0.aaaaaaaa", ".1.bbbbbbbb"):
        (entries / name / "tables").mkdir(parents=True)
    os.utime(entries / ".0.aaaaaaaa", (0, 0))
    list(runner.run(CONFIG, [0]))
    assert sorted(path.name for path in entries.iterdir()) == [".1.bbbbbbbb", "0"]
