"""Encoders from weights on this machine: nothing is ever downloaded.

Pictures: ResNet-18, -34 and -101 as torchvision publishes them (He et al., Deep Residual Learning
for Image Recognition, CVPR 2016), without their last layer. Captions: BERT (Devlin et al., NAACL
2019) and DistilBERT (Sanh et al., 2019) in a folder as transformers saves it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, UInt8
from safetensors import SafetensorError
from torch import Tensor, nn

from mtlkit.data.features.frozen import Encoder, Examples
from mtlkit.data.official.captioned_index import first_of
from mtlkit.data.official.store import sha256
from mtlkit.errors import UsageError

RESNETS: Mapping[str, int] = {"resnet18": 512, "resnet34": 512, "resnet101": 2048}
"""The numbers that each gives."""

TEXT_MODELS = ("bert", "distilbert")
"""What `model_type` in `config.json` may be."""

POOLINGS = ("mean", "first")
"""The mean of the last layer's vectors of a caption's tokens, `[CLS]` and `[SEP]` among them; or
that of the first token, `[CLS]`."""

LONGEST = 128
"""Tokens of a caption; those after them are cut off."""

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue in ImageNet, by which torchvision's weights expect pictures scaled."""

_UNREADABLE = (
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    ImportError,
    pickle.PickleError,
    SafetensorError,
)
"""What is raised on files that are not what they should be."""

_INSTALL = 'text encoders need transformers: `pip install "mtlkit[encoders]"`.'


def resnet(
    name: str,
    weights: Path,
    *,
    side: int = 224,
    device: torch.device | None = None,
) -> Encoder:
    """A ResNet that gives 512 or 2048 numbers: what its last layer would see.

    Pictures of another size are scaled to `side` first, bilinearly.

    Parameters
    ----------
    name
        In `RESNETS`.
    weights
        The file that torchvision publishes, or another of that form: all its parameters by name.
    device
        Where it runs; None: on the CPU.

    Raises
    ------
    UsageError
        If there is no such network, if the file is missing, or, when the weights are first used, if
        they are of another network.
    """
    if name not in RESNETS:
        raise UsageError(f"encoder = {name}: allowed is one of {', '.join(RESNETS)}.")
    if not weights.is_file():
        raise UsageError(f"weights = {weights}: there is no such file.")
    of = ["resnet", name, sha256(weights), side]

    @functools.cache
    def model() -> nn.Module:
        return _resnet(name, weights, device or torch.device("cpu"))

    def encode(examples: Examples) -> Float[Tensor, "example feature"]:
        if not isinstance(examples, Tensor):
            raise UsageError(f"encoder = {name}: it encodes pictures, not captions.")
        return _encode_pictures(model(), examples, side)

    return Encoder(name, _digest(of), RESNETS[name], 64, encode)


def _resnet(name: str, weights: Path, device: torch.device) -> nn.Module:
    from torchvision import models  # a second to import

    network = getattr(models, name)(weights=None)
    try:
        found = torch.load(weights, map_location="cpu", weights_only=True)
        network.load_state_dict(found)
    except _UNREADABLE as error:
        raise UsageError(f"{weights}: has no weights of {name} ({_first_line(error)}).") from None
    network.fc = nn.Identity()
    module: nn.Module = network.eval().to(device)
    return module


@torch.inference_mode()
def _encode_pictures(
    model: nn.Module, images: UInt8[Tensor, "example 3 row column"], side: int
) -> Float[Tensor, "example feature"]:
    device = next(model.parameters()).device
    pixels = images.to(device).float() / 255
    if images.shape[2:] != (side, side):
        pixels = nn.functional.interpolate(
            pixels, (side, side), mode="bilinear", antialias=True, align_corners=False
        )
    mean, deviation = (
        torch.tensor(numbers, device=device)[:, None, None] for numbers in (_MEAN, _DEVIATION)
    )
    found: Tensor = model((pixels - mean) / deviation)
    return found


def text_model(
    folder: Path, *, pooling: str = "mean", device: torch.device | None = None
) -> Encoder:
    """BERT or DistilBERT from a folder with `config.json`, weights and vocabulary.

    Parameters
    ----------
    folder
        As `save_pretrained` of model and tokenizer leaves it.
    pooling
        One of `POOLINGS`.
    device
        Where it runs; None: on the CPU.

    Raises
    ------
    UsageError
        If transformers is not installed, if there is no such pooling, if the folder has no such
        model, or, when it is first used, if it cannot be read.
    """
    if pooling not in POOLINGS:
        raise UsageError(f"pooling = {pooling}: allowed is one of {', '.join(POOLINGS)}.")
    kind, width = _text_config(folder)
    if importlib.util.find_spec("transformers") is None:
        raise UsageError(_INSTALL)
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] != ".")
    of = ["text", pooling, LONGEST, [[path.name, sha256(path)] for path in files]]

    @functools.cache
    def model() -> Callable[[Sequence[str]], Float[Tensor, "example feature"]]:
        return _text_model(folder, pooling, device or torch.device("cpu"))

    def encode(examples: Examples) -> Float[Tensor, "example feature"]:
        if isinstance(examples, Tensor):
            raise UsageError(f"encoder = {kind}: it encodes captions, not pictures.")
        return model()(examples)

    return Encoder(f"{kind}-{pooling}", _digest(of), width, 256, encode)


def _text_config(folder: Path) -> tuple[str, int]:
    """The kind of model in a folder, and how many numbers its vectors have."""
    file = folder / "config.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        kind = found["model_type"]
        width = found["dim" if kind == "distilbert" else "hidden_size"]
    except (OSError, ValueError, LookupError, TypeError):
        kind, width = None, None
    if kind not in TEXT_MODELS or not isinstance(width, int):
        raise UsageError(
            f"{file}: describes no {' or '.join(TEXT_MODELS)}; allowed is a folder with a model "
            "that transformers saved."
        )
    return kind, width


def _text_model(
    folder: Path, pooling: str, device: torch.device
) -> Callable[[Sequence[str]], Float[Tensor, "example feature"]]:
    from transformers import AutoModel, AutoTokenizer  # seconds to import

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        loaded, info = AutoModel.from_pretrained(
            str(folder), local_files_only=True, output_loading_info=True
        )
    except _UNREADABLE as error:
        raise UsageError(
            f"{folder}: cannot be read as a text model ({_first_line(error)})."
        ) from None
    # Without this, what the file lacks would be random numbers.
    if lacking := sorted(key for key in info["missing_keys"] if not key.startswith("pooler.")):
        raise UsageError(f"{folder}: its weights lack {first_of(lacking)}.")
    network = loaded.eval().to(device)
    longest = min(LONGEST, network.config.max_position_embeddings)

    @torch.inference_mode()
    def encode(texts: Sequence[str]) -> Float[Tensor, "example feature"]:
        tokens = tokenizer(
            list(texts), padding=True, truncation=True, max_length=longest, return_tensors="pt"
        ).to(device)
        vectors: Tensor = network(**tokens).last_hidden_state
        if pooling == "first":
            return vectors[:, 0]
        counts = tokens["attention_mask"][..., None].to(vectors)
        mean: Tensor = (vectors * counts).sum(1) / counts.sum(1)
        return mean

    return encode


def _first_line(error: BaseException) -> str:
    """What went wrong, or what kind of thing if there are no words."""
    return str(error).splitlines()[0].rstrip(".:") if str(error) else type(error).__name__


def _digest(of: list[Any]) -> str:
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()
