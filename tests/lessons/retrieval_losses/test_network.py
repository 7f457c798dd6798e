"""How a seed's network starts, and which of its parts learn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from mtlkit.lessons.retrieval_losses import pretraining
from mtlkit.lessons.retrieval_losses.config import STRATEGIES, TRAINED
from mtlkit.lessons.retrieval_losses.inputs import LENGTH, pixels, vocabulary
from mtlkit.lessons.retrieval_losses.network import two_branch
from mtlkit.lessons.retrieval_losses.pretraining import pretrained
from mtlkit.nn.encoders import TEXT_ENCODERS
from tests.lessons.retrieval_losses.small import program, small


def state(config: object, seed: int = 0) -> dict[str, torch.Tensor]:
    return dict(two_branch(config, seed).state_dict())


def test_a_seed_starts_alike_whatever_stands_beside_it() -> None:
    torch.manual_seed(0)
    first = state(small())
    torch.rand(9)
    again = state(small(batch_size=6, learning_rate=0.1))
    other = state(small(), seed=1)
    for key, value in first.items():
        assert torch.equal(value, again[key])
        if value.is_floating_point() and value.std() > 0:
            assert not torch.equal(value, other[key])
    # A branch's start does not depend on the other branch.
    gru = state(small(text_encoder="gru"))
    assert all(torch.equal(first[key], gru[key]) for key in first if key.startswith("images"))


def test_all_losses_start_from_the_same_network_and_batches() -> None:
    common = program("simclr")
    for strategy in STRATEGIES:
        own = program(strategy)
        for key, value in common.network.state_dict().items():
            assert torch.equal(value, own.network.state_dict()[key])
        for epoch in (1, 2):
            for ours, theirs in zip(common.batches(epoch), own.batches(epoch), strict=True):
                assert ours[0] == theirs[0]
                assert torch.equal(ours[1], theirs[1])
                assert torch.equal(ours[2], theirs[2])


@pytest.mark.parametrize("trained", TRAINED)
@pytest.mark.parametrize("text", TEXT_ENCODERS)
def test_frozen_parts_stand_still_with_their_statistics_and_the_others_move(
    trained: str, text: str
) -> None:
    made = program("simclr", trained=trained, text_encoder=text)
    before = {key: value.clone() for key, value in made.network.state_dict().items()}
    for epoch in (1, 2):
        made.train()
        for batch in made.batches(epoch):
            made.step(batch)
        made.eval()
        with torch.no_grad():
            made.score()  # a look between the epochs changes nothing either
    for key, value in made.network.state_dict().items():
        branch, part = key.split(".")[:2]
        learns = part == "head" or trained in ("whole", branch.removesuffix("s"))
        if not learns:
            assert torch.equal(value, before[key]), key
        elif value.is_floating_point() and "places" not in key:
            assert not torch.equal(value, before[key]), key


@pytest.fixture
def little_pretraining(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of few scenes; nothing of it is kept for others."""
    pretraining._pretrained.cache_clear()
    monkeypatch.setattr(pretraining, "SCENES", 300)
    monkeypatch.setattr(pretraining, "EPOCHS", 4)
    yield
    pretraining._pretrained.cache_clear()


def test_pretrained_encoders_start_as_taught_and_projections_as_ever(
    little_pretraining: None,
) -> None:
    config = small(start="pretrained", trained="projections")
    taught, fresh, made = pretrained(config, 0), state(small()), state(config)
    for branch, own in (("images", taught.images), ("texts", taught.texts)):
        for key, value in own.items():
            assert torch.equal(made[f"{branch}.backbone.{key}"], value)
        assert all(
            torch.equal(made[key], fresh[key]) for key in made if key.startswith(f"{branch}.head")
        )
    pretraining._pretrained.cache_clear()
    torch.manual_seed(3)
    again, other = pretrained(config, 0), pretrained(config, 1)
    for key, value in taught.images.items():
        assert torch.equal(again.images[key], value)
    assert not torch.equal(other.images["0.weight"], taught.images["0.weight"])
    assert not torch.equal(taught.images["1.running_mean"], torch.zeros(16))


def test_taught_encoders_know_the_background_of_scenes_that_they_have_not_seen(
    little_pretraining: None,
) -> None:
    """A least-squares classifier of a colour, from features of pictures and of captions."""
    from mtlkit.data.generated.scenes import BACKGROUNDS, draw_scenes

    config = small(start="pretrained", n_train=60)
    network = two_branch(config, 0).eval()
    scenes = draw_scenes(7, "others", 200, objects=1)
    words = vocabulary(config, 0).sequences([own[0] for own in scenes.captions], LENGTH)
    targets = torch.eye(len(BACKGROUNDS))[scenes.backgrounds]
    for branch, inputs in ((network.images, pixels(scenes.images)), (network.texts, words)):
        with torch.no_grad():
            seen = branch.backbone(inputs)
        first, rest = seen[:100], seen[100:]
        gram = first @ first.T + 0.1 * first.square().mean() * torch.eye(100) * first.shape[1]
        scores = rest @ first.T @ torch.linalg.solve(gram, targets[:100])
        right = (scores.argmax(1) == scenes.backgrounds[100:]).float().mean()
        assert right > 0.5  # 4 backgrounds
