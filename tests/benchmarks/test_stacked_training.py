"""The three ways of training are the same problem; how much each cell asks for."""

import pytest
import torch

from benchmarks import stacked_training
from benchmarks.stacked_training import (
    GOAL,
    NEVER_BELOW,
    REPLICAS,
    WIDTHS,
    measure,
    plain_loop,
    stacked,
    steps_of,
    vmapped,
)
from benchmarks.timing import Ratio
from tests.benchmarks.stepping import optimisers_made


def parameters_per_replica(optimiser: torch.optim.Optimizer, replicas: int) -> float:
    groups = (group["params"] for group in optimiser.param_groups)
    return sum(one.numel() for params in groups for one in params) / replicas


def test_all_ways_train_as_many_parameters_for_as_many_steps() -> None:
    replicas, width, steps = 3, 8, 4
    # shared 1 x 8, and three heads of 8 x 8 and 8 x 1; three log-variances
    wanted = 16 + 3 * (72 + 9) + 3
    for way, made in ((plain_loop, replicas), (vmapped, 1), (stacked, 1)):
        with optimisers_made() as optimisers:
            work = way(replicas, width, steps)
        assert len(optimisers) == made
        for optimiser in optimisers:
            assert parameters_per_replica(optimiser, replicas // made) == wanted
        work()
        states = [state for one in optimisers for state in one.state.values()]
        assert states and all(state["step"].item() == steps for state in states)


def test_vmap_steps_as_the_loop_does() -> None:
    torch.manual_seed(3)
    with optimisers_made() as looped:
        loop = plain_loop(2, 5, 3)
    torch.manual_seed(3)
    with optimisers_made() as together:
        at_once = vmapped(2, 5, 3)
    loop()
    at_once()
    rows = [one.param_groups[0]["params"] for one in looped]
    for place, stack in enumerate(together[0].param_groups[0]["params"]):
        torch.testing.assert_close(stack, torch.stack([own[place] for own in rows]))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_turn_has_at_least_three_steps_and_fewer_the_more_there_is_to_do(width: int) -> None:
    steps = [steps_of(replicas, width) for replicas in REPLICAS]
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] >= 3


def test_every_cell_has_its_goal_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacked_training, "WIDTHS", (8, 64))
    monkeypatch.setattr(stacked_training, "REPLICAS", (1, 10))
    monkeypatch.setattr(stacked_training, "TURN", 1e-4)
    rows = list(measure())
    assert all(isinstance(row, Ratio) for row in rows)
    places = [(row.at["replicas"], row.at["width"], row.goal) for row in rows]
    assert places == [
        (1, 8, NEVER_BELOW),
        (10, 8, NEVER_BELOW),
        (1, 64, NEVER_BELOW),
        (10, 64, GOAL),
        (10, 64, None),
        (100, 64, None),
    ]
