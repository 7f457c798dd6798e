"""Running a benchmark, printing its rows as they come, and keeping them with their machine."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import attrs
import torch

from benchmarks.timing import Row
from mtlkit.core.measurement import Machine, Measurement


@attrs.frozen
class Benchmark:
    """One of those that `python -m benchmarks` knows.

    Parameters
    ----------
    title, sentence
        A heading, and what is compared with what.
    module
        In this package; its `measure` yields rows.
    case
        What `measure` is called with, if with anything: a name in the module's `CASES`.
    threads
        Torch's; None if the work is done in other processes.
    named_only
        Whether it runs only if it is asked for.
    packages
        What it measures beside torch, whose versions are kept too.
    """

    title: str
    sentence: str
    module: str
    case: str = ""
    threads: int | None = 1
    named_only: bool = False
    packages: tuple[str, ...] = ()

    def rows(self) -> Iterator[Row]:
        """Measure, a row at a time."""
        module = importlib.import_module(f"benchmarks.{self.module}")
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        yield from module.measure(*([module.CASES[self.case]] if self.case else []))


def run(name: str, benchmark: Benchmark, folder: Path) -> None:
    """Measure, print, and write `folder/NAME.json` once all is there.

    A benchmark without rows (such as one of a GPU where there is none) leaves an older file alone.
    """
    print(f"\n{name}: {benchmark.sentence}", flush=True)
    rows: list[Row] = []
    for row in benchmark.rows():
        if not rows or type(row) is not type(rows[-1]):
            print(row.header)
        print(row.line(), flush=True)
        rows.append(row)
    if not rows:
        print("no row, so no file is written")
        return
    file = Measurement(
        name=name,
        title=benchmark.title,
        sentence=benchmark.sentence,
        rows=rows,
        machine=machine(),
        versions={
            "Python": platform.python_version(),
            **{package: version(package) for package in ("torch", *benchmark.packages)},
        },
        threads=benchmark.threads,
        date=datetime.now(UTC).date().isoformat(),
    ).write(folder)
    print(f"written: {file}")


def machine() -> Machine:
    """This one, in words that say nothing of whose it is."""
    affinity = getattr(os, "sched_getaffinity", None)
    return Machine(
        processor=_processor(),
        cores=len(affinity(0)) if affinity else os.cpu_count() or 1,
        memory_gib=_memory() / 2**30,
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else "",
    )


def _processor() -> str:
    """Its model, where Linux tells it; else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _memory() -> int:
    """Bytes of main memory; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
