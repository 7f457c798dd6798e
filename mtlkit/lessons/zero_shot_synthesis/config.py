"""What can be set in lesson 09, and its three scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from mtlkit.core.config import Choice, Config, Real, Several, Whole, setting
from mtlkit.data import compositions, official_compositions, word_vectors
from mtlkit.data.official import glove
from mtlkit.errors import UsageError

DESIGNS = ("ss", "uds", "ss_mtc_add", "ss_mtc_affine", "tds")
"""Generators of yan2020, Fig. 5.5, in the order of Table 5.2: SS, UDS, SS-MTC+, SS-MTC*, TDS."""

CONTROL = "tds_shuffled"
"""TDS whose noise is scaled by the description of another composition of the batch."""

BASELINES = ("visprod", "label_embed", "red_wine", "att_operator", "ridge")

STRATEGIES = (*DESIGNS, CONTROL, *BASELINES)

EXTRACTORS = ("cnn", "cnn_slots", "pca", "random_convolutions")
"""Of embedded pictures. `cnn` was taught seen compositions as so many classes, `cnn_slots` their
words one by one."""

FROZEN = official_compositions.EXTRACTORS
"""Of official pictures: pretrained, and kept on this machine."""


TEACHING = 20
"""Pictures of each seen composition that an extractor learns from, beside those of the training."""


@attrs.frozen(kw_only=True)
class SynthesisConfig(Config):
    """Settings of yan2020, chapter 5.

    Presets
    -------
    smoke
        Seconds; for tests. Its numbers mean nothing.
    lesson
        Ten digits under eight transforms, 20 pictures of each of 40 seen compositions; 64 features
        of a small CNN; hidden layers of 128 units. The rate is ten times the printed one, with
        which so few steps learn little, and the word embeddings', printed as a tenth of it, is the
        same: chosen on validation compositions (study `rates`).
    paper
        MIT-States with features of ResNet-18, word vectors of GloVe, and all sizes, rates and
        epochs as printed in "Experimental Details". Not printed: how many numbers an injected
        noise has (300 here), and the critic's steps to one of the generator (5 here, as in the
        work that the source follows for its penalty).
    """

    data: str = setting(Choice(compositions.NAMES), "digit_transforms", "the compositions")
    unseen: float = setting(
        Real(0.05, 0.9), 0.5, "share of embedded compositions held out; half to validate, half test"
    )
    per_composition: int = setting(Whole(2, 1000), 20, "training pictures of a seen composition")
    per_validation: int = setting(Whole(2, 1000), 10, "pictures of a composition to validate on")
    per_test: int = setting(Whole(4, 1000), 20, "pictures of a composition to test on")
    split: str = setting(Choice(official_compositions.SPLITS), "natural", "of official sets")
    extractor: str = setting(Choice((*EXTRACTORS, *FROZEN)), "cnn", "what makes features")
    features: int = setting(Whole(2, 2048), 64, "numbers that a picture is reduced to")
    vectors: str = setting(Choice(word_vectors.KINDS), "corpus", "the words' vectors")
    vector_size: int = setting(Whole(2, 1024), 32, "numbers of a word's vector, unless one-hot")
    strategies: tuple[str, ...] = setting(
        Several(Choice(STRATEGIES), 1, len(STRATEGIES), distinct=True),
        ("tds",),
        "generator designs and baselines",
    )
    classification: float = setting(
        Real(0, 1000, open_low=True), 0.01, "lambda, of the classification loss"
    )
    clustering: float = setting(Real(0, 1000), 10.0, "mu, of the clustering loss")
    adversarial: float = setting(Real(0, 1000), 1.0, "weight of the critic's verdict; 0: no GAN")
    penalty: float = setting(Real(0, 1000), 10.0, "lambda_gp, of the gradient penalty")
    critic_steps: int = setting(Whole(1, 20), 1, "of the critic, to one of the generator")
    noise_scale: float = setting(Real(0, 10), 1.0, "standard deviation of the injected noise")
    noise: int = setting(Whole(1, 4096), 16, "numbers of an injected noise")
    width: int = setting(Whole(2, 8192), 128, "units of the generator's hidden layers")
    hidden: int = setting(
        Whole(2, 8192), 64, "units of the critic, the embeddings and the noise's first layer"
    )
    epochs: int = setting(Whole(1, 1000), 40, "passes over the training pictures")
    drop: int = setting(Whole(1, 1000), None, "epoch after which rates are a tenth; default: 3/4")
    batch_size: int = setting(Whole(2, 4096), 64, "pictures a step, and as many imagined")
    learning_rate: float = setting(Real(0, 1, open_low=True), 0.001, "of Adam, at the start")
    embedding_rate: float = setting(
        Real(0, 1, open_low=True), None, "of the word embeddings; default: as the others"
    )

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {
            "per_composition": 4,
            "per_validation": 3,
            "per_test": 4,
            "extractor": "pca",
            "features": 8,
            "vector_size": 6,
            "noise": 3,
            "width": 12,
            "hidden": 8,
            "epochs": 3,
            "batch_size": 32,
        },
        "lesson": {},
        "paper": {
            "data": "mit_states",
            "extractor": "resnet18",
            "features": 512,
            "vectors": "glove",
            "vector_size": 300,
            "strategies": DESIGNS,
            "noise": 300,
            "width": 2048,
            "hidden": 1024,
            "critic_steps": 5,
            "batch_size": 128,
            "learning_rate": 0.0001,
            "embedding_rate": 0.00001,
        },
    }

    def derive(self) -> Mapping[str, Any]:
        """Rates fall at epoch 30 of 40, as printed."""
        return {
            "drop": max(1, self.epochs * 3 // 4),
            "embedding_rate": self.learning_rate,
        }

    def check(self) -> None:
        """Features and vectors that the data has, a split that leaves something to learn from."""
        embedded = self.data in compositions.EMBEDDED
        if embedded != (self.extractor in EXTRACTORS):
            allowed = EXTRACTORS if embedded else FROZEN
            raise UsageError(
                f"extractor = {self.extractor}: allowed with data={self.data} is one of "
                f"{', '.join(allowed)}."
            )
        if embedded:
            self._check_embedded()
        if self.vectors == "glove" and self.vector_size != glove.SIZE:
            raise UsageError(
                f"vector_size = {self.vector_size}: allowed with vectors=glove is {glove.SIZE}."
            )
        if self.drop > self.epochs:
            raise UsageError(
                f"drop = {self.drop}: allowed is at most the number of epochs, {self.epochs}."
            )

    def _check_embedded(self) -> None:
        """As many pictures as there are, and a share that every word survives."""
        lowest, highest = compositions.unseen_shares(self.data)
        if not lowest <= self.unseen <= highest:
            raise UsageError(
                f"unseen = {self.unseen:g}: allowed with data={self.data} is {lowest:g} to "
                f"{highest:g}, so that each word is seen in training."
            )
        asked = {
            "train": ("per_composition", TEACHING),
            "validation": ("per_validation", 0),
            "test": ("per_test", 0),
        }
        for part, (name, before) in asked.items():
            most = compositions.most_pictures(self.data, part)
            if most is not None and getattr(self, name) > most - before:
                raise UsageError(
                    f"{name} = {getattr(self, name)}: allowed with data={self.data} is at most "
                    f"{most - before}."
                )
