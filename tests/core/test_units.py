"""Units of work: every run in one of them, whatever the number of those who share it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import hypothesis.strategies as st
import torch
from hypothesis import given

from mtlkit.core.config import Config
from mtlkit.core.study import Setting, Study
from mtlkit.core.units import STACK, Unit, shares, stacks, units
from tests.core import deadly

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def runs(work: Sequence[Unit]) -> Counter[tuple[Config, int]]:
    return Counter((unit.config, seed) for unit in work for seed in unit.seeds)


def study_of(name: str, seeds: Sequence[int]) -> Study:
    """Settings of these numbers of seeds."""

    def settings(scale: str) -> list[Setting]:
        return [
            Setting(deadly.Config(size=size), count, {"size": size})
            for size, count in enumerate(seeds, start=1)
        ]

    return Study(name, "", "", "", settings, lambda tables: tables["values"], 0.0)


@given(seeds=st.integers(1, 60))
def test_stacks_partition_the_seeds(seeds: int) -> None:
    for device, most in (("cpu", STACK), ("cuda", seeds)):
        cut = stacks(seeds, device)
        assert [seed for stack in cut for seed in stack] == list(range(seeds))
        assert all(0 < len(stack) <= most for stack in cut)
    # More seeds leave the stacks that were full as they were.
    assert stacks(seeds + 1, "cpu")[: seeds // STACK] == stacks(seeds, "cpu")[: seeds // STACK]


@given(
    first=st.lists(st.integers(1, 23), min_size=1, max_size=6),
    second=st.lists(st.integers(1, 23), min_size=1, max_size=6),
    count=st.integers(1, 9),
)
def test_parts_partition_the_runs_of_all_studies(
    first: list[int], second: list[int], count: int
) -> None:
    lesson = deadly.lesson(study_of("one", first), study_of("two", second))
    whole = units(lesson, ["one", "two"], scale="lesson", device=CPU)
    wanted = {
        (setting.config, seed)
        for study in lesson.studies.values()
        for setting in study.settings("lesson")
        for seed in range(setting.seeds)
    }
    assert runs(whole) == dict.fromkeys(wanted, 1)
    parts = shares(whole, count)
    assert len(parts) == count
    assert runs([unit for part in parts for unit in part]) == runs(whole)
    # Of the greedy rule: no part is dearer than another by more than the dearest unit.
    loads = [sum(unit.cost for unit in part) for part in parts]
    assert max(loads) - min(loads) <= max(unit.cost for unit in whole)
    again = shares(list(reversed(whole)), count)
    assert again == parts


def test_a_gpu_takes_a_setting_whole_and_seeds_may_be_given() -> None:
    lesson = deadly.lesson(study_of("one", [12, 3]))
    whole = units(lesson, ["one"], scale="lesson", device=CUDA)
    assert [len(unit.seeds) for unit in whole] == [12, 3]
    fewer = units(lesson, ["one"], scale="lesson", device=CPU, seeds=2)
    assert [unit.seeds for unit in fewer] == [(0, 1), (0, 1)]
    assert str(fewer[1]) == "deadly, one, size 2, seeds 0 to 1"
