"""Ragged targets: a torchvision detector, whose batches are lists of images and of boxes."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.ops import MultiScaleRoIAlign

from mtlkit.core.streams import shuffled, stream
from mtlkit.core.training import Program, fit

SIDE, BATCH = 32, 4

Scene = tuple[Tensor, dict[str, Tensor]]


def scene(seed: int, number: int) -> Scene:
    """A dark image with 0 to 3 bright rectangles, and their boxes."""
    draw = stream(seed, "scene", number)
    corner = torch.randint(0, SIDE - 12, (number % 4, 2), generator=draw).float()
    boxes = torch.cat([corner, corner + torch.randint(6, 13, corner.shape, generator=draw)], 1)
    image = 0.1 * torch.rand(3, SIDE, SIDE, generator=draw)
    for left, top, right, bottom in boxes.int().tolist():
        image[:, top:bottom, left:right] = 0.9
    return image, {"boxes": boxes, "labels": torch.ones(len(boxes), dtype=torch.int64)}


def tiny_detector() -> FasterRCNN:
    """A Faster R-CNN with three narrow convolutions; nothing is downloaded."""
    backbone = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU()
    )
    backbone.out_channels = 16
    return FasterRCNN(
        backbone,
        min_size=SIDE,
        max_size=SIDE,
        rpn_anchor_generator=AnchorGenerator(((8, 16),), ((1.0,),)),
        box_roi_pool=MultiScaleRoIAlign(["0"], 4, 2),
        box_head=TwoMLPHead(16 * 4 * 4, 32),
        box_predictor=FastRCNNPredictor(32, 2),
    )


class Detection(Program):
    """One detector: a program of one replica, whose modules have no replica axis."""

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__()
        self.seed = seed
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.detector = tiny_detector()
        self.scenes = [scene(seed, number) for number in range(16)]
        self.held_out = [scene(seed, number) for number in range(16, 24)]
        self.optimisers = [torch.optim.Adam(self.parameters(), rate)]

    def loss(self, scenes: list[Scene], *keys: int) -> Tensor:
        """The sum of the detector's losses; the anchors it samples have a stream of their own."""
        images, targets = zip(*scenes, strict=True)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(stream(self.seed, "anchors", *keys).initial_seed())
            losses: dict[str, Tensor] = self.detector(list(images), list(targets))
        return torch.stack(list(losses.values())).sum()

    def batches(self, epoch: int) -> Iterator[tuple[int, list[Scene]]]:
        """Some scenes at a time, in the epoch's order."""
        for rows in shuffled([self.seed], epoch, len(self.scenes))[0].split(BATCH):
            yield epoch, [self.scenes[row] for row in rows]

    def step(self, batch: tuple[int, list[Scene]]) -> Tensor:
        epoch, scenes = batch
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        loss = self.loss(scenes, epoch)
        loss.backward()
        optimiser.step()
        return loss.detach()[None]

    def score(self) -> Tensor:
        self.detector.train()  # a torchvision detector tells its losses in training mode only
        return self.loss(self.held_out)[None]


def test_it_learns_and_the_best_state_is_kept() -> None:
    program = Detection(0, 0.005)
    loop, epochs = fit(program, epochs=3, keep_best=True), []
    while True:
        try:
            epochs.append(next(loop))
        except StopIteration as end:
            outcome = end.value
            break
    scores = torch.cat([epoch.score for epoch in epochs])
    assert scores.isfinite().all()
    assert scores.argmin() == outcome.best_epoch[0] > 0
    assert epochs[3].loss < epochs[1].loss
    program.load_state_dict(outcome.best_state)
    with torch.no_grad():
        assert program.score() == scores.min()
    assert {len(target["boxes"]) for _, target in program.scenes} == {0, 1, 2, 3}


def test_it_stops_early_when_nothing_improves() -> None:
    loop = fit(Detection(0, 0.0), epochs=3, patience=1)
    assert [epoch.number for epoch in loop] == [0, 1]
