"""Families of tasks on digits: what tasks of a family share, and what they do not."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlkit.data.embedded.digits import digits
from mtlkit.data.generated.digit_families import (
    CLASSES,
    TaskPictures,
    family,
    family_of_task,
    task_pictures,
)
from mtlkit.errors import UsageError

TASKS, FAMILIES = 20, 4


@pytest.fixture(scope="module")
def every() -> TaskPictures:
    """All training digits of twenty tasks."""
    return task_pictures(0, "train", TASKS, FAMILIES)


def digit_classes(labels: Tensor) -> list[int]:
    """The class that a task puts each digit in, read off its labels; all digits in their order."""
    truth = digits("train").labels
    found = []
    for digit in range(10):
        own = set(labels[truth == digit].tolist())
        assert len(own) == 1
        found.append(own.pop())
    return found


def partition(classes: list[int]) -> set[frozenset[int]]:
    return {
        frozenset(digit for digit in range(10) if classes[digit] == one) for one in set(classes)
    }


def test_a_familys_tasks_share_pictures_and_partition_and_differ_by_numbering(
    every: TaskPictures,
) -> None:
    of_task = family_of_task(TASKS, FAMILIES).tolist()
    classes = [digit_classes(labels) for labels in every.labels]
    for one, other in itertools.combinations(range(TASKS), 2):
        same = of_task[one] == of_task[other]
        assert torch.equal(every.images[one], every.images[other]) == same
        assert (partition(classes[one]) == partition(classes[other])) == same
    for number in range(FAMILIES):
        own = [tuple(c) for c, f in zip(classes, of_task, strict=True) if f == number]
        assert len(set(own)) > 1  # renumbered


def test_every_class_has_two_digits(every: TaskPictures) -> None:
    for labels in every.labels:
        assert sorted(map(len, partition(digit_classes(labels)))) == [2] * CLASSES


def test_pixels_are_moved_and_none_is_lost(every: TaskPictures) -> None:
    truth = digits("train").images
    assert torch.equal(every.images[0], truth)
    for images in every.images:
        assert torch.equal(images.sort(1).values, truth.sort(1).values)
    for number in range(5):
        assert sorted(family(number).order.tolist()) == list(range(64))
    assert torch.equal(family(3).order, family(3).order)


def test_a_task_is_the_same_among_four_and_among_twenty_if_its_family_is() -> None:
    few, many = (task_pictures(3, "train", tasks, FAMILIES, 30) for tasks in (4, 20))
    for task, number in enumerate(family_of_task(4, FAMILIES).tolist()):
        same = number == family_of_task(20, FAMILIES)[task].item()
        assert same == (task == 0)
        assert torch.equal(few.images[task], many.images[task]) == same
    # With one family all tasks are in it, however many there are.
    few, many = (task_pictures(3, "train", tasks, 1, 30) for tasks in (4, 20))
    assert torch.equal(few.images, many.images[:4])
    assert torch.equal(few.labels, many.labels[:4])


def test_seeds_choose_other_digits_and_numberings_of_the_same_families(
    every: TaskPictures,
) -> None:
    other = task_pictures(1, "train", TASKS, FAMILIES)
    assert torch.equal(every.images, other.images)
    assert not torch.equal(every.labels, other.labels)
    for mine, theirs in zip(every.labels, other.labels, strict=True):
        assert partition(digit_classes(mine)) == partition(digit_classes(theirs))
    few, others = (task_pictures(seed, "train", 2, 1, 40) for seed in (0, 1))
    assert not torch.equal(few.images, others.images)


def test_each_task_has_different_digits_of_the_part(every: TaskPictures) -> None:
    few = task_pictures(0, "train", TASKS, FAMILIES, 25)
    assert few.images.shape == (TASKS, 25, 64)
    assert few.labels.shape == (TASKS, 25)
    for task in range(TASKS):
        known = {
            (image.numpy().tobytes(), label.item())
            for image, label in zip(every.images[task], every.labels[task], strict=True)
        }
        mine = [
            (image.numpy().tobytes(), label.item())
            for image, label in zip(few.images[task], few.labels[task], strict=True)
        ]
        assert set(mine) <= known
        assert len(set(mine)) == len(mine)
    assert not torch.equal(few.images[0], few.images[1])
    more = task_pictures(0, "train", TASKS, FAMILIES, 40)
    assert torch.equal(more.images[:, :25], few.images)  # more pictures add to the few


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))))
def test_tasks_are_dealt_to_families_in_order_and_evenly(numbers: tuple[int, int]) -> None:
    tasks, families = numbers
    found = family_of_task(tasks, families).tolist()
    assert found == sorted(found)
    counts = [found.count(number) for number in range(families)]
    assert sum(counts) == tasks
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("families", [0, 5])
def test_more_families_than_tasks_are_refused(families: int) -> None:
    said = rf"^families = {families}: allowed is at most 4, one for each of the tasks\.$"
    with pytest.raises(UsageError, match=said):
        task_pictures(0, "train", 4, families)


@pytest.mark.parametrize("images", [0, 100_000])
def test_as_many_pictures_as_there_are(images: int) -> None:
    said = rf"^images_per_task = {images}: allowed is 1 to 1,257, the train digits\.$"
    with pytest.raises(UsageError, match=said):
        task_pictures(0, "train", 4, 2, images)
