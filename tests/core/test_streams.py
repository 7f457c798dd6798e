"""Streams: what a name draws depends on that name alone."""

from __future__ import annotations

import itertools
from random import Random

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlkit.core.streams import shuffled, stream
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team, draw

SEEDS = st.integers(0, 10_000)
PURPOSES = st.sampled_from(["x/train", "x/test", "noise/train", "start/hidden", "batches"])
NAMES = st.tuples(SEEDS, PURPOSES, st.lists(st.integers(0, 50), max_size=2).map(tuple))

Name = tuple[int, str, tuple[int, ...]]


def numbers(name: Name, size: int = 8) -> Tensor:
    seed, purpose, keys = name
    return torch.rand(size, generator=stream(seed, purpose, *keys))


@given(st.lists(NAMES, min_size=2, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_streams_do_not_depend_on_order_or_company(names: list[Name], random: Random) -> None:
    alone = {name: numbers(name) for name in names}
    random.shuffle(names)
    opened = {name: stream(name[0], name[1], *name[2]) for name in names}
    torch.rand(3)  # nor on the global generator
    for name in reversed(names):
        assert torch.equal(torch.rand(8, generator=opened[name]), alone[name])
    for one, other in itertools.combinations(names, 2):
        assert not torch.equal(alone[one], alone[other])


def test_streams_are_uncorrelated() -> None:
    # Of neighbouring names; |r| of independent ones exceeds 5 / sqrt(n) once in two million.
    size = 4000
    names = [(seed, "x", keys) for seed in range(4) for keys in ((), (0,), (1,), (0, 1))]
    drawn = torch.stack([numbers(name, size) for name in names])
    correlation = torch.corrcoef(drawn) - torch.eye(len(names))
    assert correlation.abs().max() < 5 / size**0.5


def test_opening_streams_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    numbers((1, "x", ()))
    shuffled([1, 2], 3, 10)
    assert torch.equal(torch.random.get_rng_state(), before)


@given(st.lists(SEEDS, min_size=1, max_size=5), st.integers(1, 500), st.integers(1, 40))
def test_shuffled_rows_are_permutations_of_their_seed(
    seeds: list[int], epoch: int, size: int
) -> None:
    order = shuffled(seeds, epoch, size)
    assert torch.equal(order.sort(1).values, torch.arange(size).expand(len(seeds), -1))
    for row, seed in zip(order, seeds, strict=True):
        assert torch.equal(row, shuffled([seed], epoch, size)[0])


def test_shuffled_orders_differ_between_seeds_and_epochs() -> None:
    orders = [shuffled([seed], epoch, 50)[0] for seed in range(5) for epoch in range(1, 6)]
    assert len({tuple(order.tolist()) for order in orders}) == len(orders)


@given(SEEDS, st.integers(1, 4), st.integers(1, 4))
def test_tasks_of_lesson_01_do_not_depend_on_their_number(seed: int, one: int, two: int) -> None:
    few, many = sorted((one, one + two))
    small, large = (
        PolynomialConfig.preset("smoke", tasks=tasks, noise=[1.0] * tasks) for tasks in (few, many)
    )
    for split in ("train", "validation", "test"):
        a, b = draw(small, seed, split), draw(large, seed, split)
        assert torch.equal(a.x, b.x)
        for name in ("coefficients", "clean", "noisy"):
            assert torch.equal(getattr(a, name), getattr(b, name)[:few])


def test_networks_of_lesson_01_start_alike_whatever_their_number_of_tasks() -> None:
    networks = []
    for tasks, seeds in ((2, (5,)), (3, (9, 5))):
        config = PolynomialConfig.preset("smoke", tasks=tasks)
        team = Team.of(config, "equal", seeds)
        networks.append(PolynomialProgram(config, "equal", team, torch.device("cpu")).network)
    two, three = (dict(network.named_parameters()) for network in networks)
    assert two.keys() == three.keys()
    for name, start in two.items():
        other = three[name][1]
        own = start[0]
        assert torch.equal(own, other if name.startswith("shared") else other[:2])
