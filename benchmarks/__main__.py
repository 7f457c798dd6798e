"""Run every benchmark and print a table: `make bench`."""

from __future__ import annotations

import platform

import torch

from benchmarks import stacked_training
from benchmarks.timing import HEADER


def main() -> None:
    """Measure, a row at a time."""
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}")
    print("one thread; stacked training (ours) against a plain loop with fused Adam (theirs)")
    print(HEADER)
    for ratio in stacked_training.measure():
        print(ratio.line(), flush=True)


if __name__ == "__main__":
    main()
