"""The door of official compositions: features of the right pictures, in published splits."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from mtlkit.data import compositions as door
from mtlkit.data import official_compositions
from mtlkit.data.features import sources
from mtlkit.data.features.frozen import place_of
from mtlkit.data.features.pretrained import resnet
from mtlkit.data.official.composed_index import PICTURES
from mtlkit.data.official_compositions import EXTRACTORS, NAMES, load
from mtlkit.errors import UsageError
from tests.data.official.composed_miniature import SETS, content_of, installed, rows


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three sets, and a ResNet-18 with random weights."""
    from torchvision import models

    folder = tmp_path_factory.mktemp("compositions")
    for entry, downloads in SETS.values():
        found = installed(entry, downloads(), folder)
        for file in (folder / "downloads").iterdir():
            file.unlink()
    torch.manual_seed(0)
    network = models.resnet18(weights=None)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_var.uniform_(0.5, 2)
    (found / "weights").mkdir()
    torch.save(network.state_dict(), found / "weights" / "resnet18.pth")
    return found


@pytest.fixture
def here(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTLKIT_DATA", str(root))
    return root


@pytest.fixture
def quick(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The network sees 32 x 32 pixels."""
    small = functools.partial(resnet, side=32)
    monkeypatch.setattr(official_compositions, "resnet", small)
    return here


def test_the_names_are_those_of_the_catalogue() -> None:
    assert set(NAMES) == set(SETS)
    assert set(NAMES) <= set(door.NAMES)
    assert not set(NAMES) & set(door.EMBEDDED)


def test_features_are_those_of_the_pictures_as_the_network_was_taught(here: Path) -> None:
    from torchvision import models

    found = load("mit_states", "validation")
    network = models.resnet18(weights=None).eval()
    network.load_state_dict(torch.load(here / "weights" / "resnet18.pth", weights_only=True))
    network.fc = nn.Identity()
    shown = models.ResNet18_Weights.IMAGENET1K_V1.transforms()
    names = found.compositions.names()
    expected = {}
    for row in rows():
        if row["set"] == "val":
            picture = Image.open(io.BytesIO(content_of(row))).convert("RGB")
            with torch.no_grad():
                vector = network(shown(picture)[None])[0]
            expected[f"{row['attr']} {row['obj']}", round(vector[0].item(), 3)] = vector
    assert len(expected) == len(found.labels) == 4
    for vector, label in zip(found.features, found.labels.tolist(), strict=True):
        wanted = expected[names[label], round(vector[0].item(), 3)]
        torch.testing.assert_close(vector, wanted, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("split", official_compositions.SPLITS)
def test_every_part_shows_what_its_split_says(quick: Path, name: str, split: str) -> None:
    held = {"validation": door.HELD_VALIDATION, "test": door.HELD_TEST}
    group = official_compositions.compositions(name, split=split).group
    for part in door.PARTS:
        if part == "validation" and (split == "compositional" or name == "stanford_vrd"):
            with pytest.raises(UsageError, match=r"part = validation: .*allowed is train, test\.$"):
                load(name, part, split=split)
            assert not (group == door.HELD_VALIDATION).any()
            continue
        found = load(name, part, split=split)
        assert found.features.shape == (len(found.labels), 512)
        assert found.features.isfinite().all()
        own = found.compositions
        assert torch.equal(own.group, group)
        assert own.members.shape == (len(group), len(own.slots))
        met = group[found.labels.unique()]
        if part == "train":
            assert torch.equal(found.labels.unique(), (group == door.SEEN).nonzero()[:, 0])
        else:
            # Every composition that is first met in a part is met there; seen ones, as they come.
            assert (met == held[part]).sum() == (group == held[part]).sum() > 0
            assert ((met == door.SEEN) | (met == held[part])).all()
            assert (met == door.SEEN).any() == (split == "natural")


def test_features_are_computed_once_for_both_splits(
    quick: Path, isolated_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    load("stanford_vrd", "train", report=lambda now, count: done.append(now))
    assert done == [5]
    load("stanford_vrd", "test", split="compositional", report=lambda now, count: done.append(now))
    assert done == [5]
    _, source = sources.composed("stanford_vrd")
    encoder = official_compositions.resnet("resnet18", quick / "weights" / "resnet18.pth")
    assert place_of(source, encoder).is_file()
    assert len(list((isolated_cache / "features").glob("*.npy"))) == 1


def test_the_data_set_goes_by_its_files(here: Path) -> None:
    checksums = {door.dataset(name).checksum for name in NAMES}
    assert len(checksums) == len(NAMES)
    assert all(door.dataset(name) == official_compositions.dataset(name) for name in NAMES)


def test_what_is_not_allowed_is_told(quick: Path, tmp_path: Path) -> None:
    for given, words in (
        ({"name": "shoes", "part": "test"}, f"data = shoes: allowed is one of {', '.join(NAMES)}."),
        ({"name": "ut_zap50k", "part": "tests"}, "part = tests: allowed is one of train, valida"),
        (
            {"name": "ut_zap50k", "part": "test", "split": "new"},
            "split = new: allowed is one of natural, compositional.",
        ),
        (
            {"name": "ut_zap50k", "part": "test", "extractor": "dla34"},
            f"extractor = dla34: allowed is one of {', '.join(EXTRACTORS)}.",
        ),
        (
            {"name": "ut_zap50k", "part": "test", "extractor": "resnet101"},
            f"weights = {quick / 'weights' / 'resnet101.pth'}: there is no such file.",
        ),
    ):
        with pytest.raises(UsageError) as error:
            load(**given)
        assert str(error.value).startswith(words)
    with pytest.raises(UsageError, match=r"data = mit_states: its split is published and its pict"):
        door.pictures("mit_states", "test", seed=0, unseen=0.5, per_composition=1)


def test_a_set_that_is_not_here_or_not_whole_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path / "root"))
    with pytest.raises(UsageError, match=r"data = ut_zap50k: not in .*data_scripts/ut_zap50k\.py"):
        load("ut_zap50k", "train")
    entry, downloads = SETS["ut_zap50k"]
    installed(entry, downloads(), tmp_path)
    (tmp_path / "root" / "ut_zap50k" / PICTURES).write_bytes(b"")
    with pytest.raises(UsageError, match=r"pictures\.bin: has 0 of [\d,]+ bytes\.$"):
        load("ut_zap50k", "train")
