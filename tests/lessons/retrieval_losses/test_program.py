"""Training against a plain loop of torch's modules, and how captions are drawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor, nn
from torch.nn.functional import normalize

from mtlkit.lessons.retrieval_losses import program as program_module
from mtlkit.lessons.retrieval_losses.inputs import LENGTH, Pairs
from mtlkit.metrics.retrieval import mean_rank
from tests.lessons.retrieval_losses.small import program as small_program
from tests.lessons.retrieval_losses.small import ragged


def triplet(how: Callable[[Tensor, int], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    def loss(images: Tensor, texts: Tensor) -> Tensor:
        s = normalize(images) @ normalize(texts).T
        costs = [
            torch.stack(
                [
                    how(torch.stack([0.2 + one[j] - s[i, i] for j in range(len(s)) if j != i]), 0)
                    for i, one in enumerate(rows)
                ]
            )
            for rows in (s, s.T)
        ]
        return (costs[0] + costs[1]).mean()

    return loss


def simclr(images: Tensor, texts: Tensor) -> Tensor:
    s = normalize(images) @ normalize(texts).T / 0.07
    others = s.exp() * (1 - torch.eye(len(s)))
    return (others.sum(0).log() + others.sum(1).log() - 2 * s.diagonal()).mean()


def clip(images: Tensor, texts: Tensor) -> Tensor:
    s = normalize(images) @ normalize(texts).T / 0.07
    own, cross = torch.arange(len(s)), nn.functional.cross_entropy
    return cross(s, own) + cross(s.T, own)


def barlow(images: Tensor, texts: Tensor) -> Tensor:
    a, b = ((x - x.mean(0)) / x.std(0, correction=0) for x in (images, texts))
    c = a.T @ b / len(a)
    weights = torch.full_like(c, 0.05).fill_diagonal_(1)
    return (weights * (c - torch.eye(len(c))).square()).sum()


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sum_triplet": triplet(lambda x, axis: x.relu().sum(axis)),
    "max_triplet": triplet(lambda x, axis: x.relu().amax(axis)),
    "simclr": simclr,
    "simclr_positive": clip,
    "barlow_twins": barlow,
}


class PlainNetwork(nn.Module):
    """Three convolutions, a mean of words, and a projection of each."""

    def __init__(self, words: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in ((3, 16), (16, 32), (32, 64)):
            convolution = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
        self.images = nn.Sequential(*layers, nn.Flatten(), nn.Linear(1024, 8))
        self.vectors = nn.Embedding(words + 1, 128, padding_idx=0)
        self.texts = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 8))

    def told(self, words: Tensor) -> Tensor:
        counts = (words > 0).sum(1, keepdim=True)
        return self.texts(self.vectors(words).sum(1) / counts)


@pytest.fixture
def in_double(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that Adam, which divides by a gradient's size, does not make much of a rounding."""
    monkeypatch.setattr(program_module, "pixels", lambda images: images.double() / 127.5 - 1)


@pytest.mark.parametrize("strategy", LOSSES)
def test_training_is_that_of_a_plain_loop(strategy: str, in_double: None) -> None:
    """Two epochs of two steps, the learning rate halved between them."""
    ours = small_program(strategy, n_train=10, batch_size=5).double()
    words = ours.network.texts.backbone.vectors.num_embeddings - 1
    plain = PlainNetwork(words).double()
    theirs = [*plain.images.parameters(), *plain.vectors.parameters(), *plain.texts.parameters()]
    mine = [one for one in ours.parameters() if one.requires_grad]
    with torch.no_grad():
        for own, copied in zip(mine, theirs, strict=True):
            copied.copy_(own)
    optimiser = torch.optim.Adam(plain.parameters(), lr=0.003)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimiser, [1, 4, 10], gamma=0.5)
    data = ours.pairs["train"]
    ours.train()
    for epoch in (1, 2):
        for batch in ours.batches(epoch):
            found = ours.step(batch)
            _, pictures, captions = batch
            images = plain.images(data.images[pictures].double() / 127.5 - 1)
            loss = LOSSES[strategy](images, plain.told(data.words[captions]))
            torch.testing.assert_close(found[0], loss.detach(), atol=0, rtol=1e-6)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        scheduler.step()
    for own, copied in zip(mine, theirs, strict=True):
        torch.testing.assert_close(own, copied, atol=1e-6, rtol=0)
    running = [one for name, one in ours.named_buffers() if "running" in name]
    others = [one for name, one in plain.named_buffers() if "running" in name]
    for own, copied in zip(running, others, strict=True):
        torch.testing.assert_close(own, copied, atol=1e-6, rtol=0)


def test_a_loss_within_modalities_is_added_with_its_weight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(program_module, "second_pictures", lambda x, _: x.flip(3))
    monkeypatch.setattr(program_module, "second_captions", lambda x, _: x.roll(1, 0))
    ours = small_program("simclr", within=0.4)
    batch = next(iter(ours.batches(1)))
    data, twin = ours.pairs["train"], small_program("simclr")
    seen, told = data.images[batch[1]].float() / 127.5 - 1, data.words[batch[2]]
    images, texts = twin.network.images.projected(seen), twin.network.texts.projected(told)
    moved = twin.network.images.projected(seen.flip(3))
    within = simclr(images, moved) + simclr(texts, texts.roll(1, 0))
    wanted = simclr(images, texts) + 0.4 * within / 2
    torch.testing.assert_close(ours.step(batch)[0], wanted.detach(), atol=1e-5, rtol=1e-5)


def test_second_views_are_drawn_anew_in_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    states = []

    def spy(words: Tensor, generator: torch.Generator) -> Tensor:
        states.append(generator.get_state().numpy().tobytes())
        return words

    monkeypatch.setattr(program_module, "second_captions", spy)
    ours = small_program("simclr", within=1.0)
    for epoch in (1, 2):
        for batch in ours.batches(epoch):
            ours.step(batch)
    assert len(set(states)) == len(states) == 6


# --- which captions are shown ---


def shown(captions: str, epochs: int, pairs: Pairs | None = None) -> list[tuple[Tensor, Tensor]]:
    """The pictures and captions of each epoch."""
    own = small_program(n_train=10, batch_size=5, captions=captions)
    if pairs is not None:
        own.pairs["train"] = pairs
    drawn = []
    for epoch in range(1, epochs + 1):
        batches = list(own.batches(epoch))
        drawn.append((torch.cat([one[1] for one in batches]), torch.cat([b[2] for b in batches])))
    return drawn


def test_a_random_caption_is_drawn_uniformly_and_anew_in_each_epoch() -> None:
    found, _ = ragged()
    pairs = found.head(10)
    epochs = shown("random", 400, pairs)
    counts = torch.zeros(len(pairs.words))
    for pictures, captions in epochs:
        assert sorted(pictures.tolist()) == list(range(10))
        assert torch.equal(pairs.pictures[captions], pictures)
        counts[captions] += 1
    for picture in range(10):
        own = counts[pairs.pictures == picture]
        assert own.sum() == 400
        if len(own) > 1:
            assert chisquare(own.numpy()).pvalue > 1e-4
    orders = {tuple(pictures.tolist()) for pictures, _ in epochs[:20]}
    drawn = {tuple(captions.sort().values.tolist()) for _, captions in epochs[:20]}
    assert len(orders) > 18
    assert len(drawn) > 18


def test_the_first_caption_is_always_that() -> None:
    found, _ = ragged()
    pairs = found.head(10)
    for pictures, captions in shown("first", 5, pairs):
        assert sorted(pictures.tolist()) == list(range(10))
        assert torch.equal(captions, pairs.first[pictures])


def test_of_all_captions_each_is_shown_equally_often() -> None:
    """Five captions a picture: five epochs are one pass."""
    epochs = shown("all", 15)
    for start in (0, 5, 10):
        seen = torch.cat([captions for _, captions in epochs[start : start + 5]])
        assert seen.sort().values.tolist() == list(range(50))
    for pictures, captions in epochs:
        assert torch.equal(captions // 5, pictures)
    assert not torch.equal(epochs[0][1], epochs[5][1])


def test_passes_that_end_within_an_epoch_go_on_with_the_next() -> None:
    """24 captions or so, 10 an epoch."""
    found, _ = ragged()
    pairs = found.head(10)
    size = len(pairs.words)
    assert size % 10
    stream = torch.cat([captions for _, captions in shown("all", 3 * size // 10 + 1, pairs)])
    for start in range(0, 3 * size - size + 1, size):
        one = stream[start : start + size]
        assert one.sort().values.tolist() == list(range(size))


# --- what is looked at ---


@pytest.mark.parametrize("strategy", ["simclr", "barlow_twins"])
def test_a_look_is_the_mean_of_both_directions_ranks(strategy: str) -> None:
    own = small_program(strategy)
    for batch in own.batches(1):
        own.step(batch)
    with torch.no_grad():
        score, seen = own.score(), own.observe()
        images = own.network.images.projected(own.pairs["validation"].images.float() / 127.5 - 1)
        texts = own.network.texts.projected(own.pairs["validation"].words)
        if strategy == "barlow_twins":
            data = own.pairs["train"]
            fit = own.network.images.projected(data.images.float() / 127.5 - 1)
            told = own.network.texts.projected(data.words)
            images = (images - fit.mean(0)) / fit.std(0, correction=0)
            texts = (texts - told.mean(0)) / told.std(0, correction=0)
    s = normalize(images) @ normalize(texts).T
    right = torch.arange(10).unsqueeze(1) == own.pairs["validation"].pictures
    best = s.masked_fill(~right, -9).amax(1, keepdim=True)
    of_images = 1 + ((s >= best) & ~right).sum(1)
    own_scores = s.T[right.T].unsqueeze(1)
    of_texts = 1 + ((own_scores <= s.T) & ~right.T).sum(1)
    wanted = (of_images.double().mean() + of_texts.double().mean()) / 2
    assert score.item() == pytest.approx(wanted.item(), rel=1e-6)
    assert seen["mean_rank"][0].tolist() == pytest.approx(
        [mean_rank(of_images), mean_rank(of_texts)]
    )
    for k in (1, 5, 10):
        recalls = [(one <= k).double().mean().item() for one in (of_images, of_texts)]
        assert seen[f"recall_{k}"][0].tolist() == pytest.approx(recalls)
    assert seen["loss"].isfinite().all()
    assert own.pairs["validation"].words.shape[1] == LENGTH
