"""What is said of what cannot be set in lesson 08, and of spoilt collections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mtlkit.lessons.retrieval_task_weights import inputs
from mtlkit.lessons.retrieval_task_weights.config import WeightedRetrievalConfig
from tests.cli.calling import Command, assert_refused
from tests.cli.conftest import mtlkit  # noqa: F401
from tests.lessons.retrieval_losses.photographs import (
    Spoil,
    empty,
    install,
    missing,
    truncated,
)

RUN = ("run", "retrieval_task_weights", "--scale", "smoke", "--seeds", "1")
BAD = [
    (("batch_size=1",), "batch_size = 1: allowed is a whole number from 2 to 10,000."),
    (("batch_size=81",), "batch_size = 81: allowed is at most n_train, 80."),
    (("n_test=10",), "n_test = 10: allowed is a whole number from 20 to 5,000."),
    (("n_train=50001",), "n_train = 50001: allowed is a whole number from 20 to 50,000."),
    (("noise=1",), "noise = 1"),
    (("noise=-1,1",), "noise = -1"),
    (("noise=2,1", "noise_kind=uniform"), "rate = 2"),
    (("noise=1,nan",), "noise = 1"),
    (("misspelt=1.5",), "misspelt = 1.5: allowed is a number from 0 up to 1."),
    (("margin=0",), "margin = 0"),
    (("dimensions=0",), "dimensions = 0: allowed is a whole number from 1 to 1,024."),
    (("strategies=mgda",), "strategies = mgda: allowed is 1 to 7 different values, "),
    (("strategies=equal,equal",), "strategies = equal, equal: allowed is 1 to 7 different "),
    (("data=iapr_mirflickr", "n_validation=1001"), "n_validation = 1001: allowed is at most 1,000"),
]


@pytest.mark.parametrize(("settings", "message"), BAD)
def test_bad_settings_are_refused_in_a_sentence(
    settings: tuple[str, ...],
    message: str,
    tmp_path: Path,
    mtlkit: Command,  # noqa: F811
) -> None:
    asked = [word for one in settings for word in ("--set", one)]
    out = tmp_path / "out"
    assert_refused(mtlkit(*RUN, "--out", out, *asked), message)
    assert not out.exists()


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        (("image_components=90",), "484, the classical features, and n_train, 80"),
        (("text_components=600", "n_train=600"), "512, the classical features, and n_train, 600"),
    ],
)
def test_more_components_than_there_are_are_refused_in_a_sentence(
    settings: tuple[str, ...],
    most: str,
    tmp_path: Path,
    mtlkit: Command,  # noqa: F811
) -> None:
    asked = [word for one in settings for word in ("--set", one)]
    told = mtlkit(*RUN, "--out", tmp_path / "out", *asked)
    assert_refused(told, "")
    assert f"allowed is at most {most}" in told.err


def one_class(folder: Path, told: dict[str, Any]) -> None:
    for row in told["images"]:
        row["label"] = 0


@pytest.fixture
def collections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root without the collections; what is read of others is forgotten."""
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    for cached in (inputs._features, inputs._reduced_features):
        cached.cache_clear()
    return tmp_path


PHOTOGRAPHS = (
    *("--set", "data=iapr_mirflickr", "--set", "n_train=20", "--set", "n_validation=20"),
    *("--set", "n_test=20", "--set", "batch_size=10", "--set", "noise=0,0"),
)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (missing, "captions.json: has captions of pictures that are missing: 4.jpg."),
        (truncated, ": 4.jpg cannot be decoded ("),
        (empty, "captions.json: image 4 (4.jpg) has no caption that is not empty."),
        (one_class, "needs examples of two classes or more: it has 1."),
    ],
)
def test_spoilt_collections_are_told_in_a_sentence(
    spoil: Spoil,
    message: str,
    collections: Path,
    mtlkit: Command,  # noqa: F811
) -> None:
    install(collections, "iapr_tc12", classes=("a", "b", "c"))
    install(collections, "mirflickr25k", spoil, classes=("d", "e"))
    told = mtlkit(*RUN, *PHOTOGRAPHS, "--out", collections / "out")
    assert_refused(told, "")
    assert message in told.err


def test_grey_and_four_coloured_photographs_and_captions_of_any_script_are_taken(
    collections: Path,
    mtlkit: Command,  # noqa: F811
) -> None:
    def abroad(folder: Path, told: dict[str, Any]) -> None:
        for row in told["images"][::2]:
            row["captions"] = ["犬 と 猫"]

    install(collections, "iapr_tc12", abroad, classes=("a", "b", "c"))
    install(collections, "mirflickr25k", classes=("d", "e"))
    told = mtlkit(*RUN, *PHOTOGRAPHS, "--out", collections / "out", "--set", "epochs=1")
    assert told.code == 0, told.err
    written = json.loads((collections / "out" / "result.json").read_text())
    assert written["config"]["data"] == "iapr_mirflickr"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("data=iapr_mirflickr", "data = iapr_tc12: not in "),
        ("features=pretrained", "resnet18.pth: there is no such file."),
    ],
)
def test_what_is_not_here_is_told(
    setting: str,
    message: str,
    collections: Path,
    mtlkit: Command,  # noqa: F811
) -> None:
    told = mtlkit(*RUN, "--set", setting, "--out", collections / "out")
    assert_refused(told, "")
    assert message in told.err


def test_presets_are_the_sources_where_it_prints_them() -> None:
    for scale in ("lesson", "paper"):
        config = WeightedRetrievalConfig.preset(scale)
        assert (config.width, config.margin) == (128, 1.0)
        assert config.noise_kind == "variance"
