"""Encoders from weights on this machine: tiny and random, in the layouts of the real ones."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from mtlkit.core.paths import project_root
from mtlkit.data.features import pretrained
from mtlkit.data.features.pretrained import resnet, text_model
from mtlkit.errors import UsageError
from tests.data.official.composed_miniature import SETS, installed

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "a",
    "red",
    "blue",
    "circle",
    "star",
    "left",
    "of",
    "the",
    "##s",
    "café",
]


def images(count: int = 2, side: int = 64) -> UInt8[Tensor, "picture 3 side side"]:
    drawn = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8, generator=drawn)


# --- pictures ---


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from torchvision import models

    torch.manual_seed(0)
    network = models.resnet18(weights=None)
    for layer in network.modules():  # so that running statistics matter
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(std=0.1)
            layer.running_var.uniform_(0.5, 2)
    file = tmp_path_factory.mktemp("weights") / "resnet18-f37072fd.pth"
    torch.save(network.state_dict(), file)
    return file


def test_a_resnet_gives_what_its_last_layer_would_see(weights: Path) -> None:
    from torchvision import models
    from torchvision.models.feature_extraction import create_feature_extractor

    encoder = resnet("resnet18", weights, side=64)
    found = encoder.encode(images())
    assert found.shape == (2, encoder.features) == (2, 512)
    network = models.resnet18(weights=None).eval()
    network.load_state_dict(torch.load(weights, weights_only=True))
    preset = models.ResNet18_Weights.IMAGENET1K_V1.transforms(crop_size=64, resize_size=64)
    with torch.no_grad():
        taps = create_feature_extractor(network, {"flatten": "seen", "fc": "classes"})(
            preset(images())
        )
        classes = network.fc(found)
    torch.testing.assert_close(found, taps["seen"], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(classes, taps["classes"], atol=1e-4, rtol=1e-4)


def test_a_deeper_resnet_gives_more_numbers(tmp_path: Path) -> None:
    from torchvision import models

    torch.manual_seed(0)
    network = models.resnet101(weights=None).eval()
    torch.save(network.state_dict(), tmp_path / "resnet101.pth")
    encoder = resnet("resnet101", tmp_path / "resnet101.pth", side=32)
    found = encoder.encode(images(2, 32))
    assert found.shape == (2, encoder.features) == (2, 2048)
    preset = models.ResNet101_Weights.IMAGENET1K_V1.transforms(crop_size=32, resize_size=32)
    with torch.no_grad():
        expected = network(preset(images(2, 32)))
        torch.testing.assert_close(network.fc(found), expected, atol=1e-4, rtol=1e-4)


def test_small_pictures_are_scaled_first(weights: Path) -> None:
    flat = torch.full((1, 3, 32, 32), 90, dtype=torch.uint8)
    large = torch.full((1, 3, 64, 64), 90, dtype=torch.uint8)
    encoder = resnet("resnet18", weights, side=64)
    torch.testing.assert_close(encoder.encode(flat), encoder.encode(large))


def test_the_checksum_is_of_the_weights_and_of_their_use(weights: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.pth", tmp_path / "other.pth"
    copy.write_bytes(weights.read_bytes())
    other.write_bytes(weights.read_bytes() + b" ")
    own = resnet("resnet18", weights).checksum
    assert resnet("resnet18", copy).checksum == own
    different = {
        own,
        resnet("resnet18", other).checksum,
        resnet("resnet18", weights, side=128).checksum,
        resnet("resnet34", weights).checksum,
    }
    assert len(different) == 4


def test_weights_of_another_network_are_told(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"resnet18-f37072fd\.pth: has no weights of resnet34 \("):
        resnet("resnet34", weights).encode(images(1))
    page = tmp_path / "page.pth"
    page.write_bytes(b"<html>Not found</html>")
    with pytest.raises(UsageError, match=r"page\.pth: has no weights of resnet18 \("):
        resnet("resnet18", page).encode(images(1))
    cut = tmp_path / "cut.pth"
    cut.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(UsageError, match=r"cut\.pth: has no weights of resnet18 \("):
        resnet("resnet18", cut).encode(images(1))
    with pytest.raises(UsageError, match=r"weights = .*none\.pth: there is no such file\."):
        resnet("resnet18", tmp_path / "none.pth")
    with pytest.raises(UsageError, match="encoder = vgg: allowed is one of resnet18, resnet34"):
        resnet("vgg", weights)
    with pytest.raises(UsageError, match="encoder = resnet18: it encodes pictures, not captions"):
        resnet("resnet18", weights).encode(["a red star"])


# --- captions ---


def saved(folder: Path, kind: str) -> Path:
    """A tiny random model and its vocabulary, as transformers saves them."""
    from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

    torch.manual_seed(0)
    size = {"vocab_size": len(WORDS), "max_position_embeddings": 16}
    model: Any
    if kind == "bert":
        model = BertModel(
            BertConfig(
                hidden_size=12,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=16,
                **size,
            )
        )
    else:
        model = DistilBertModel(
            DistilBertConfig(dim=8, n_layers=2, n_heads=2, hidden_dim=16, **size)
        )
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    settings = {"do_lower_case": True, "model_max_length": 16}
    name = "BertTokenizer" if kind == "bert" else "DistilBertTokenizer"
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "tokenizer_class": name}))
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: saved(tmp_path_factory.mktemp(kind), kind) for kind in pretrained.TEXT_MODELS}


@pytest.mark.parametrize(("kind", "width"), [("bert", 12), ("distilbert", 8)])
def test_captions_become_the_mean_or_the_first_vector(
    folders: dict[str, Path], kind: str, width: int
) -> None:
    from transformers import AutoModel

    captions = ["A red circle", "the blue stars left of the red circle"]
    # By hand, one caption at a time, so that nothing is padded:
    numbers = [
        [2, 5, 6, 8, 3],
        [2, 12, 7, 9, 13, 10, 11, 12, 6, 8, 3],
    ]
    network = AutoModel.from_pretrained(str(folders[kind]), local_files_only=True).eval()
    with torch.no_grad():
        vectors = [network(torch.tensor([row])).last_hidden_state[0] for row in numbers]
    mean = text_model(folders[kind])
    assert (mean.name, mean.features) == (f"{kind}-mean", width)
    torch.testing.assert_close(
        mean.encode(captions), torch.stack([one.mean(0) for one in vectors]), atol=1e-5, rtol=1e-4
    )
    first = text_model(folders[kind], pooling="first")
    assert first.name == f"{kind}-first"
    torch.testing.assert_close(
        first.encode(captions), torch.stack([one[0] for one in vectors]), atol=1e-5, rtol=1e-4
    )
    assert mean.checksum != first.checksum


def test_odd_captions_have_features_too(folders: dict[str, Path]) -> None:
    encoder = text_model(folders["distilbert"])
    found = encoder.encode(["", "\u732b", "\u72ac", "red " * 500])
    assert found.isfinite().all()
    torch.testing.assert_close(found[1], found[2])  # both are one unknown word
    assert not torch.allclose(found[0], found[1])
    torch.testing.assert_close(found[3], encoder.encode(["red " * 14])[0], atol=1e-5, rtol=1e-4)


def test_the_checksum_is_of_every_file(folders: dict[str, Path], tmp_path: Path) -> None:
    for path in folders["bert"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert text_model(tmp_path).checksum == text_model(folders["bert"]).checksum
    with (tmp_path / "vocab.txt").open("a") as file:
        file.write("more\n")
    assert text_model(tmp_path).checksum != text_model(folders["bert"]).checksum


def test_a_folder_without_a_model_is_told(folders: dict[str, Path], tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    words = f"{config}: describes no bert or distilbert; allowed is a folder with a model that"
    for content in (None, "{", "[]", '{"model_type": "gpt2"}', '{"model_type": "bert"}'):
        if content is not None:
            config.write_text(content)
        with pytest.raises(UsageError) as error:
            text_model(tmp_path)
        assert str(error.value).startswith(words)
    for path in folders["bert"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"<html>")
    with pytest.raises(UsageError, match="cannot be read as a text model"):
        text_model(tmp_path).encode(["a"])
    with pytest.raises(UsageError, match="pooling = max: allowed is one of mean, first"):
        text_model(folders["bert"], pooling="max")
    with pytest.raises(UsageError, match="encoder = bert: it encodes captions, not pictures"):
        text_model(folders["bert"]).encode(images(1))


def test_weights_that_lack_some_are_told(folders: dict[str, Path], tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    for path in folders["distilbert"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    found = load_file(tmp_path / "model.safetensors")
    kept = {key: value for key, value in found.items() if "layer.1" not in key}
    save_file(kept, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(UsageError, match=r": its weights lack transformer\.layer\.1\..* others\."):
        text_model(tmp_path).encode(["a"])


def test_without_transformers_the_command_that_brings_it_is_told(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "transformers" else real(name)
    )
    with pytest.raises(UsageError) as error:
        text_model(folders["bert"])
    assert str(error.value) == (
        'text encoders need transformers: `pip install "mtlkit[encoders]"`.'
    )


# --- the script ---


def script() -> Any:
    file = project_root() / "data_scripts" / "frozen_features.py"
    spec = importlib.util.spec_from_file_location("frozen_features", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_makes_what_is_not_kept_yet(
    folders: dict[str, Path],
    weights: Path,
    isolated_cache: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["scene_tags", "--part", "test", "--size", "3", "--text", str(folders["distilbert"])]
    assert script().main([*asked, "--resnet18", str(weights)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" in ")[0] for line in lines] == [
        "scene_tags-test-0-pictures, resnet18: 3 x 512 numbers",
        "scene_tags-test-0-captions, distilbert-mean: 3 x 8 numbers",
    ]
    for line, width in zip(lines, (512, 8), strict=True):
        file = Path(line.partition(" in ")[2])
        assert file.parent == isolated_cache / "features"
        assert np.load(file).shape == (3, width)


def test_the_script_makes_features_of_all_pictures_of_compositions(
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry, downloads = SETS["stanford_vrd"]
    monkeypatch.setenv("MTLKIT_DATA", str(installed(entry, downloads(), tmp_path)))
    asked = ["stanford_vrd", "--resnet18", str(weights)]
    assert script().main(asked) == 0
    line = capsys.readouterr().out.strip()
    assert line.startswith("stanford_vrd-pictures, resnet18: 5 x 512 numbers in ")
    before = Path(line.partition(" in ")[2]).stat().st_mtime_ns
    assert script().main(asked) == 0
    assert Path(line.partition(" in ")[2]).stat().st_mtime_ns == before
    capsys.readouterr()
    for option, words in (
        (["--part", "test"], "--part: not allowed with stanford_vrd, of which all pictures are "),
        (["--size", "3"], "--size: not allowed with stanford_vrd, of which all pictures are "),
    ):
        assert script().main([*asked, *option]) == 2
        assert words in capsys.readouterr().err


def test_what_the_script_cannot_do_is_told(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for asked, words in (
        (["scenes"], "nothing to encode with: give --resnet18 FILE, --resnet34 FILE, "),
        (["photos", "--resnet18", str(weights)], "data = photos: allowed is one of scenes, "),
        (["scenes", "--text", str(tmp_path)], f"{tmp_path / 'config.json'}: describes no bert"),
    ):
        assert script().main(asked) == 2
        assert words in capsys.readouterr().err
