"""What the networks of lesson 04 see."""

from __future__ import annotations

import pytest
import torch

from mtlkit.data import superclasses
from mtlkit.data.embedded import digits
from mtlkit.data.generated.digit_families import family_of_task, task_pictures
from mtlkit.data.superclasses import GroupedPictures
from mtlkit.lessons.gated_experts import inputs
from mtlkit.lessons.gated_experts.config import GatedConfig

SMOKE = GatedConfig.preset("smoke")


@pytest.mark.parametrize("part", inputs.PARTS)
def test_digits_are_each_seeds_own(part: str) -> None:
    found = inputs.task_images(SMOKE, (3, 0), part)
    for row, seed in enumerate((3, 0)):
        most = SMOKE.images_per_task if part == "train" else None
        own = task_pictures(seed, part, SMOKE.tasks, SMOKE.families, most)
        assert torch.equal(found.pixels[row], own.images)
        assert torch.equal(found.labels[row], own.labels)
    assert found.labels.unique().tolist() == list(range(inputs.N_CLASSES))


def test_families_are_known_of_digits_alone() -> None:
    found = inputs.families(SMOKE)
    assert found is not None
    assert torch.equal(found, family_of_task(SMOKE.tasks, SMOKE.families))
    assert inputs.families(GatedConfig.preset("smoke", data="cifar100", families=1)) is None


def test_the_named_set_carries_its_checksum() -> None:
    assert inputs.dataset(SMOKE).name == "digit_families"
    assert inputs.dataset(SMOKE).checksum == digits.dataset().checksum
    cifar = GatedConfig.preset("paper")
    assert inputs.dataset(cifar) == superclasses.dataset("cifar100")


GROUPS, OF_A_CLASS = 20, 12


def made_up(name: str, part: str) -> GroupedPictures:
    """Pictures that tell their group, class and number in their first three bytes."""
    places = torch.cartesian_prod(torch.arange(GROUPS), torch.arange(5), torch.arange(OF_A_CLASS))
    pixels = torch.zeros(len(places), 3, 32, 32, dtype=torch.uint8)
    pixels[:, :, 0, 0] = places.to(torch.uint8)
    return GroupedPictures(pixels, places[:, 0].contiguous(), places[:, 1].contiguous())


def test_a_group_is_a_task_and_each_seed_draws_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs.superclasses, "load", made_up)
    config = GatedConfig.preset(
        "smoke", data="tiny_imagenet", families=1, tasks=3, images_per_task=17
    )
    train = inputs.task_images(config, (0, 1), "train")
    assert train.pixels.shape == (2, 3, 17, 3, 32, 32)
    told = train.pixels[..., 0, 0].long()
    for task in range(3):
        assert (told[:, task, :, 0] == task).all()
    assert torch.equal(told[..., 1], train.labels)
    for row in range(2):
        for task in range(3):
            assert len({tuple(one) for one in told[row, task].tolist()}) == 17
    assert not torch.equal(told[0], told[1])
    assert not torch.equal(told[0, 0, :, 1:], told[0, 1, :, 1:])
    alone = inputs.task_images(config, (1,), "train")
    assert torch.equal(alone.pixels[0], train.pixels[1])
    everything = inputs.task_images(config, (0, 1), "test")
    assert everything.pixels.shape == (2, 3, 5 * OF_A_CLASS, 3, 32, 32)
    assert torch.equal(everything.pixels[0], everything.pixels[1])
    assert torch.equal(everything.labels, everything.pixels[:, :, :, 1, 0, 0].long())
    for task in range(3):
        numbers = everything.pixels[0, task, :, 1:, 0, 0].long()
        assert len({tuple(one) for one in numbers.tolist()}) == 5 * OF_A_CLASS
        # In random order: the first pictures of a task are of all its classes.
        assert everything.labels[0, task, :20].unique().tolist() == list(range(5))


def test_bytes_become_numbers_from_minus_one_to_one_and_grey_stays() -> None:
    grey = torch.rand(2, 64)
    assert inputs.network_inputs(grey) is grey
    colour = torch.tensor([0, 51, 255], dtype=torch.uint8).repeat(3, 32, 32, 1)[..., :3]
    pixels = colour.permute(3, 0, 1, 2)
    found = inputs.network_inputs(pixels)
    assert found[:, 0, 0, 0].tolist() == pytest.approx([-1.0, -0.6, 1.0])
