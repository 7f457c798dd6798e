"""The toy's strings and labels, against the source's functions on every string there is."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from mtlkit.lessons.sharing_architectures.bits import MAJORITY, labels, places, signs, strings
from mtlkit.lessons.sharing_architectures.config import SharingConfig


def every_string(length: int) -> Tensor:
    return torch.tensor(list(itertools.product((False, True), repeat=length)))


# yan2020, section 1.1, with slices read as half-open; for strings of 2 * half bits instead of 20.


def shared_0(x: list[int], half: int) -> bool:
    return x[0] == 1 or sum(x[1:half]) % 2 == 0


def shared_1(x: list[int], half: int) -> bool:
    return x[0] == 0 or sum(x[1:half]) % 2 == 0


def separate_1(x: list[int], half: int) -> bool:
    return x[half] == 0 or sum(x[half + 1 : 2 * half]) % 2 == 0


def toy(half: int, overlap: float, **settings: object) -> SharingConfig:
    return SharingConfig.preset(
        "smoke", bits=half - 1, length=2 * half, overlap=overlap, **settings
    )


@pytest.mark.parametrize("half", [2, 3, 5, 6])
@pytest.mark.parametrize(("overlap", "second"), [(1.0, shared_1), (0.0, separate_1)])
def test_labels_are_the_sources(half: int, overlap: float, second: object) -> None:
    every = every_string(2 * half)
    found = labels(toy(half, overlap), every).tolist()
    for place, string in enumerate(every.int().tolist()):
        assert found[0][place] == shared_0(string, half)
        assert found[1][place] == second(string, half)  # type: ignore[operator]


def test_the_printed_toy_reads_the_printed_bits() -> None:
    shared, separate = (SharingConfig.preset("paper", overlap=o) for o in (1.0, 0.0))
    assert places(shared).tolist() == [list(range(10))] * 2
    assert places(separate).tolist() == [list(range(10)), list(range(10, 20))]


@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize(("tasks", "bits", "length"), [(2, 1, 6), (2, 4, 10), (3, 2, 9)])
def test_three_of_four_strings_have_label_1(
    overlap: float, tasks: int, bits: int, length: int
) -> None:
    config = SharingConfig.preset("smoke", tasks=tasks, bits=bits, length=length, overlap=overlap)
    share = labels(config, every_string(length)).double().mean(1)
    assert share.tolist() == [0.75] * tasks
    assert MAJORITY == 0.75


@pytest.mark.parametrize("overlap", [0.0, 0.2, 0.25, 0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize(("tasks", "bits"), [(2, 5), (2, 9), (3, 3), (4, 4), (1, 5)])
def test_so_many_bits_are_common_as_the_overlap_says(overlap: float, tasks: int, bits: int) -> None:
    config = SharingConfig.preset("smoke", tasks=tasks, bits=bits, overlap=overlap)
    read = [set(row) for row in places(config).tolist()]
    assert all(len(own) == bits + 1 for own in read)
    common = round(overlap * (bits + 1))
    for one, other in itertools.combinations(read, 2):
        assert len(one & other) == common
        assert one & other == set(range(common))
    block = config.length // tasks
    for task, own in enumerate(read):
        assert own - read[0] <= set(range(task * block, (task + 1) * block))


@pytest.mark.parametrize("overlap", [0.0, 0.5, 1.0])
def test_a_label_changes_with_the_bits_that_are_read_and_no_others(overlap: float) -> None:
    config = SharingConfig.preset("smoke", bits=3, length=8, overlap=overlap)
    every, read = every_string(8), places(config).tolist()
    before = labels(config, every)
    for bit in range(8):
        flipped = every.clone()
        flipped[:, bit] ^= True
        changed = (labels(config, flipped) != before).any(1).tolist()
        assert changed == [bit in own for own in read]


def test_strings_are_fair_coins_of_each_seed_and_part() -> None:
    config = SharingConfig.preset("lesson", n_train=4000)
    train = strings(config, 3, "train")
    assert train.shape == (4000, 20)
    error = 0.5 / 4000**0.5
    assert ((train.float().mean(0) - 0.5).abs() < 4.5 * error).all()
    pairs = torch.corrcoef(train.double().T)
    assert pairs[~torch.eye(20, dtype=torch.bool)].abs().max() < 5 / 4000**0.5
    assert not torch.equal(train[:1000], strings(config, 3, "validation"))
    assert not torch.equal(train, strings(config, 4, "train"))
    few = SharingConfig.preset("lesson", n_train=1000)
    assert torch.equal(strings(few, 3, "train"), train[:1000])  # more strings add to the few
    one = signs(train)
    assert torch.equal(one > 0, train)
    assert (one.abs() == 1).all()
