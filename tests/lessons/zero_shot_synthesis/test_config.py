"""What is said of what cannot be set in lesson 09, and what its scales and studies are."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtlkit.core.study import SCALES
from mtlkit.data.official.glove import SIZE
from mtlkit.lessons.zero_shot_synthesis.config import STRATEGIES, SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.studies import STUDIES, example
from tests.cli.calling import Command, assert_refused
from tests.cli.conftest import mtlkit  # noqa: F401

RUN = ("run", "zero_shot_synthesis", "--scale", "smoke", "--seeds", "1")
BAD = [
    (("unseen=0.95",), "unseen = 0.95: allowed is a number from 0.05 up to 0.9."),
    (("unseen=0.88",), "unseen = 0.88: allowed with data=digit_transforms is 0.05 to 0.87, so "),
    (("unseen=0.01",), "unseen = 0.01"),
    (("per_composition=99",), "per_composition = 99: allowed with data=digit_transforms is at"),
    (("per_validation=50",), "per_validation = 50: allowed with data=digit_transforms is at most"),
    (("extractor=resnet18",), "extractor = resnet18: allowed with data=digit_transforms is one "),
    (("extractor=dla34",), "extractor = dla34: allowed is one of cnn, cnn_slots, pca, "),
    (("data=mit_states",), "extractor = pca: allowed with data=mit_states is one of resnet18, "),
    (("drop=9",), "drop = 9: allowed is at most the number of epochs, 3."),
    (("batch_size=1",), "batch_size = 1: allowed is a whole number from 2 to 4,096."),
    (("classification=0",), "classification = 0.0: allowed is a number above 0 up to 1000."),
    (("clustering=nan",), "clustering = nan"),
    (("vectors=glove",), f"vector_size = 6: allowed with vectors=glove is {SIZE}."),
    (("strategies=tds,tds",), "strategies = tds, tds: allowed is 1 to 11 different values, "),
    (("strategies=tafe_net",), "strategies = tafe_net: allowed is 1 to 11 different values, "),
]
"""Refused by the config."""

LATE = [
    (("features=1500",), "1500: allowed is at most 256, the features or the training examples."),
    (("vectors=glove", "vector_size=300"), "word vectors = glove: not in "),
    (("data=mit_states", "extractor=resnet18"), "data = mit_states: not in "),
]
"""Refused when the data is looked at, before any training."""


@pytest.mark.parametrize(("settings", "message"), BAD)
def test_bad_settings_are_refused_in_a_sentence(
    settings: tuple[str, ...],
    message: str,
    tmp_path: Path,
    mtlkit: Command,  # noqa: F811
) -> None:
    asked = [word for one in settings for word in ("--set", one)]
    assert_refused(mtlkit(*RUN, "--out", tmp_path / "out", *asked), message)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("settings", "message"), LATE)
def test_what_is_not_there_is_told_before_training(
    settings: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mtlkit: Command,  # noqa: F811
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    asked = [word for one in settings for word in ("--set", one)]
    told = mtlkit(*RUN, "--out", tmp_path / "out", *asked)
    assert_refused(told, "")
    assert message in told.err
    assert not list((tmp_path / "out").glob("*"))


def test_the_paper_scale_has_the_printed_sizes() -> None:
    """ "Experimental Details", section 5.4 and 5.7."""
    paper = SynthesisConfig.preset("paper")
    assert (paper.classification, paper.clustering, paper.penalty) == (0.01, 10.0, 10.0)
    assert (paper.hidden, paper.width, paper.vector_size) == (1024, 2048, 300)
    assert (paper.epochs, paper.drop, paper.batch_size) == (40, 30, 128)
    assert (paper.learning_rate, paper.embedding_rate) == (1e-4, 1e-5)
    lesson = SynthesisConfig.preset("lesson", epochs=10, learning_rate=0.02)
    assert (lesson.drop, lesson.embedding_rate) == (7, 0.02)
    assert SynthesisConfig.preset("smoke", epochs=1).drop == 1


@pytest.mark.parametrize("scale", SCALES)
def test_every_study_can_be_run_and_its_labels_tell_its_settings_apart(scale: str) -> None:
    run: set[str] = set()
    for name, study in STUDIES.items():
        settings = study.settings(scale)
        assert settings, name
        named = set()
        for one in settings:
            assert isinstance(one.config, SynthesisConfig)
            (strategy,) = one.config.strategies
            run.add(strategy)
            named.add((strategy, *one.labels.items()))
            told = one.config.as_dict()
            for label, value in one.labels.items():
                assert told["data" if label == "compositions" else label] == value
        assert len(named) == len(settings), name
    assert run == set(STRATEGIES)
    assert example(scale).config.strategies == ("uds", "tds")


def test_the_study_of_pictures_takes_as_many_steps_with_few_as_with_many() -> None:
    """40 compositions of the default are seen; whole batches only."""
    steps = set()
    for one in STUDIES["images"].settings("lesson"):
        config = one.config
        if config.strategies == ("tds",):
            steps.add(config.epochs * max(1, 40 * config.per_composition // config.batch_size))
    assert max(steps) <= 1.05 * min(steps)
