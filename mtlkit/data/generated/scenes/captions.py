"""Five captions for each scene, with slips at the rates that are asked for."""

from __future__ import annotations

import math

import torch

from mtlkit.core.streams import stream
from mtlkit.data.generated.scenes.layout import Layout
from mtlkit.data.generated.scenes.slips import STRAY_WORDS, misspell
from mtlkit.data.generated.scenes.wording import CHANCES, MOST_WORDS, WORDINGS, Facts

CAPTIONS = 5
"""For each scene, as in MS COCO."""

MOST_STRAY = 16
"""In a caption; a mean of 5 passes it once in a hundred thousand captions."""

_AT_ONCE = 2048
"""Scenes whose random numbers are held together: bounds the memory."""


def caption(
    seed: int, purpose: str, layout: Layout, kind: str, misspelt: float, stray: float
) -> tuple[tuple[str, ...], ...]:
    """The captions of each scene.

    Every word has numbers of its own, which do not depend on the rates: a word that is misspelt at
    a low rate is misspelt in the same way at a higher one, and stray words only ever come in.
    """
    wording, order, strays, slips = (
        stream(seed, f"scenes/{purpose}/{kind}/{part}")
        for part in ("wording", "order", "stray", "slips")
    )
    columns = (layout.objects, layout.relations, layout.backgrounds)
    scenes = [Facts(*each) for each in zip(*(c.tolist() for c in columns), strict=True)]
    found: list[tuple[str, ...]] = []
    for start in range(0, len(scenes), _AT_ONCE):
        facts = [one for one in scenes[start : start + _AT_ONCE] for _ in range(CAPTIONS)]
        chances = torch.rand(len(facts), CHANCES, generator=wording).tolist()
        texts = [
            dict(enumerate(WORDINGS[kind](one, iter(row))))
            for one, row in zip(facts, chances, strict=True)
        ]
        if kind == "tags":
            keys = torch.rand(len(facts), MOST_WORDS, generator=order).tolist()
        else:
            keys = [[(place + 0.5) / len(text) for place in range(MOST_WORDS)] for text in texts]
        if stray:
            rows = torch.rand(len(facts), 1 + 2 * MOST_STRAY, generator=strays).tolist()
            for text, places, row in zip(texts, keys, rows, strict=True):
                for number in range(_poisson(row[0], stray)):
                    text[MOST_WORDS + number] = STRAY_WORDS[int(row[1 + number] * len(STRAY_WORDS))]
                places += row[1 + MOST_STRAY :]
        if misspelt:
            chance = torch.rand(len(facts), MOST_WORDS + MOST_STRAY, 4, generator=slips)
            hit = chance[:, :, 0] < misspelt
            for (row, place), how in zip(hit.nonzero().tolist(), chance[hit].tolist(), strict=True):
                if place in texts[row]:
                    texts[row][place] = misspell(texts[row][place], how[1:])
        lines = [
            " ".join(text[place] for place in sorted(text, key=places.__getitem__))
            for text, places in zip(texts, keys, strict=True)
        ]
        found += [tuple(lines[at : at + CAPTIONS]) for at in range(0, len(lines), CAPTIONS)]
    return tuple(found)


def _poisson(chance: float, mean: float) -> int:
    """The Poisson number at a uniform one: rises with the mean, and is cut at `MOST_STRAY`."""
    share = total = math.exp(-mean)
    for number in range(MOST_STRAY):
        if chance < total:
            return number
        share *= mean / (number + 1)
        total += share
    return MOST_STRAY
