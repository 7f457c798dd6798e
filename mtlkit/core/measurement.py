"""Measured speeds: the rows of a benchmark, and the record that keeps them with their machine.

`python -m benchmarks` writes a record for each benchmark, `results/benchmarks/NAME.json`; the
report's page "How fast it is" is made from these files alone.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs

from mtlkit.core.paths import results_root
from mtlkit.errors import UsageError


def _times(times: Iterable[float | int]) -> tuple[float, ...]:
    return tuple(map(float, times))


@attrs.frozen
class Ratio:
    """How many times as fast ours is: the median over neighbouring turns, and their range.

    Parameters
    ----------
    name
        What both do.
    theirs_seconds, ours_seconds
        Median of each.
    ratio, least, most
        Theirs over ours, turn by turn: median and range.
    goal
        What the median should reach; None where none was set.
    at
        Where it stands in a grid of settings, such as `{"replicas": 10, "width": 64}`.
    """

    name: str
    theirs_seconds: float
    ours_seconds: float
    ratio: float
    least: float
    most: float
    goal: float | None = None
    at: Mapping[str, float | int] = attrs.field(factory=dict, converter=dict)

    header: ClassVar[str] = f"{'what':44} {'theirs/ms':>9} {'ours/ms':>9} {'ratio':>7}"

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        return None if self.goal is None else self.ratio >= self.goal

    def line(self) -> str:
        """One row of a table."""
        return (
            f"{self.name:44} {1e3 * self.theirs_seconds:9.1f} {1e3 * self.ours_seconds:9.1f} "
            f"{self.ratio:6.2f}x  ({self.least:.2f} to {self.most:.2f})"
            + ("" if self.met is not False else f"  below the goal, {self.goal:g}x")
        )


@attrs.frozen
class Spread:
    """Several measurements of one thing, in `unit`, and what their median should stay below."""

    name: str
    values: tuple[float, ...] = attrs.field(converter=_times)
    goal: float | None = None
    unit: str = "s"

    header: ClassVar[str] = f"{'what':52} {'goal':>8} {'median':>8} {'from':>8} {'to':>8}"

    @property
    def median(self) -> float:
        """Of the measurements."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median stays below the goal; None where there is none."""
        return None if self.goal is None else self.median <= self.goal

    def line(self) -> str:
        """One row of a table."""
        goal = "" if self.goal is None else f"{self.goal:g}"
        name = f"{self.name}, {self.unit}" if self.unit else self.name
        told = (self.median, min(self.values), max(self.values))
        return f"{name:52} {goal:>8} " + " ".join(f"{v:8.3g}" for v in told)


@attrs.frozen
class Curve:
    """How one measurement grows: a median, a least and a most for each value of x."""

    name: str
    x_label: str
    y_label: str
    x: tuple[float, ...] = attrs.field(converter=_times)
    y: tuple[float, ...] = attrs.field(converter=_times)
    low: tuple[float, ...] = attrs.field(converter=_times)
    high: tuple[float, ...] = attrs.field(converter=_times)
    log_x: bool = True
    log_y: bool = True

    header: ClassVar[str] = f"{'at':>52} {'':>8} {'median':>8} {'from':>8} {'to':>8}"

    def __attrs_post_init__(self) -> None:
        """Check that there is as much of each."""
        if len({len(self.x), len(self.y), len(self.low), len(self.high)}) != 1:
            raise UsageError(
                f"curve = {self.name}: has {len(self.x)} values of x, {len(self.y)} of y, "
                f"{len(self.low)} of low, {len(self.high)} of high; allowed is as many of each."
            )

    def line(self) -> str:
        """A row a point, below the curve's name."""
        points = zip(self.x, self.y, self.low, self.high, strict=True)
        rows = [f"{x:52g} {'':8} {y:8.3g} {low:8.3g} {high:8.3g}" for x, y, low, high in points]
        return "\n".join([f"{self.name}: {self.y_label} against {self.x_label}", *rows])


Row = Ratio | Spread | Curve

_KINDS: Mapping[str, type[Row]] = {"ratio": Ratio, "spread": Spread, "curve": Curve}


@attrs.frozen
class Machine:
    """What something was measured on, in words.

    Parameters
    ----------
    processor
        Its model.
    cores
        Those that the process could use.
    memory_gib
        Main memory; 0 where the system does not say.
    gpu
        Its name; empty where there is none.
    """

    processor: str
    cores: int
    memory_gib: float
    gpu: str = ""

    def words(self) -> str:
        """One line.

        Examples
        --------
        >>> Machine("AMD EPYC", 2, 15.6).words()
        'AMD EPYC, 2 cores, 16 GiB of memory, no GPU'
        """
        cores = f"{self.cores} core{'' if self.cores == 1 else 's'}"
        memory = [f"{self.memory_gib:.0f} GiB of memory"] if self.memory_gib else []
        return ", ".join([self.processor, cores, *memory, self.gpu or "no GPU"])


@attrs.frozen(kw_only=True)
class Measurement:
    """A benchmark's rows, and what they were measured with.

    Parameters
    ----------
    name
        The benchmark's, as `python -m benchmarks` knows it.
    title, sentence
        A heading, and what is compared with what.
    rows
        In the order they were measured in.
    machine, versions
        Where, and with which versions of Python and the libraries.
    threads
        Torch's; None where the benchmark does its work in other processes.
    date
        Day in UTC, such as 2026-03-04.
    """

    name: str
    title: str
    sentence: str
    rows: tuple[Row, ...] = attrs.field(converter=tuple[Row, ...])
    machine: Machine
    versions: Mapping[str, str] = attrs.field(converter=dict)
    threads: int | None
    date: str

    def write(self, folder: Path) -> Path:
        """Put it into `folder` as JSON, in the place of what was there."""
        kinds = {kind: name for name, kind in _KINDS.items()}
        told = attrs.asdict(self, recurse=False)
        told["machine"] = attrs.asdict(self.machine)
        told["rows"] = [{"kind": kinds[type(row)], **attrs.asdict(row)} for row in self.rows]
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.name}.json"
        new = file.with_suffix(".new")
        new.write_text(text + "\n", encoding="utf-8")
        return new.replace(file)


def read_measurement(file: Path) -> Measurement:
    """A record as `Measurement.write` wrote it.

    Raises
    ------
    UsageError
        If the file is not one.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        rows = tuple(_row(row) for row in told.pop("rows"))
        machine = Machine(**told.pop("machine"))
        return Measurement(rows=rows, machine=machine, **told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"file = {file.name}: is no record of a benchmark ({error}); allowed is what "
            f"`python -m benchmarks {file.stem}` writes."
        ) from None


def measurements(folder: Path | None = None) -> dict[str, Measurement]:
    """Every record of a folder by its name; of `results/benchmarks` if none is given."""
    folder = folder or results_root() / "benchmarks"
    return {file.stem: read_measurement(file) for file in sorted(folder.glob("*.json"))}


def _row(told: dict[str, Any]) -> Row:
    return _KINDS[told.pop("kind")](**told)
