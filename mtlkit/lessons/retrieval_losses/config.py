"""What can be set in lesson 07, and its three scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from mtlkit.core.config import Choice, Config, Flag, Real, Several, Whole, setting
from mtlkit.data import captioned
from mtlkit.errors import UsageError
from mtlkit.nn.encoders import IMAGE_ENCODERS, TEXT_ENCODERS

STRATEGIES = (
    "sum_triplet",
    "max_triplet",
    "max_after_sum",
    "simclr",
    "simclr_positive",
    "barlow_twins",
)
"""The losses. `max_after_sum` is the sum for the first epochs, then the max; `simclr_positive` has
the positive pair in the denominator too."""

READY_IMAGES = ("classical", "frozen_resnet34")
READY_TEXTS = ("frozen_distilbert",)
"""Features that come ready: what learns is the projection. Frozen networks need weights here."""

IMAGES = (*IMAGE_ENCODERS, *READY_IMAGES)
TEXTS = (*TEXT_ENCODERS, *READY_TEXTS)
SCHEDULES = ("multistep", "cosine", "warmup", "constant")
TRAINED = ("whole", "projections", "image", "text")
CAPTIONS = ("random", "first", "all")
STARTS = ("random", "pretrained")


@attrs.frozen(kw_only=True)
class RetrievalConfig(Config):
    """Settings of epfl_retrieval.

    Presets
    -------
    smoke
        Seconds; for tests. Its numbers mean nothing.
    lesson
        Generated scenes, 3,000 to train on, a small CNN and a bag of words, 15 epochs.
    paper
        Generated scenes too, 50,000 of them, and a ResNet-18 from scratch. As printed at both
        scales: margin 0.2, temperature 0.07, batches of 256, 128 numbers an embedding, the
        learning rate halved at epochs 1, 4 and 10, one caption of five drawn in each epoch. What
        is not printed: the optimiser (Adam), its rate, lambda of Barlow Twins, the number of
        epochs and the size of the gallery. The source fine-tunes pretrained networks on MS COCO;
        `data=coco` takes that, with networks from scratch.
    """

    data: str = setting(Choice(captioned.NAMES), "scenes", "the pictures and their captions")
    n_train: int = setting(Whole(10, 200_000), 3000, "pictures to train on")
    n_validation: int = setting(Whole(10, 25_000), 300, "pictures that settings are chosen on")
    n_test: int = setting(Whole(10, 25_000), 500, "pictures of the gallery")
    side: int = setting(Whole(16, 224), 32, "pixels along each side; a multiple of 8")
    image_encoder: str = setting(
        Choice(IMAGES),
        "cnn",
        "of pictures; behind a ready one only the projection learns",
    )
    text_encoder: str = setting(Choice(TEXTS), "bag", "of captions, likewise")
    start: str = setting(
        Choice(STARTS), "random", "encoders as drawn, or taught attributes of other scenes"
    )
    trained: str = setting(Choice(TRAINED), "whole", "which parts learn")
    features: int = setting(Whole(2, 2048), 128, "numbers an embedding has")
    strategies: tuple[str, ...] = setting(
        Several(Choice(STRATEGIES), 1, len(STRATEGIES), distinct=True),
        ("sum_triplet", "max_triplet", "simclr", "barlow_twins"),
        "the losses",
    )
    margin: float = setting(Real(0, 2, open_low=True), 0.2, "of the triplet losses")
    temperature: float = setting(Real(0, 10, open_low=True), 0.07, "of SimCLR")
    redundancy: float = setting(
        Real(0, 10, open_low=True), 0.05, "lambda of Barlow Twins, the weight of its second sum"
    )
    projector: int = setting(
        Whole(0, 4096), 0, "units of a layer between embedding and loss; 0 for none"
    )
    learnable: bool = setting(
        Flag(), False, "whether the margin, temperature or lambda is learned, from its value"
    )
    within: float = setting(
        Real(0, 10), 0.0, "weight of the loss between two views within each modality"
    )
    captions: str = setting(
        Choice(CAPTIONS), "random", "one of a picture's drawn in each epoch, its first, or all"
    )
    outliers: float = setting(
        Real(0, 0.9), 0.0, "share of training pictures whose captions are another's"
    )
    epochs: int = setting(Whole(1, 1000), 15, "passes over the pictures")
    warm: int = setting(
        Whole(1, 1000), None, "epochs of the sum before the max; default: a third of all"
    )
    batch_size: int = setting(Whole(2, 8192), 256, "pairs a batch")
    learning_rate: float = setting(Real(0, 1, open_low=True), 0.003, "of Adam, at the start")
    schedule: str = setting(
        Choice(SCHEDULES), "multistep", "halved at epochs 1, 4 and 10; or another"
    )

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {
            "n_train": 64,
            "n_validation": 20,
            "n_test": 30,
            "batch_size": 16,
            "epochs": 3,
            "features": 16,
        },
        "lesson": {},
        "paper": {
            "n_train": 50_000,
            "n_validation": 1000,
            "n_test": 5000,
            "image_encoder": "resnet18",
            "learning_rate": 0.001,
            "strategies": STRATEGIES,
        },
    }

    def derive(self) -> Mapping[str, Any]:
        """A third of the epochs, at least one."""
        return {"warm": max(1, self.epochs // 3)}

    def check(self) -> None:
        """No more pictures than there are, a batch that they fill, a side that they have."""
        most = captioned.sizes(self.data)
        parts = {"train": self.n_train, "validation": self.n_validation, "test": self.n_test}
        for part, size in parts.items():
            if size > most[part]:
                raise UsageError(
                    f"n_{part} = {size}: allowed is at most {most[part]:,}, "
                    f"the {part} pictures of {self.data}."
                )
        if self.batch_size > self.n_train:
            raise UsageError(
                f"batch_size = {self.batch_size}: allowed is at most n_train, {self.n_train:,}."
            )
        if self.side % 8:
            raise UsageError(f"side = {self.side}: allowed is a multiple of 8.")
        greatest = captioned.side(self.data)
        if self.side > greatest or (self.data == "scenes" and self.side < greatest):
            allowed = "is" if self.data == "scenes" else "is at most"
            raise UsageError(
                f"side = {self.side}: allowed {allowed} {greatest} with data={self.data}."
            )
        if self.outliers and round(self.outliers * self.n_train) < 2:
            raise UsageError(
                f"outliers = {self.outliers:g}: allowed is 0 or a share that makes two of the "
                f"{self.n_train:,} training pictures or more, which change captions."
            )
        if self.warm > self.epochs:
            raise UsageError(
                f"warm = {self.warm}: allowed is at most the number of epochs, {self.epochs}."
            )
        small = self.image_encoder == "cnn" and self.text_encoder not in READY_TEXTS
        if self.start == "pretrained" and not (self.data == "scenes" and small):
            raise UsageError(
                "start = pretrained: allowed with data=scenes, image_encoder=cnn and no frozen "
                "text encoder, for it is learned from the attributes of other scenes."
            )
        for name in (self.image_encoder, self.text_encoder):
            if self.within and name in (*READY_IMAGES, *READY_TEXTS):
                raise UsageError(
                    f"within = {self.within:g}: allowed is 0 with {name}, whose features are of "
                    "pictures and captions as they are."
                )
