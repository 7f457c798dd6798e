"""What can be set in lesson 08, and its three scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from mtlkit.core.config import Choice, Config, Flag, Real, Several, Whole, setting
from mtlkit.data import labelled_captions
from mtlkit.errors import UsageError
from mtlkit.noise import KINDS, check_level

COLLECTIONS: Mapping[str, tuple[str, str]] = {
    "captioned_scenes": ("scene_sentences", "scene_tags"),
    "iapr_mirflickr": ("iapr_tc12", "mirflickr25k"),
}
"""The two data sets behind each name: one captioned with sentences, one tagged."""

STRATEGIES = (
    "learned_kendall",
    "learned_printed",
    "difficulty",
    "equal",
    "hand_tuned",
    "sentences_alone",
    "tags_alone",
)
"""How the two tasks are weighted. `difficulty` is learned too and looks at how hard a task is;
the last two train a model on one collection."""

ALONE: Mapping[str, int] = {"sentences_alone": 0, "tags_alone": 1}
"""Which task a strategy trains by itself."""

FEATURES = ("classical", "pretrained")
SIZES: Mapping[str, tuple[int, int]] = {"classical": (484, 512), "pretrained": (512, 768)}
"""How many numbers a picture and a caption come with."""


@attrs.frozen(kw_only=True)
class WeightedRetrievalConfig(Config):
    """Settings of chapter 6 of nahm2020.

    Presets
    -------
    smoke
        Seconds; for tests. Its numbers mean nothing.
    lesson
        Two generated collections of 2,000 scenes of one object to train on. Features without
        learning: colours and gradients of pictures, letter trigrams of captions, 128 principal
        components of each. Adam at 0.003 and log-variances at 0.03, 15 epochs, batches of 128
        anchors, the loss' mean over them.
    paper
        IAPR TC-12 and MIRFlickr-25K with features of ResNet-18 and BERT. As printed at both
        scales: one shared layer of 128 for each modality, d of 16, 32 and 64, margin 1. Printed
        and not taken: Adam at 0.00001, which learns nothing in any number of epochs we tried, and
        the loss' sum over the data. What is not printed: the number of epochs, the batch, and
        that outputs are brought to length 1, without which the margin has no unit.
    """

    data: str = setting(
        Choice(tuple(COLLECTIONS)), "captioned_scenes", "the two collections, sentences and tags"
    )
    features: str = setting(
        Choice(FEATURES), "classical", "what the frozen encoders are; pretrained needs weights here"
    )
    n_train: int = setting(Whole(20, 50_000), 2000, "pairs of each collection to train on")
    n_validation: int = setting(Whole(20, 5000), 300, "pairs that epochs and weights are chosen on")
    n_test: int = setting(Whole(20, 5000), 500, "pairs of each gallery")
    noise: tuple[float, ...] = setting(
        Several(Real(0, 100), 2, 2), (1.0, 1.0), "label noise of the two collections (sigma_i^2)"
    )
    noise_kind: str = setting(
        Choice(KINDS), "variance", "how noise is read: a variance, a deviation, or a rate of flips"
    )
    misspelt: float = setting(Real(0, 1), 0.1, "share of the tags that are misspelt")
    stray: float = setting(Real(0, 5), 1.0, "mean number of stray tags a picture")
    image_components: int = setting(
        Whole(0, 2048), 128, "principal components of the pictures' features; 0 for all"
    )
    text_components: int = setting(
        Whole(0, 2048), 128, "principal components of the captions' features; 0 for all"
    )
    width: int = setting(Whole(1, 4096), 128, "units of each modality's shared layer")
    dimensions: int = setting(Whole(1, 1024), 32, "d, numbers an embedding has")
    margin: float = setting(Real(0, 4, open_low=True), 1.0, "of the triplet loss")
    summed: bool = setting(Flag(), False, "whether a batch's loss is the sum, as printed")
    epochs: int = setting(Whole(1, 10_000), 15, "passes over the anchors")
    batch_size: int = setting(Whole(2, 10_000), 128, "anchors a batch, of each modality and task")
    learning_rate: float = setting(Real(0, 1, open_low=True), 0.003, "of Adam")
    log_variance_rate: float = setting(
        Real(0, 1, open_low=True), 0.03, "of Adam, for the log-variances"
    )
    strategies: tuple[str, ...] = setting(
        Several(Choice(STRATEGIES), 1, len(STRATEGIES), distinct=True),
        ("learned_kendall", "equal"),
        "how the two losses are weighted",
    )
    grid_points: int = setting(Whole(1, 17), 9, "at most so many vectors of hand-tuned weights")

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {
            "n_train": 80,
            "image_components": 16,
            "text_components": 16,
            "n_validation": 40,
            "n_test": 40,
            "batch_size": 40,
            "width": 16,
            "dimensions": 8,
            "epochs": 3,
            "grid_points": 3,
        },
        "lesson": {},
        "paper": {
            "data": "iapr_mirflickr",
            "features": "pretrained",
            "image_components": 0,
            "text_components": 0,
            "n_train": 15_000,
            "n_validation": 1000,
            "n_test": 2000,
            "learning_rate": 0.001,
        },
    }

    def check(self) -> None:
        """Noise of its kind, no more pairs or components than there are, a batch they fill."""
        for level in self.noise:
            check_level(level, self.noise_kind)
        for name in self.collections:
            most = labelled_captions.sizes(name)
            parts = {"train": self.n_train, "validation": self.n_validation, "test": self.n_test}
            for part, size in parts.items():
                if size > most[part]:
                    raise UsageError(
                        f"n_{part} = {size}: allowed is at most {most[part]:,}, "
                        f"the {part} pairs of {name}."
                    )
        sizes = SIZES[self.features]
        asked = (self.image_components, self.text_components)
        for kind, components, there in zip(("image", "text"), asked, sizes, strict=True):
            if components > there or components > self.n_train:
                raise UsageError(
                    f"{kind}_components = {components}: allowed is at most {there}, the "
                    f"{self.features} features, and n_train, {self.n_train:,}."
                )
        if self.batch_size > self.n_train:
            raise UsageError(
                f"batch_size = {self.batch_size}: allowed is at most n_train, {self.n_train:,}."
            )

    @property
    def collections(self) -> tuple[str, str]:
        """The names of the two data sets."""
        return COLLECTIONS[self.data]

    @property
    def generated(self) -> bool:
        """Whether the pictures are drawn, so that captions can be drawn noisier."""
        return self.data == "captioned_scenes"
