"""What the methods are given: scaled features, whose pictures lie apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from mtlkit.data import compositions as door
from mtlkit.data.compositions import EMBEDDED, Pictures
from mtlkit.lessons.zero_shot_synthesis import extractors
from mtlkit.lessons.zero_shot_synthesis import problem as module
from mtlkit.lessons.zero_shot_synthesis.config import TEACHING
from mtlkit.lessons.zero_shot_synthesis.problem import Problem, problem
from tests.lessons.zero_shot_synthesis.small import small


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    """Nothing that another picture made is kept."""
    for cached in (module._parts, module._extractor):
        cached.cache_clear()
    yield
    for cached in (module._parts, module._extractor):
        cached.cache_clear()


def made(seed: int = 2, **settings: Any) -> Problem:
    return problem(small(**settings), seed)


@pytest.mark.parametrize("data", EMBEDDED)
def test_a_problem_is_of_its_split_and_scaled_on_training(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TEACHING", 2)
    found = made(data=data, unseen=0.8)
    split = door.compositions(data, seed=2, unseen=0.8)
    assert torch.equal(found.members, split.members)
    assert torch.equal(found.group, split.group)
    train = found.parts["train"].features.double()
    torch.testing.assert_close(train.mean(0), torch.zeros(8).double(), rtol=0, atol=1e-5)
    assert train.square().mean().item() == pytest.approx(1, abs=1e-5)
    for part, each in (("train", 4), ("validation", 3), ("test", 4)):
        shown = split.candidates(part).nonzero()[:, 0]
        assert torch.equal(found.parts[part].labels, shown.repeat_interleave(each))
    for name in ("validation", "test"):
        assert torch.equal(found.candidates(name), split.candidates(name))
        assert not (found.unseen(name) & split.candidates("train")).any()
    for words, vectors in zip(split.words, found.vectors, strict=True):
        assert vectors.shape == (len(words), 6)


def test_teaching_pictures_are_in_no_part() -> None:
    asked = {"seed": 2, "unseen": 0.5}
    teaching = door.pictures("digit_transforms", "train", per_composition=TEACHING, **asked)
    more = door.pictures("digit_transforms", "train", per_composition=TEACHING + 4, **asked)
    rest = module._after_teaching(more)
    taught = {one.numpy().tobytes() for one in teaching.images}
    assert len(rest.labels) == 4 * len(rest.labels.unique())
    assert not taught & {one.numpy().tobytes() for one in rest.images}
    for part in ("validation", "test"):
        shown = door.pictures("digit_transforms", part, per_composition=4, **asked)
        assert not taught & {one.numpy().tobytes() for one in shown.images}


@pytest.mark.parametrize("extractor", ["cnn", "pca"])
def test_training_does_not_look_at_other_parts(
    extractor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other pictures of unseen compositions, the same features of training."""
    monkeypatch.setattr(extractors, "EPOCHS", 1)
    before = made(extractor=extractor)
    module._parts.cache_clear()
    module._extractor.cache_clear()
    pictures = door.pictures

    def spoilt(name: str, part: str, **asked: Any) -> Pictures:
        found = pictures(name, part, **asked)
        return found if part == "train" else Pictures(255 - found.images, found.labels)

    monkeypatch.setattr(door, "pictures", spoilt)
    after = made(extractor=extractor)
    assert torch.equal(before.parts["train"].features, after.parts["train"].features)
    for part in ("validation", "test"):
        assert not torch.equal(before.parts[part].features, after.parts[part].features)


def test_features_do_not_depend_on_how_many_pictures_are_learned_from() -> None:
    """But for their scale, which is that of training."""
    few, many = (made(per_composition=each).parts for each in (3, 8))

    def standard(features: torch.Tensor) -> torch.Tensor:
        features = features.double()
        features = features - features.mean(0)
        return features / features.square().mean().sqrt()

    for part in ("validation", "test"):
        assert torch.equal(few[part].labels, many[part].labels)
        torch.testing.assert_close(
            standard(few[part].features), standard(many[part].features), rtol=0, atol=1e-5
        )
    # The first three of the eight are the three.
    place = torch.arange(len(many["train"].labels)) % 8 < 3
    torch.testing.assert_close(
        standard(few["train"].features),
        standard(many["train"].features[place]),
        rtol=0,
        atol=1e-5,
    )


def test_seeds_differ_and_repeat() -> None:
    first, other = made(2), made(3)
    assert not torch.equal(first.group, other.group)
    module._parts.cache_clear()
    module._extractor.cache_clear()
    again = made(2)
    for part, own in first.parts.items():
        assert torch.equal(own.features, again.parts[part].features)


def test_a_study_of_several_sets_is_published_under_one_name() -> None:
    found = [module.dataset(small(data=data)) for data in EMBEDDED]
    assert {one.name for one in found} == {"embedded_compositions"}
    for data, one in zip(EMBEDDED, found, strict=True):
        assert one.checksum == door.dataset(data).checksum
