"""The exercise of lesson 09: the exact sweep solves it, and mistakes are told."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from mtlkit.exercises import check_turning_bias
from mtlkit.metrics.zero_shot import thresholds

Answer = Callable[[list[float], list[bool], int], object]


def by_sweep(scores: list[float], seen: list[bool], label: int) -> float:
    (found,) = thresholds(
        torch.tensor([scores]),
        torch.tensor([label]),
        torch.tensor(seen),
        torch.ones(len(seen), dtype=torch.bool),
    )
    return float(found)


def test_the_exact_sweep_solves_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_turning_bias(by_sweep)
    assert capsys.readouterr().out == "Right, in all 6 cases.\n"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda scores, seen, label: None,
        lambda scores, seen, label: math.nan,
        lambda scores, seen, label: 0.0,
        lambda scores, seen, label: -by_sweep(scores, seen, label),
        lambda scores, seen, label: by_sweep(scores, seen, label) + 0.01,
        # As if the label were always the best of its own group.
        lambda scores, seen, label: (
            (1 if seen[label] else -1)
            * (
                scores[label]
                - max(s for s, k in zip(scores, seen, strict=True) if k != seen[label])
            )
        ),
    ],
)
def test_mistakes_are_told(wrong: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    assert not check_turning_bias(wrong)
    assert capsys.readouterr().out.startswith("Not yet. scores = [")
