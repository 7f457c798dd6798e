"""Compute the features that a trained network gives of pictures or captions, once for all runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from mtlkit.data.features import sources
from mtlkit.data.features.frozen import Encoder, Source, frozen_features, place_of
from mtlkit.data.features.pretrained import POOLINGS, RESNETS, resnet, text_model
from mtlkit.errors import UsageError

PARTS = ("train", "validation", "test")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute what is not kept yet; the exit code."""
    parser = argparse.ArgumentParser(
        description=f"{__doc__} They are kept in the cache. Nothing is downloaded: the weights are "
        "files on this machine. A run that breaks off is gone on with by the next.",
    )
    names = ", ".join((*sources.NAMES, *sources.COMPOSED))
    parser.add_argument("data", metavar="DATA", help=f"one of {names}")
    parser.add_argument(
        "--part",
        action="append",
        choices=PARTS,
        help="all three unless given; sets of compositions have one file for all parts and splits",
    )
    parser.add_argument("--seed", type=int, default=0, help="of generated scenes (default: 0)")
    parser.add_argument("--size", type=int, help="pictures of each part (default: all)")
    for name in RESNETS:
        parser.add_argument(f"--{name}", metavar="FILE", type=Path, help="torchvision's weights")
    parser.add_argument(
        "--text", metavar="FOLDER", type=Path, help="BERT or DistilBERT as transformers saves it"
    )
    parser.add_argument(
        "--pooling",
        choices=POOLINGS,
        default="mean",
        help="of the last layer, the mean over tokens or the first token (default: mean)",
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    chosen = parser.parse_args(arguments)
    try:
        encoders = _encoders(chosen)
        if chosen.data in sources.COMPOSED:
            _compute_composed(chosen, [encoder for encoder, _ in encoders])
            return 0
        for part in chosen.part or PARTS:
            for encoder, kind in encoders:
                source = kind(chosen.data, part, seed=chosen.seed, size=chosen.size)
                _compute(source, encoder)
    except UsageError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return 0


def _encoders(chosen: argparse.Namespace) -> list[tuple[Encoder, Callable[..., Source]]]:
    """The encoders that are asked for, each with what gives its examples."""
    if chosen.device.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError(f"device = {chosen.device}: this machine has none; allowed is cpu.")
    device = torch.device(chosen.device)
    found: list[tuple[Encoder, Callable[..., Source]]] = [
        (resnet(name, weights, device=device), sources.pictures)
        for name in RESNETS
        if (weights := getattr(chosen, name))
    ]
    if chosen.text:
        encoder = text_model(chosen.text, pooling=chosen.pooling, device=device)
        found.append((encoder, sources.captions))
    if not found:
        options = ", ".join(f"--{name} FILE" for name in RESNETS)
        raise UsageError(f"nothing to encode with: give {options} or --text FOLDER.")
    return found


def _compute_composed(chosen: argparse.Namespace, encoders: Sequence[Encoder]) -> None:
    """All pictures of a set of compositions; which part one is in depends on the split."""
    for option in ("part", "size", "text"):
        if getattr(chosen, option) is not None:
            raise UsageError(
                f"--{option}: not allowed with {chosen.data}, of which all pictures are encoded, "
                "and nothing else."
            )
    _, source = sources.composed(chosen.data)
    for encoder in encoders:
        _compute(source, encoder)


def _compute(source: Source, encoder: Encoder) -> None:
    name = f"{source.name}, {encoder.name}"
    with tqdm(total=source.count, desc=name, unit="", disable=not sys.stderr.isatty()) as bar:

        def report(done: int, count: int) -> None:
            bar.update(done - bar.n)

        found = frozen_features(source, encoder, report=report)
    numbers = f"{found.shape[0]:,} x {found.shape[1]} numbers"
    print(f"{name}: {numbers} in {place_of(source, encoder)}")


if __name__ == "__main__":
    sys.exit(main())
