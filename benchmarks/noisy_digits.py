"""Fig. 5.3 of nahm2020 at the size of MNIST: ten seeds at once, against a plain loop over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest import mock

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from benchmarks.timing import Ratio, Spread, compare, timed
from mtlkit.core.device import choose_device
from mtlkit.data import pictures
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.program import DigitProgram
from mtlkit.lessons.digit_task_weights.team import Team

IMAGES = 55_000
"""MNIST's training pictures less those kept for validation."""

SEEDS, BATCH, TURNS = 10, 128, 3
NOISE = (1.0, 1.0, 3.0)
FEW = 5_000
"""Images where only the growth with something else is asked for."""


def measure() -> Iterator[Ratio | Spread]:
    """One epoch against the loop, then how it grows; pictures are random, so none are needed."""
    device = choose_device("auto")
    with mock.patch.object(pictures, "load", _random):
        yield compare(
            f"{SEEDS} seeds, {len(NOISE)} tasks, {IMAGES:,} images, an epoch",
            plain_loop(SEEDS, device),
            stacked(SEEDS, NOISE, IMAGES, device),
            turns=TURNS,
        )
        for seeds in (1, 5, 10, 20, 40):
            yield _growth(f"{seeds} seeds, {FEW:,} images", seeds, NOISE, FEW, device)
        for tasks in (1, 2, 4, 8):
            yield _growth(f"{tasks} tasks, {FEW:,} images", SEEDS, (1.0,) * tasks, FEW, device)
        for images in (5_000, 20_000, IMAGES):
            yield _growth(f"{images:,} images", SEEDS, NOISE, images, device)


def stacked(
    seeds: int, noise: tuple[float, ...], images: int, device: torch.device
) -> Callable[[], None]:
    """An epoch of the lesson's own program, shuffling included; it is made beforehand."""
    config = DigitConfig.preset(
        "paper", data="mnist", noise=noise, n_train=images, batch_size=BATCH
    )
    team = Team.of(config, "learned_kendall", range(seeds))
    program = DigitProgram(config, "learned_kendall", team, device)

    def work() -> None:
        for batch in program.batches(1):
            program.step(batch)
        _wait(device)

    return work


class PlainNetwork(nn.Module):
    """Fig. 5.1 as one would write it with torch's own modules."""

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(64, 10) for _ in range(tasks))

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        features = self.shared(images)
        return [head(features) for head in self.heads]


def plain_loop(seeds: int, device: torch.device) -> Callable[[], None]:
    """One seed after the other, with fused SGD; networks, images and labels are there already."""
    images = _random("mnist", "train").images.to(device)
    trained = []
    for _ in range(seeds):
        network = PlainNetwork(len(NOISE)).to(device)
        v = torch.zeros(len(NOISE), requires_grad=True, device=device)
        optimiser = torch.optim.SGD([*network.parameters(), v], lr=0.1, fused=True)
        labels = torch.randint(10, (len(NOISE), len(images)), device=device)
        trained.append((network, v, optimiser, labels))

    def work() -> None:
        for network, v, optimiser, labels in trained:
            for rows in torch.randperm(len(images), device=device).split(BATCH):
                logits = network(images[rows])
                losses = torch.stack(
                    [
                        cross_entropy(mine, own[rows])
                        for mine, own in zip(logits, labels, strict=True)
                    ]
                )
                optimiser.zero_grad()
                (torch.exp(-v) * losses + 0.5 * v).sum().backward()
                optimiser.step()
        _wait(device)

    return work


def _growth(
    name: str, seeds: int, noise: tuple[float, ...], images: int, device: torch.device
) -> Spread:
    return Spread(f"an epoch: {name}", timed(stacked(seeds, noise, images, device), TURNS))


def _random(name: str, part: str) -> pictures.Pictures:
    size = pictures.shape(name).sizes[part]
    generator = torch.Generator().manual_seed(size)
    return pictures.Pictures(
        torch.rand(size, 784, generator=generator),
        torch.randint(10, (size,), generator=generator),
    )


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
