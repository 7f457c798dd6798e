"""The experts that a task keeps, against trying all subsets."""

from __future__ import annotations

import itertools
import math
import re
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.errors import UsageError
from mtlkit.nn.routing import SELECTIONS, select

from .enumeration import uniform

EIGHTHS = 8
"""Probabilities are eighths, so that sums are exact and ties frequent."""

tables = st.tuples(st.integers(1, 3), st.integers(1, 5)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, EIGHTHS), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


def kept(eighths: list[list[int]], how: str) -> tuple[list[list[int]], list[bool]]:
    p = torch.tensor(eighths, dtype=torch.float64).unsqueeze(0) / EIGHTHS
    found = select(p, how, uniform(*p.shape))
    assert found.gates.shape == p.shape
    return found.gates[0].int().tolist(), found.rescued[0].tolist()


def best_of_size(row: list[int], size: int) -> list[int]:
    """Equation (3.4) by trying every subset; of equally good ones that of the first experts."""
    every = itertools.combinations(range(len(row)), size)
    best = max(every, key=lambda chosen: (sum(row[i] for i in chosen), [-i for i in chosen]))
    return [int(i in best) for i in range(len(row))]


def nearest(size: Fraction) -> int:
    """Half goes up."""
    return math.floor(size + Fraction(1, 2))


@given(tables, st.sampled_from(["likely", "mean_k"]))
def test_the_likeliest_are_kept_as_many_as_expected(eighths: list[list[int]], how: str) -> None:
    found, rescued = kept(eighths, how)
    mean = Fraction(sum(map(sum, eighths)), EIGHTHS * len(eighths))
    for row, gates, saved in zip(eighths, found, rescued, strict=True):
        size = nearest(Fraction(sum(row), EIGHTHS) if how == "likely" else mean)
        assert saved == (size == 0)
        assert gates == best_of_size(row, max(size, 1))


@given(tables)
def test_rounded_is_each_probability_to_0_or_1(eighths: list[list[int]]) -> None:
    found, rescued = kept(eighths, "rounded")
    for row, gates, saved in zip(eighths, found, rescued, strict=True):
        rounded = [int(2 * value >= EIGHTHS) for value in row]
        assert saved == (not any(rounded))
        assert gates == (best_of_size(row, 1) if saved else rounded)


@given(tables)
def test_sampled_is_one_draw(eighths: list[list[int]]) -> None:
    found, rescued = kept(eighths, "sampled")
    numbers = uniform(1, len(eighths), len(eighths[0]))[0]
    for row, own, gates, saved in zip(eighths, numbers, found, rescued, strict=True):
        drawn = [int(EIGHTHS * u < value) for value, u in zip(row, own.tolist(), strict=True)]
        assert saved == (not any(drawn))
        assert gates == (best_of_size(row, 1) if saved else drawn)


@given(tables)
def test_all_is_every_expert_and_expected_the_probabilities(eighths: list[list[int]]) -> None:
    p = torch.tensor(eighths, dtype=torch.float64).unsqueeze(0) / EIGHTHS
    for how, wanted in (("all", torch.ones_like(p)), ("expected", p)):
        found = select(p, how)
        assert torch.equal(found.gates, wanted)
        assert not found.rescued.any()


@given(tables, st.sampled_from([how for how in SELECTIONS if how != "expected"]))
def test_nobody_is_left_without_an_expert(eighths: list[list[int]], how: str) -> None:
    found, rescued = kept(eighths, how)
    assert all(any(gates) for gates in found)
    assert all(sum(gates) == 1 for gates, saved in zip(found, rescued, strict=True) if saved)


@given(tables.filter(lambda rows: len(rows) > 1), st.sampled_from(SELECTIONS))
def test_permuting_tasks_permutes_what_they_keep(eighths: list[list[int]], how: str) -> None:
    p = torch.tensor(eighths, dtype=torch.float64).unsqueeze(0) / EIGHTHS
    numbers, order = uniform(*p.shape), torch.arange(p.shape[1]).flip(0)
    one, other = select(p, how, numbers), select(p[:, order], how, numbers[:, order])
    assert torch.equal(one.gates[:, order], other.gates)
    assert torch.equal(one.rescued[:, order], other.rescued)


def test_of_many_equally_likely_experts_the_first_are_kept() -> None:
    found = select(torch.full((2, 1, 200), 0.25), "likely").gates[1, 0]
    assert found.tolist() == [1] * 50 + [0] * 150


def test_mean_k_is_each_replicas_own() -> None:
    p = torch.tensor([[[1.0, 1.0], [1.0, 1.0]], [[0.6, 0.1], [0.2, 0.3]]])
    assert select(p, "mean_k").gates.sum(-1).tolist() == [[2, 2], [1, 1]]


@pytest.mark.parametrize("how", SELECTIONS)
def test_the_probabilities_are_left_as_they_were(how: str) -> None:
    p = uniform(2, 3, 4)
    before = p.clone()
    select(p, how, uniform(2, 3, 4, seed=1)).gates.fill_(7)
    assert torch.equal(p, before)


@pytest.mark.parametrize("how", ["best", "sampled"])
def test_a_way_that_there_is_not_is_refused(how: str) -> None:
    said = f"selection = {how}: allowed is one of likely, mean_k, rounded, sampled, all, expected"
    with pytest.raises(UsageError, match=f"^{re.escape(said)}"):
        select(torch.ones(1, 1, 1), how)
