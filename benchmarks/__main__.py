"""Run the benchmarks, print tables and keep the rows: `make bench`, or some by name."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import torch

from benchmarks.record import Benchmark, run
from mtlkit.core.paths import results_root, writable_folder
from mtlkit.errors import UsageError


def _explorer(lesson: str, case: str) -> Benchmark:
    return Benchmark(
        f"The Explorer of lesson {lesson}",
        "Its Explorer in JupyterLab (ours), a bare interact that redraws at the end (theirs), "
        "and its page of the report, in Chromium.",
        "explorer",
        case,
        threads=None,
    )


BENCHMARKS: Mapping[str, Benchmark] = {
    "stacked_training": Benchmark(
        "Many seeds at once",
        "Lesson 01's network, all seeds stacked (ours), against a plain loop over the seeds with "
        "fused Adam (theirs).",
        "stacked_training",
    ),
    "peers": Benchmark(
        "Against other libraries",
        "Lesson 01's problem with learned task weights over ten seeds, stacked (ours), or seed by "
        "seed as TorchJD and LibMTL train it (theirs). All have the same networks, start and "
        "batches, and are timed only once their learned uncertainties agree. LibMTL's last package "
        "is of 2021; its own files run beside today's torch with three small adaptations around "
        "them.",
        "peers",
        packages=("torchjd", "LibMTL"),
    ),
    "matmul_peak": Benchmark(
        "Share of the machine’s peak",
        "How much of the fastest matrix product that was measured here stacked training reaches.",
        "matmul_peak",
    ),
    "growth": Benchmark(
        "How cost grows",
        "Seconds and memory of stacked training by replicas, tasks, points and epochs.",
        "growth",
    ),
    "gpu_replicas": Benchmark(
        "On a GPU",
        "Stacked training (ours) against a plain loop over the seeds (theirs), both on the GPU.",
        "gpu_replicas",
    ),
    "noisy_digits": Benchmark(
        "Lesson 02 at the size of MNIST",
        "All seeds at once (ours), a plain loop (theirs).",
        "noisy_digits",
    ),
    "sharing": Benchmark(
        "Lesson 03’s live default",
        "All seeds at once (ours), a plain loop (theirs).",
        "sharing",
    ),
    "expert_dispatch": Benchmark(
        "Experts of lesson 04",
        "Experts called where they are used, as a share of the time of calling all.",
        "expert_dispatch",
    ),
    "retrieval_losses": Benchmark(
        "Losses of lesson 07",
        "A loss forwards and backwards (ours), pytorch-metric-learning's (theirs).",
        "retrieval_losses",
        packages=("pytorch-metric-learning",),
    ),
    "retrieval_metrics": Benchmark(
        "Metrics of lessons 07 and 08",
        "Exact retrieval metrics in blocks (ours), torchmetrics (theirs).",
        "retrieval_metrics",
        packages=("torchmetrics",),
    ),
    "synthesis": Benchmark(
        "Lesson 09’s live default",
        "All seeds at once (ours), a plain loop (theirs).",
        "synthesis",
    ),
    "zero_shot_metrics": Benchmark(
        "Metrics of lesson 09",
        "The exact sweep over the bias (ours), 20 samples of it (theirs).",
        "zero_shot_metrics",
    ),
    "start_up": Benchmark(
        "Start-up",
        "A fresh process, from its start to its end.",
        "start_up",
        threads=None,
    ),
    "explorer": _explorer("01", "explorer"),
    "explorer_digits": _explorer("02", "explorer_digits"),
    "explorer_sharing": _explorer("03", "explorer_sharing"),
    "explorer_gated": _explorer("04", "explorer_gated"),
    "explorer_retrieval": _explorer("07", "explorer_retrieval"),
    "explorer_weighted_retrieval": _explorer("08", "explorer_weighted_retrieval"),
    "explorer_synthesis": _explorer("09", "explorer_synthesis"),
    "make_targets": Benchmark(
        "Building and testing all",
        "`make report` and `make test` once everything is set up.",
        "make_targets",
        threads=None,
        named_only=True,
    ),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)), metavar="[NAME]...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that gets NAME.json; results/benchmarks otherwise.",
)
def main(names: tuple[str, ...], out: Path | None) -> None:
    """Measure all benchmarks, or those named; each rewrites its own file alone."""
    try:
        folder = writable_folder(out or results_root() / "benchmarks")
    except UsageError as error:
        sys.exit(f"benchmarks: {error}")
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}")
    asked = names or [name for name, one in BENCHMARKS.items() if not one.named_only]
    failed = [name for name in asked if not _ran(name, folder)]
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def _ran(name: str, folder: Path) -> bool:
    """Whether it could be measured; if not, what is missing is said and the others go on."""
    try:
        run(name, BENCHMARKS[name], folder)
    except (UsageError, ImportError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    main()
