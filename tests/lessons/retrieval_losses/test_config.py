"""What can be set in lesson 07, and what is said of what cannot, on the command line too."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtlkit.errors import UsageError
from mtlkit.lessons.retrieval_losses import inputs
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from tests.cli.calling import Command, assert_refused
from tests.cli.conftest import mtlkit  # noqa: F401
from tests.lessons.retrieval_losses.photographs import (
    Spoil,
    empty,
    install,
    missing,
    truncated,
    wordless,
)
from tests.lessons.retrieval_losses.small import small

RUN = ("run", "retrieval_losses", "--scale", "smoke", "--seeds", "1")
BAD = [
    (("batch_size=1",), "batch_size = 1: allowed is a whole number from 2 to 8,192."),
    (("n_test=5",), "n_test = 5: allowed is a whole number from 10 to 25,000."),
    (("batch_size=65",), "batch_size = 65: allowed is at most n_train, 64."),
    (("temperature=0",), "temperature = 0.0: allowed is a number above 0 up to 10."),
    (("margin=-0.2",), "margin = -0.2: allowed is a number above 0 up to 2."),
    (("margin=nan",), "margin = nan: allowed is a number above 0 up to 2."),
    (("side=64",), "side = 64: allowed is 32 with data=scenes."),
    (("side=20",), "side = 20: allowed is a multiple of 8."),
    (("data=flickr8k_800", "side=136"), "side = 136: allowed is at most 128 with data=flickr8k_"),
    (("data=flickr8k_800", "n_train=601"), "n_train = 601: allowed is at most 600, the train "),
    (("outliers=0.01",), "outliers = 0.01: allowed is 0 or a share that makes two of the 64 "),
    (("outliers=0.95",), "outliers = 0.95: allowed is a number from 0 up to 0.9."),
    (("warm=4",), "warm = 4: allowed is at most the number of epochs, 3."),
    (("image_encoder=classical", "within=1"), "within = 1: allowed is 0 with classical, "),
    (("image_encoder=resnet18", "start=pretrained"), "start = pretrained: allowed with data=sc"),
    (("strategies=simclr,simclr",), "strategies = simclr, simclr: allowed is"),
    (("strategies=clip",), "strategies = clip: allowed is"),
]


@pytest.mark.parametrize(("settings", "message"), BAD)
def test_bad_settings_are_refused_in_a_sentence(
    settings: tuple[str, ...],
    message: str,
    mtlkit: Command,  # noqa: F811
    tmp_path: Path,
) -> None:
    asked = [word for one in settings for word in ("--set", one)]
    out = tmp_path / "out"
    assert_refused(mtlkit(*RUN, "--out", out, *asked), message)
    assert not out.exists()


PHOTOGRAPHS = (
    *("--set", "data=flickr8k_800", "--set", "n_train=20", "--set", "n_validation=20"),
    *("--set", "n_test=20", "--set", "batch_size=10", "--set", "strategies=simclr"),
)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (missing, "captions.json: has captions of pictures that are missing: 4.jpg."),
        (truncated, ": 4.jpg cannot be decoded ("),
        (empty, "captions.json: image 4 (4.jpg) has no caption that is not empty."),
        (wordless, "has no word, but is '?!': allowed are captions with at least one letter"),
    ],
)
def test_spoilt_photographs_are_told_in_a_sentence(
    spoil: Spoil,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mtlkit: Command,  # noqa: F811
) -> None:
    inputs._vocabulary.cache_clear()  # it goes by the name of the set
    install(tmp_path, "flickr8k_800", spoil)
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    told = mtlkit(*RUN, *PHOTOGRAPHS, "--out", tmp_path / "out")
    assert_refused(told, "")
    assert message in told.err


def test_grey_and_four_coloured_photographs_and_captions_of_any_script_are_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mtlkit: Command,  # noqa: F811
) -> None:
    inputs._vocabulary.cache_clear()
    install(tmp_path, "flickr8k_800")
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    told = mtlkit(*RUN, *PHOTOGRAPHS, "--set", "epochs=1", "--out", tmp_path / "out")
    assert told.code == 0, told.err
    assert {"犬", "猫", "ёлка", "5"} <= set(
        inputs.vocabulary(small(data="flickr8k_800", n_train=20), 0).words
    )
    inputs._vocabulary.cache_clear()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("data=coco", "data = coco: not in "),
        ("image_encoder=frozen_resnet34", "weights = "),
        ("text_encoder=frozen_distilbert", "describes no bert or distilbert"),
    ],
)
def test_what_is_not_here_is_told(
    setting: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mtlkit: Command,  # noqa: F811
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    told = mtlkit(*RUN, "--set", setting, "--out", tmp_path / "out")
    assert_refused(told, "")
    assert message in told.err


def test_presets_are_the_sources_where_it_prints_them() -> None:
    for scale in ("lesson", "paper"):
        config = RetrievalConfig.preset(scale)
        assert (config.margin, config.temperature) == (0.2, 0.07)
        assert (config.batch_size, config.features) == (256, 128)
        assert (config.schedule, config.captions) == ("multistep", "random")


def test_a_pretrained_start_is_allowed_with_any_text_encoder_that_learns() -> None:
    for text in ("bag", "gru", "transformer"):
        assert small(start="pretrained", text_encoder=text).start == "pretrained"
    with pytest.raises(UsageError, match="start = pretrained: "):
        small(start="pretrained", text_encoder="frozen_distilbert")
