"""How the replicas of lesson 08 start, and who trains together."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mtlkit.core.streams import stream
from mtlkit.lessons.retrieval_task_weights.network import WeightedRetrievalNetwork
from mtlkit.lessons.retrieval_task_weights.team import Team
from tests.lessons.plain import linear
from tests.lessons.retrieval_task_weights.small import small


def network(seeds: Sequence[int], tasks: Sequence[int] = (0, 1)) -> WeightedRetrievalNetwork:
    return WeightedRetrievalNetwork(seeds, 7, 5, tasks, 6, 4)


def test_a_replica_starts_as_torchs_layers_do_whoever_stands_beside_it() -> None:
    torch.manual_seed(0)
    three, one = network((4, 9, 1)), network((9,))
    for own, alone in zip(three.parameters(), one.parameters(), strict=True):
        assert torch.equal(own[1:2], alone)
        assert not torch.equal(own[0], own[1])
    for name, inputs, branch in (("images", 7, three.images), ("texts", 5, three.texts)):
        shared = linear(inputs, 6, stream(9, f"start/{name}/shared"))
        assert torch.equal(branch.backbone.layer.weight[1], shared.weight)
        assert torch.equal(branch.backbone.layer.bias[1], shared.bias)
        start = stream(9, f"start/{name}/heads")
        for task in (0, 1):
            head = linear(6, 4, start)
            assert torch.equal(branch.head.weight[1, task], head.weight)
            assert torch.equal(branch.head.bias[1, task], head.bias)


def test_a_tasks_heads_start_alike_alone_and_in_any_place() -> None:
    both, swapped = network((3,)), network((3,), (1, 0))
    for task in (0, 1):
        alone = network((3,), (task,))
        for one in ("images", "texts"):
            own, single, other = (getattr(n, one).head for n in (both, alone, swapped))
            assert torch.equal(own.weight[:, task], single.weight[:, 0])
            assert torch.equal(own.weight[:, task], other.weight[:, 1 - task])
        assert all(torch.equal(a, b) for a, b in zip(both.shared, alone.shared, strict=True))


def test_repeated_replicas_are_copies() -> None:
    made, plain = network((3, 8)), network((3, 8))
    made.repeat(torch.tensor([1, 0, 1]))
    for own, one in zip(made.parameters(), plain.parameters(), strict=True):
        assert torch.equal(own, one[[1, 0, 1]])
    assert len(made.shared) == 4


def test_teams_are_who_trains_together() -> None:
    config = small(grid_points=3)
    assert Team.of(config, "learned_kendall", (4, 2)).seeds == (4, 2)
    assert Team.of(config, "sentences_alone", (4,)).tasks == (0,)
    assert Team.of(config, "tags_alone", (4,)).tasks == (1,)
    frame = Team.of(config, "tags_alone", (4,)).frame("tags_alone")
    assert frame["task"].tolist() == [2]
    grid = Team.of(config, "hand_tuned", (4, 2))
    assert grid.seeds == (4, 4, 4, 2, 2, 2)
    assert grid.point == (0, 1, 2, 0, 1, 2)
    torch.testing.assert_close(grid.weights.sum(1), torch.full((6,), 2.0))
    assert torch.equal(grid.weights[0], torch.ones(2))
    assert torch.equal(grid.weights[:3], grid.weights[3:])
    assert (grid.weights > 0).all()
