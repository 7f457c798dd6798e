"""How much of the machine's matrix-product peak stacked training reaches: a roofline.

The roof is the fastest product of two square matrices in float32, and, to the left of its edge,
what main memory can feed: bandwidth times arithmetic intensity. Work that stays in the caches can
lie above the slope.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import torch

from benchmarks.stacked_training import BATCH, TASKS, stacked, steps_of
from benchmarks.timing import Curve, Spread, timed

SIZES = (256, 512, 1024, 2048)
REPLICAS = (1, 10, 100)
WIDTHS = (32, 64, 128, 256, 512)
COPIED = 2**28
"""Bytes: far more than any cache holds."""
TURNS = 5


@attrs.frozen
class Work:
    """What a training step of lesson 01's network must do for one replica."""

    width: int
    tasks: int = TASKS
    batch: int = BATCH

    @property
    def flops(self) -> int:
        """Multiplications and additions of its matrix products.

        A layer's product is asked for three times: forwards, for the weights' gradient and for the
        input's. The first layer's input needs none.
        """
        first, hidden = self.width, self.tasks * self.width * self.width
        output = self.tasks * self.width
        return 2 * self.batch * (2 * first + 3 * hidden + 3 * output)

    @property
    def moved(self) -> int:
        """Bytes that go to and from memory if no cache helps.

        Ten times each parameter: read forwards and backwards, its gradient written, and seven by
        Adam, which reads four arrays and writes three. Ten times each activation: its product
        written; read and written by ReLU; read by the next product; its gradient written; it and
        the activation read and another written by ReLU; and that read by two products.
        """
        activations = self.batch * self.width * (1 + self.tasks)
        head = self.width * self.width + 2 * self.width + 1
        parameters = 2 * self.width + self.tasks * head
        return 4 * 10 * (activations + parameters)

    @property
    def intensity(self) -> float:
        """FLOP a byte."""
        return self.flops / self.moved


def measure() -> Iterator[Spread | Curve]:
    """Peak and bandwidth, each number of replicas' share of the peak, then the roofline."""
    torch.set_num_threads(1)
    peak, bandwidth = fastest_product(), memory_bandwidth()
    yield peak
    yield bandwidth
    reached = [speeds(replicas) for replicas in REPLICAS]
    for curve in reached:
        yield share_of(peak, curve)
    yield roof(peak, bandwidth)
    yield from reached


def fastest_product() -> Spread:
    """GFLOP/s of the size at which the median is highest."""
    found = []
    for size in SIZES:
        left, right, out = (torch.randn(size, size) for _ in range(3))
        calls = max(1, (1024 // size) ** 3)

        def work(left=left, right=right, out=out, calls=calls) -> None:
            for _ in range(calls):
                torch.mm(left, right, out=out)

        rates = [2e-9 * size**3 * calls / seconds for seconds in timed(work, TURNS)]
        found.append(Spread(f"product of {size} x {size}", rates, unit="GFLOP/s"))
    return max(found, key=lambda spread: spread.median)


def memory_bandwidth() -> Spread:
    """GB/s that a copy reads and writes."""
    here = torch.ones(COPIED // 4)
    there = torch.empty_like(here)
    rates = [2e-9 * COPIED / seconds for seconds in timed(lambda: there.copy_(here), TURNS)]
    return Spread("memory, read and written", rates, unit="GB/s")


def speeds(replicas: int) -> Curve:
    """GFLOP/s of stacked training, a point a width, by arithmetic intensity."""
    rows = []
    for width in WIDTHS:
        steps = steps_of(replicas, width)
        flops = Work(width).flops * replicas * steps
        seconds = timed(stacked(replicas, width, steps), TURNS)
        rows.append(sorted(1e-9 * flops / each for each in seconds))
    return Curve(
        replicas_in_words(replicas),
        "arithmetic intensity, FLOP/byte",
        "GFLOP/s",
        [Work(width).intensity for width in WIDTHS],
        [row[TURNS // 2] for row in rows],
        [row[0] for row in rows],
        [row[-1] for row in rows],
    )


def share_of(peak: Spread, reached: Curve) -> Curve:
    """The same by width, in per cent of the peak."""

    def per_cent(rates: tuple[float, ...]) -> list[float]:
        return [100 * rate / peak.median for rate in rates]

    return Curve(
        reached.name,
        "width",
        "share of the peak, %",
        WIDTHS,
        per_cent(reached.y),
        per_cent(reached.low),
        per_cent(reached.high),
        log_y=False,
    )


def roof(peak: Spread, bandwidth: Spread) -> Curve:
    """What the machine could do at an arithmetic intensity."""
    edge = peak.median / bandwidth.median
    ends = [Work(WIDTHS[0]).intensity / 2, Work(WIDTHS[-1]).intensity * 2]
    x = sorted({*ends, edge})
    y = [min(peak.median, bandwidth.median * at) for at in x]
    return Curve("the roof", "arithmetic intensity, FLOP/byte", "GFLOP/s", x, y, y, y)


def replicas_in_words(replicas: int) -> str:
    return "1 replica" if replicas == 1 else f"{replicas} replicas"
