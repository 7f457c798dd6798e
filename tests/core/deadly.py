"""A lesson that other processes import: it notes what it trained, and kills who trains it."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import pandas as pd
import torch

import mtlkit.core.config as base
from mtlkit.core.lesson import Dataset, Lesson, Snapshot
from mtlkit.core.result import Result, concatenated
from mtlkit.core.study import Setting, Study, Tables

LESSON = Lesson(
    name="deadly",
    number=97,
    title="Deadly",
    summary="",
    source="nobody",
    default_data="generated",
    source_data=("generated",),
    minutes=1,
    package="tests.core.deadly",
)

FOLDER = "MTLKIT_DEADLY_FOLDER"
"""Names the folder of the notes."""

SIZES, SEEDS = (1, 2, 3), 7


@attrs.frozen(kw_only=True)
class Config(base.Config):
    """What is computed, and whom it kills: nobody, the first to try, each, each of a stack."""

    size: int = base.setting(base.Whole(1, 100), 1, "a factor")
    kills: str = base.setting(base.Choice(("nobody", "first", "each", "stacks")), "nobody", "whom")
    most: int = base.setting(base.Whole(1, 100), 100, "seeds that the memory holds")

    PRESETS = {"smoke": {}, "lesson": {}}  # noqa: RUF012


def dataset(config: Config) -> Dataset:
    return Dataset("generated")


def cost(config: Config) -> float:
    return float(config.size)


def train(
    config: Config, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    if len(seeds) > config.most:
        raise MemoryError
    yield Snapshot(0.5, "deadly", 1, 2, tuple(seeds), {})
    for place, seed in enumerate(seeds):
        if place == 1 or len(seeds) == 1:
            _kill(config, seeds)
        value = config.size + torch.rand((), generator=torch.Generator().manual_seed(seed)).item()
        tables = {"values": pd.DataFrame({"seed": [seed], "value": [value]})}
        yield Result("deadly", config.as_dict(), (seed,), tables, {}, {"seconds": 0.25})
        # Whoever asks for more has kept it.
        (Path(os.environ[FOLDER]) / f"{config.size}.{seed}.{os.urandom(4).hex()}").touch()


def _kill(config: Config, seeds: Sequence[int]) -> None:
    if config.kills == "first":
        try:
            (Path(os.environ[FOLDER]) / "killed").touch(exist_ok=False)
        except FileExistsError:
            return
    if config.kills in ("first", "each") or (config.kills == "stacks" and len(seeds) > 1):
        os.kill(os.getpid(), signal.SIGKILL)


combine = concatenated


def trained() -> Counter[tuple[int, int]]:
    """How often each size and seed was trained to its end and kept."""
    names = [path.name.split(".") for path in Path(os.environ[FOLDER]).glob("*.*")]
    return Counter((int(size), int(seed)) for size, seed, *_ in names)


def study(kills: str = "nobody", most: int = 100, seeds: int = SEEDS) -> Study:
    """Its second setting kills."""

    def settings(scale: str) -> list[Setting]:
        found = []
        for size in SIZES:
            own = kills if size == 2 else "nobody"
            config = Config.preset(scale, size=size, kills=own, most=most)
            found.append(Setting(config, seeds, {"size": size}))
        return found

    return Study("sizes", "Sizes", "Bigger?", "nobody", settings, _values, 0.0)


def _values(tables: Tables) -> pd.DataFrame:
    return tables["values"]


STUDIES = {"sizes": study()}
CLAIMS = ()


@attrs.frozen(kw_only=True)
class InMemory(Lesson):
    """The lesson with studies of one's own."""

    own: Mapping[str, Study] = attrs.field(eq=False)

    @property
    def studies(self) -> Mapping[str, Study]:
        return self.own


def lesson(*studies: Study) -> InMemory:
    """The lesson with these studies."""
    told = attrs.asdict(LESSON, recurse=False)
    return InMemory(**told, own={study.name: study for study in studies})
