"""A run in parts: strategies trained in turn, and their tables dealt out to the seeds."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd

from mtlkit.core.config import Config
from mtlkit.core.generators import mapped
from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result


@attrs.frozen(eq=False)
class Part:
    """What one strategy leaves.

    Parameters
    ----------
    tables
        Tables of all seeds, each with a column `seed`; every part has the same ones.
    arrays
        Named arrays of each seed; the names differ from part to part.
    """

    tables: Mapping[str, pd.DataFrame]
    arrays: Mapping[int, Mapping[str, np.ndarray[Any, Any]]] = attrs.field(factory=dict)


def train_in_turn(
    lesson: str,
    config: Config,
    seeds: Sequence[int],
    costs: Mapping[str, float],
    train_part: Callable[[str], Generator[Snapshot, None, Part]],
) -> Iterator[Snapshot | Result]:
    """Train one part after the other; yield snapshots and, at last, one result per seed.

    Parameters
    ----------
    costs
        The parts in their order, and the work of each in any unit.
    train_part
        From a part's name to its training, whose snapshots count its own progress from 0 to 1.
    """
    started = time.perf_counter()
    done, total = 0.0, sum(costs.values())
    parts: list[Part] = []
    for name, cost in costs.items():
        scale = functools.partial(_scaled, done=done / total, share=cost / total)
        parts.append((yield from mapped(train_part(name), scale)))
        done += cost
    seconds = round((time.perf_counter() - started) / len(seeds), 3)
    for seed in seeds:
        yield Result(
            lesson=lesson,
            config=config.as_dict(),
            seeds=(seed,),
            tables={name: _of_seed(parts, name, seed) for name in parts[0].tables},
            arrays={key: a for part in parts for key, a in part.arrays.get(seed, {}).items()},
            provenance={"seconds": seconds},
        )


def _scaled(snapshot: Snapshot, done: float, share: float) -> Snapshot:
    """A part's snapshot with its progress counted in the whole run."""
    return attrs.evolve(snapshot, progress=done + share * snapshot.progress)


def _of_seed(parts: Sequence[Part], name: str, seed: int) -> pd.DataFrame:
    tables = [part.tables[name] for part in parts]
    mine = [table[table["seed"] == seed] for table in tables]
    # pandas frowns on concatenating empty tables, whose columns have no types to agree on.
    filled = [table for table in mine if len(table)] or mine[:1]
    return pd.concat(filled, ignore_index=True)
