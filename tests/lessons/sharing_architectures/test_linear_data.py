"""What makes a regression: which inputs matter, the truth, the examples and their moments."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.linear_data import (
    SPLITS,
    Moments,
    examples,
    relevant_inputs,
    true_coefficients,
)


def _config(**settings: Any) -> SharingConfig:
    return SharingConfig(problem="linear", **settings)


@pytest.mark.parametrize("coefficients", ["sparse", "around_mean"])
def test_the_first_tasks_do_not_depend_on_how_many_there_are(coefficients: str) -> None:
    few, many = (_config(tasks=n, coefficients=coefficients, overlap=0.4) for n in (2, 10))
    assert torch.equal(true_coefficients(few, 3), true_coefficients(many, 3)[:, :2])
    for split in SPLITS:
        for mine, theirs in zip(examples(few, 3, split), examples(many, 3, split), strict=True):
            assert torch.equal(mine, theirs[:2])


@given(
    inputs=st.integers(1, 40),
    tasks=st.integers(1, 8),
    overlap=st.floats(0, 1),
    data=st.data(),
)
def test_tasks_share_what_the_overlap_says(
    inputs: int, tasks: int, overlap: float, data: st.DataObject
) -> None:
    relevant = data.draw(st.integers(1, inputs))
    config = _config(inputs=inputs, tasks=tasks, overlap=overlap, relevant=relevant)
    places = [set(row) for row in relevant_inputs(config, 0).tolist()]
    assert all(len(place) == relevant for place in places)
    common = set.intersection(*places)
    assert len(common) >= relevant * overlap - 0.5
    if tasks > 1 and tasks * relevant <= inputs:
        assert abs(len(common) - relevant * overlap) <= 0.5
        others = [place - common for place in places]
        assert sum(map(len, others)) == len(set.union(*others))


def test_a_smaller_overlap_moves_values_one_by_one() -> None:
    rounds = [true_coefficients(_config(overlap=k / 5), 1) for k in range(5, -1, -1)]
    for before, after in itertools.pairwise(rounds):
        changed = (before != after).sum(0).tolist()
        assert changed == [0] + [2] * 9  # one place is left and another taken; task 1 stays
        assert torch.equal(before.sort(0).values, after.sort(0).values)


def test_sliders_that_do_not_concern_the_inputs_leave_them_as_they_are() -> None:
    x, y = examples(_config(), 0, "train")
    for other in ({"overlap": 0.0}, {"noise": 2.0}, {"coefficients": "around_mean"}):
        assert torch.equal(x, examples(_config(**other), 0, "train")[0])
    truth = true_coefficients(_config(), 0)
    quiet, loud = (examples(_config(noise=level), 0, "train")[1] for level in (0.0, 1.0))
    torch.testing.assert_close(quiet, torch.stack([x[t] @ truth[:, t] for t in range(10)]))
    torch.testing.assert_close((y - quiet) * 2, loud - quiet)


def test_draws_are_standard_normal_and_differ_by_seed_task_and_split() -> None:
    x, y = examples(_config(), 0, "test")
    truth = true_coefficients(_config(), 0)
    error = (y - torch.einsum("tni,it->tn", x, truth)) / 0.5
    for draws in (x, error):
        assert kstest(draws.reshape(-1).numpy(), "norm").pvalue > 0.001
    assert not (x[0] == x[1]).any()
    assert not (x[:, :30] == examples(_config(), 0, "validation")[0]).any()
    assert not (x == examples(_config(), 1, "test")[0]).any()


def test_coefficients_lie_around_a_mean() -> None:
    same, apart, far = (
        true_coefficients(_config(coefficients="around_mean", spread=spread), 0)
        for spread in (0.0, 1.0, 3.0)
    )
    assert torch.equal(same, same[:, :1].expand(60, 10))
    torch.testing.assert_close(far - same, 3 * (apart - same))
    assert kstest((apart - same).reshape(-1).numpy(), "norm").pvalue > 0.001


def test_moments_give_the_errors_of_the_examples() -> None:
    config = _config(tasks=3, inputs=7, n_train=5)
    a = torch.randn(4, 2, 7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for split in SPLITS:
        moments = Moments.of(config, (4, 9), split)
        for row, seed in enumerate((4, 9)):
            x, y = (values.numpy() for values in examples(config, seed, split))
            for many, task in np.ndindex(4, 3):
                rest = y[task] - x[task] @ a[many, row, :, task].numpy()
                error = moments.mean_squared_error(a)[many, row, task].item()
                assert error == pytest.approx(np.mean(rest**2), rel=1e-12)
                np.testing.assert_allclose(
                    moments.correlation(a)[many, row, :, task],
                    x[task].T @ rest / len(rest),
                    atol=1e-12,
                )
