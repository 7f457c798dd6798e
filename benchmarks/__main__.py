"""Run the benchmarks and print a table: `make bench`, or some by name."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable

import torch

from benchmarks.timing import HEADER, SPREAD_HEADER, Ratio, Spread


def main(names: list[str]) -> None:
    """Measure, a row at a time."""
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}")
    if not names or "stacked_training" in names:
        stacked_training()
    if not names or "noisy_digits" in names:
        noisy_digits()
    if not names or "expert_dispatch" in names:
        expert_dispatch()
    if not names or "sharing" in names:
        sharing()
    if not names or "retrieval_losses" in names:
        retrieval_losses()
    if not names or "retrieval_metrics" in names:
        retrieval_metrics()
    if not names or "zero_shot_metrics" in names:
        zero_shot_metrics()
    if not names or "synthesis" in names:
        synthesis()
    for name in (
        "explorer",
        "explorer_digits",
        "explorer_sharing",
        "explorer_gated",
        "explorer_retrieval",
        "explorer_weighted_retrieval",
        "explorer_synthesis",
    ):
        if not names or name in names:
            explorer(name)


def stacked_training() -> None:
    """One thread."""
    from benchmarks import stacked_training

    print("one thread; stacked training (ours) against a plain loop with fused Adam (theirs)")
    print(HEADER)
    for ratio in stacked_training.measure():
        print(ratio.line(), flush=True)


def noisy_digits() -> None:
    """One thread, or a GPU where there is one."""
    from benchmarks import noisy_digits

    torch.set_num_threads(1)
    print("lesson 02 at the size of MNIST: all seeds at once (ours), a plain loop (theirs)")
    print(HEADER)
    for place, row in enumerate(noisy_digits.measure()):
        if place == 1:
            print(SPREAD_HEADER)
        print(row.line(), flush=True)


def expert_dispatch() -> None:
    """One thread, or a GPU where there is one."""
    from benchmarks import expert_dispatch

    print("experts called where they are used, as a share of the time of calling all; lesson 04")
    _mixed(expert_dispatch.measure())


def sharing() -> None:
    """One thread."""
    from benchmarks import sharing

    print("lesson 03's live default: all seeds at once (ours), a plain loop (theirs)")
    _mixed(sharing.measure())


def retrieval_losses() -> None:
    """One thread."""
    from benchmarks import retrieval_losses

    print("a loss forwards and backwards (ours), pytorch-metric-learning's (theirs); lesson 07")
    _mixed(retrieval_losses.measure())


def retrieval_metrics() -> None:
    """One thread."""
    from benchmarks import retrieval_metrics

    print("exact retrieval metrics in blocks (ours), torchmetrics (theirs); lessons 07 and 08")
    _mixed(retrieval_metrics.measure())


def zero_shot_metrics() -> None:
    """One thread."""
    from benchmarks import zero_shot_metrics

    print("the exact sweep over the bias (ours), 20 samples of it (theirs); lesson 09")
    _mixed(zero_shot_metrics.measure())


def synthesis() -> None:
    """One thread."""
    from benchmarks import synthesis

    print("lesson 09's live default: all seeds at once (ours), a plain loop (theirs)")
    _mixed(synthesis.measure())


def _mixed(rows: Iterable[Ratio | Spread]) -> None:
    """Both kinds of rows, measured with one thread; a header where the kind changes."""
    torch.set_num_threads(1)
    last: type | None = None
    for row in rows:
        if type(row) is not last:
            print(HEADER if isinstance(row, Ratio) else SPREAD_HEADER)
        last = type(row)
        print(row.line(), flush=True)


def explorer(name: str) -> None:
    """In JupyterLab, in Chromium, with one thread for the training."""
    from benchmarks import explorer

    case = explorer.CASES[name]
    print(f"{case.lesson} explored in JupyterLab, and its page of the report, in Chromium")
    print(SPREAD_HEADER)
    ratios = []
    for row in explorer.measure(case):
        if isinstance(row, Ratio):
            ratios.append(row)
        else:
            print(row.line(), flush=True)
    print("a bare interact that redraws at the end (theirs) against the Explorer (ours)")
    print(HEADER)
    for row in ratios:
        print(row.line())


if __name__ == "__main__":
    main(sys.argv[1:])
