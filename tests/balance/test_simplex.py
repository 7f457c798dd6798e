"""The grid of hand-tuned weights."""

from __future__ import annotations

import itertools

import pytest
import torch

from mtlkit.balance.simplex import MOST_POINTS, simplex_grid


@pytest.mark.parametrize("tasks", range(1, 9))
def test_grid_is_small_positive_distinct_and_has_the_equal_point_first(tasks: int) -> None:
    grid = simplex_grid(tasks)
    assert 1 <= len(grid) <= MOST_POINTS
    assert (grid > 0).all()
    torch.testing.assert_close(grid.sum(1), torch.full((len(grid),), float(tasks)))
    assert torch.equal(grid[0], torch.ones(tasks))
    assert len(grid.unique(dim=0)) == len(grid)


def test_two_tasks_get_the_whole_line() -> None:
    first = simplex_grid(2)[:, 0].sort().values
    torch.testing.assert_close(first, torch.arange(1, 18) / 9)


@pytest.mark.parametrize("tasks", [3, 4, 5])
def test_every_task_is_emphasised_as_much_as_any_other(tasks: int) -> None:
    largest = simplex_grid(tasks).max(0).values
    assert torch.equal(largest, largest[:1].expand(tasks))


@pytest.mark.parametrize("tasks", [2, 3, 4])
def test_points_keep_their_distance(tasks: int) -> None:
    """Greedy farthest points: each is at least as far from those before it as the next one."""
    grid = simplex_grid(tasks)
    gaps = [min((grid[i] - grid[j]).norm().item() for j in range(i)) for i in range(1, len(grid))]
    assert all(later <= sooner + 1e-5 for sooner, later in itertools.pairwise(gaps))
