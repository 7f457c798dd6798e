"""Triplets by class, and their losses one by one."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize

from mtlkit.lessons.retrieval_task_weights.triplets import Triplets, draw, losses
from tests.lessons.retrieval_task_weights.small import program

LABELS = torch.randint(0, 4, (2, 30), generator=torch.Generator().manual_seed(0))


def test_positives_share_the_class_and_negatives_do_not() -> None:
    for epoch in range(20):
        found = draw(LABELS, 0, "train", (0, 1), epoch)
        for drawn in (found.texts, found.images):
            assert drawn.shape == (2, 2, 30)
            for task in (0, 1):
                positive, negative = drawn[task]
                assert torch.equal(LABELS[task][positive], LABELS[task])
                assert (LABELS[task][negative] != LABELS[task]).all()


def test_triplets_of_a_program_go_by_noisy_labels() -> None:
    made = program(noise=(4.0, 4.0))
    noisy = made.data["train"]["noisy"][0]
    assert (noisy != made.data["train"]["clean"][0]).any()
    for epoch in (1, 2, 3):
        for anchors, triplets in made.batches(epoch):
            for drawn in (triplets.texts, triplets.images):
                for task in (0, 1):
                    own = noisy[task][anchors[0, task]]
                    assert torch.equal(noisy[task][drawn[0, task, 0]], own)
                    assert (noisy[task][drawn[0, task, 1]] != own).all()
    held, own = made.held, made.data["validation"]["noisy"][0]
    for task in (0, 1):
        assert torch.equal(own[task][held.texts[0, task, 0]], own[task])
        assert (own[task][held.images[0, task, 1]] != own[task]).all()


def test_a_tasks_triplets_are_the_same_alone_and_change_with_the_epoch() -> None:
    both = draw(LABELS, 3, "train", (0, 1), 1)
    alone = draw(LABELS[1:], 3, "train", (1,), 1)
    assert torch.equal(both.texts[1:], alone.texts)
    assert torch.equal(both.images[1:], alone.images)
    assert not torch.equal(both.texts, both.images)
    for other in (draw(LABELS, 3, "train", (0, 1), 2), draw(LABELS, 4, "train", (0, 1), 1)):
        assert not torch.equal(both.texts, other.texts)


def test_triplets_of_some_anchors_are_theirs() -> None:
    found = draw(LABELS, 0, "train", (0, 1))
    rows = torch.tensor([[4, 2, 29], [0, 0, 7]])
    some = found.of(rows)
    for task in (0, 1):
        for place, row in enumerate(rows[task].tolist()):
            assert torch.equal(some.texts[task, :, place], found.texts[task, :, row])
            assert torch.equal(some.images[task, :, place], found.images[task, :, row])


def test_losses_are_those_of_each_triplet() -> None:
    """Three replicas of two seeds."""
    made = program(seeds=(5, 2))
    network = made.network
    network.repeat(torch.tensor([1, 0, 1]))
    place = torch.tensor([1, 0, 1])
    anchors = torch.tensor([3, 8, 8, 0]).expand(3, 2, 4)
    drawn = torch.randint(0, 40, (2, 3, 2, 2, 4), generator=torch.Generator().manual_seed(0))
    images, texts = made.data["train"]["images"], made.data["train"]["texts"]
    found = losses(network, images, texts, place, anchors, Triplets(drawn[0], drawn[1]), 0.7)

    def embedded(branch: str, replica: int, task: int, item: int) -> torch.Tensor:
        own = getattr(network, branch)
        layer, heads = own.backbone.layer, own.head
        x = made.data["train"][branch][place[replica], task, item]
        hidden = (layer.weight[replica] @ x + layer.bias[replica]).clamp_min(0)
        return normalize(heads.weight[replica, task] @ hidden + heads.bias[replica, task], dim=0)

    for replica in range(3):
        for task in (0, 1):
            for k, item in enumerate([3, 8, 8, 0]):
                wanted = 0.0
                for way, (one, other) in enumerate((("images", "texts"), ("texts", "images"))):
                    anchor = embedded(one, replica, task, item)
                    near, far = (
                        embedded(other, replica, task, int(drawn[way, replica, task, which, k]))
                        for which in (0, 1)
                    )
                    cost = (anchor - near).square().sum() - (anchor - far).square().sum() + 0.7
                    wanted += max(0.0, cost.item())
                assert found[replica, task, k].item() == pytest.approx(wanted, abs=1e-5)
