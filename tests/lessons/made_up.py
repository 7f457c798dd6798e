"""Study tables that say what a test wants them to say."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd

from mtlkit.core.claim import Claim
from mtlkit.core.verdict import Verdict, judge


@attrs.frozen(eq=False)
class Pack:
    """A study as claims read it."""

    study: str
    table: pd.DataFrame
    data: str = "made up"
    scale: str = "lesson"


def table(
    names: Mapping[str, Sequence[Any]],
    column: str,
    value: Callable[..., float],
    seeds: int = 5,
    deviation: float = 0.01,
) -> pd.DataFrame:
    """A row for each combination and seed: `value(**combination)` and a little noise.

    A value of one seed is noisy in its own way, the same whatever the rows stand beside.
    """
    rows = []
    for combination in itertools.product(*names.values()):
        named = dict(zip(names, combination, strict=True))
        for seed in range(seeds):
            noise = np.random.default_rng([seed, len(rows)]).normal()
            rows.append({**named, "seed": seed, column: value(**named) + deviation * noise})
    return pd.DataFrame(rows)


def verdict(claim: Claim, rows: pd.DataFrame) -> Verdict:
    """The claim judged on such a table."""
    assert claim.study is not None
    return judge(claim, Pack(claim.study, rows), ())
