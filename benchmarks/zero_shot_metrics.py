"""The exact sweep over the calibration bias against 20 samples of it: time, memory, agreement.

The size is that of MIT-States' test part: about 13,000 pictures and 2,000 compositions.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import torch
from torch import Tensor

from benchmarks.timing import Ratio, Spread, compare, timed
from mtlkit.metrics.zero_shot import Curve, generalised

PICTURES, COMPOSITIONS, UNSEEN = 13_000, 2000, 0.3
PLACES = 1, 2, 3
SEEDS = 3
FAR = 1e3
"""A bias with which no seen composition can win."""
JUST = 1e-4
"""How far below a picture's breakpoint its bias is sampled."""


@attrs.frozen(eq=False)
class Task:
    """Scores of pictures, with all compositions as candidates."""

    scores: Tensor
    labels: Tensor
    seen: Tensor

    @classmethod
    def drawn(cls, pictures: int, seed: int = 0) -> Task:
        """Noise, plus something for the label that differs by picture, and 1 for what is seen."""
        g = torch.Generator().manual_seed(seed)
        labels = torch.randint(COMPOSITIONS, (pictures,), generator=g)
        seen = torch.rand(COMPOSITIONS, generator=g) >= UNSEEN
        scores = torch.randn(pictures, COMPOSITIONS, generator=g) + seen
        scores[torch.arange(pictures), labels] += 1 + 2 * torch.rand(pictures, generator=g)
        return cls(scores, labels, seen)

    def exact(self, k: int) -> Curve:
        """Ours."""
        return generalised(self.scores, self.labels, self.seen, torch.ones_like(self.seen), k)

    def sampled(self, k: int, samples: int = 20) -> float:
        """The area that the usual evaluator finds."""
        return area_sampled(self.scores, self.labels, self.seen, k, samples)


def area_sampled(
    scores: Tensor, labels: Tensor, seen: Tensor, k: int = 1, samples: int = 20
) -> float:
    """The area under the curve from about so many values of the bias, one after the other.

    As evaluators do that follow Purushwalkam et al., 2019: for the unseen pictures that are right
    with a large bias, the k-th highest seen score less that of the label is the bias to try, less a
    little; these are sorted, and every n-th is taken. The last point is that of the large bias. For
    k = 1 that difference is the picture's breakpoint; for others it lies below where an unseen
    composition is before the label.
    """
    of_seen = seen[labels]

    def hits(bias: float) -> Tensor:
        first = (scores + bias * ~seen).topk(k, 1).indices
        return (first == labels[:, None]).any(1)

    right = hits(FAR) & ~of_seen
    level = scores[right][:, seen].topk(k, 1).values[:, -1]
    differences = (level - scores[right, labels[right]]).sort().values - JUST
    step = max(len(differences) // samples, 1)
    points = [hits(bias) for bias in [*differences[::step].tolist(), FAR]]
    seen_accuracy = torch.stack([found[of_seen].double().mean() for found in points])
    unseen_accuracy = torch.stack([found[~of_seen].double().mean() for found in points])
    return float(torch.trapezoid(seen_accuracy, unseen_accuracy))


def measure() -> Iterator[Ratio | Spread]:
    """Time against 20 samples, what these miss, and time and memory of the exact sweep alone."""
    size = f"{PICTURES} x {COMPOSITIONS}"
    task = Task.drawn(PICTURES)
    for k in PLACES:
        said = f"top {k}, {size}"
        yield compare(said, lambda k=k: task.sampled(k), lambda k=k: task.exact(k).area, turns=5)
    exact, missed = {k: [] for k in PLACES}, {k: [] for k in PLACES}
    for seed in range(SEEDS):
        drawn = Task.drawn(PICTURES, seed)
        for k in PLACES:
            area = drawn.exact(k).area
            exact[k].append(100 * area)
            missed[k].append(100 * (drawn.sampled(k) / area - 1))
    for k in PLACES:
        yield Spread(f"top {k}, {SEEDS} draws: exact area", exact[k], unit="%")
        yield Spread(f"top {k}: 20 samples, relative to it", missed[k], unit="%")
    for k in PLACES:
        yield Spread(f"top {k}, {size}", timed(lambda k=k: task.exact(k), 5), 5)
    yield alone()


def alone() -> Spread:
    """In a process of its own: what the peak of memory rises by."""
    code = "from benchmarks.zero_shot_metrics import report; report()"
    root = Path(__file__).parents[1]
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root
    ).stdout
    return Spread("all three: peak above the scores", [float(said)], unit="MB")


def report() -> None:
    """Print megabytes; Linux."""
    torch.set_num_threads(1)
    task = Task.drawn(PICTURES)
    Task.drawn(100).exact(1)  # what is loaded at first use
    Path("/proc/self/clear_refs").write_text("5")  # the peak of drawing is forgotten
    before = _peak()
    for k in PLACES:
        task.exact(k)
    print(_peak() - before)


def _peak() -> float:
    """The most memory this process has held, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
