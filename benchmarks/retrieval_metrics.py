"""Ranks and average precisions against torchmetrics; memory and growth with the gallery.

Both sides start from embeddings of five captions an image and end at one number. torchmetrics gets
all scores as one list; it takes those of 0 and less for irrelevant, so it is given scores + 100.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import torch
from torch import Tensor
from torchmetrics.retrieval import RetrievalHitRate, RetrievalMAP
from torchmetrics.retrieval.base import RetrievalMetric

from benchmarks.timing import Ratio, Spread, compare, timed
from mtlkit.metrics.retrieval import (
    average_precisions,
    best_ranks,
    mean_average_precision,
    recall_at,
)

FEATURES, CLASSES, K = 128, 20, 10
SIZES = ((1000, 5000), (5000, 25_000))
WHOLE = 25_000, 125_000
FEW, GALLERIES = 500, (5000, 25_000, 125_000)
SAMPLE = 12_500_000
"""Scores measured beside torchmetrics, at most: it goes through queries one by one."""


@attrs.frozen(eq=False)
class Task:
    """Queries and items, by caption (five an image) or by class."""

    queries: Tensor
    gallery: Tensor
    of: Tensor
    to: Tensor

    @classmethod
    def of_size(cls, queries: int, items: int, by_class: bool = False) -> Task:
        """Drawn at random; a class has a twentieth of the items."""
        g = torch.Generator().manual_seed(0)
        x = torch.randn(queries, FEATURES, generator=g)
        y = torch.randn(items, FEATURES, generator=g)
        of, to = torch.arange(queries), torch.arange(items) // 5
        return cls(x, y, of % CLASSES, to % CLASSES) if by_class else cls(x, y, of, to)

    def first(self, queries: int) -> Task:
        """Its first queries, and all items."""
        return attrs.evolve(self, queries=self.queries[:queries], of=self.of[:queries])

    def recall(self) -> float:
        """Ours."""
        ranks = best_ranks(self.queries, self.gallery, self.of, self.to)
        return recall_at(ranks, K, len(self.gallery))

    def precision(self) -> float:
        """Ours."""
        found = average_precisions(self.queries, self.gallery, self.of, self.to)
        return mean_average_precision(found)

    def peer(self, metric: RetrievalMetric) -> float:
        """Theirs."""
        scores = self.queries @ self.gallery.T + 100
        relevant = self.of[:, None] == self.to
        indexes = torch.arange(len(scores)).repeat_interleave(len(self.gallery))
        metric.update(scores.flatten(), relevant.flatten(), indexes=indexes)
        return metric.compute().item()


MEASURES: dict[str, tuple[bool, Callable[[], RetrievalMetric], Callable[[Task], float]]] = {
    f"recall@{K}": (False, lambda: RetrievalHitRate(top_k=K), Task.recall),
    "MAP, 5 captions": (False, RetrievalMAP, Task.precision),
    f"MAP, {CLASSES} classes": (True, RetrievalMAP, Task.precision),
}


def measure() -> Iterator[Ratio | Spread]:
    """Time against torchmetrics, agreement, then growth and memory."""
    differences = []
    for queries, items in SIZES:
        for name, (by_class, metric, ours) in MEASURES.items():
            whole = Task.of_size(queries, items, by_class)
            part = whole.first(SAMPLE // items)
            said = f"{name}, {len(part.queries)} of {queries} x {items}"
            yield compare(
                said, lambda p=part, m=metric: p.peer(m()), lambda p=part, o=ours: o(p), turns=3
            )
            differences.append((said, abs(part.peer(metric()) - ours(part))))
    for name, difference in differences:
        yield Spread(f"{name}: difference", [difference], 1e-6, "absolute")
    for items in GALLERIES:
        task = Task.of_size(FEW, items)
        for name, work in (("recall", task.recall), ("precision", task.precision)):
            nanoseconds = [1e9 * t / (FEW * items) for t in timed(work, 3)]
            yield Spread(f"{name}, {FEW} x {items}: a score", nanoseconds, unit="ns")
    for name in ("recall", "precision"):
        for queries, items in SIZES:
            yield from alone(name, queries, items)
    yield from alone("recall", *WHOLE)


def alone(name: str, queries: int, items: int) -> Iterator[Spread]:
    """In a process of its own: seconds, and what the peak of memory rises by."""
    code = f"from benchmarks.retrieval_metrics import report; report({name!r}, {queries}, {items})"
    root = Path(__file__).parents[1]
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root
    ).stdout
    seconds, megabytes = (float(number) for number in said.split())
    label = f"{name}, {queries} x {items}"
    yield Spread(label, [seconds], 60 if (queries, items) == WHOLE else None)
    yield Spread(f"{label}: peak above embeddings", [megabytes], unit="MB")


def report(name: str, queries: int, items: int) -> None:
    """Print seconds and megabytes of one measurement; Linux."""
    torch.set_num_threads(1)
    task = Task.of_size(queries, items, by_class=name == "precision")
    measure = {"recall": Task.recall, "precision": Task.precision}[name]
    measure(Task.of_size(200, 400))  # what is loaded at first use
    before, started = _peak(), time.perf_counter()
    measure(task)
    print(time.perf_counter() - started, _peak() - before)


def _peak() -> float:
    """The most memory this process has held, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
