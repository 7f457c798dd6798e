"""Replicas of lesson 01's network trained at once on a GPU, against a loop on the same GPU.

Without CUDA there is nothing to measure.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import torch

from benchmarks.stacked_training import BATCH, TASKS, plain_loop
from benchmarks.timing import Ratio, ratio, turns_of
from mtlkit.core.training import fit
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team

REPLICAS = (1, 3, 10, 30, 100, 300, 1000)
WIDTHS = (64, 512)
LOOPED = 3
"""At most so many of the loop's replicas are timed; it costs the same for each."""
STEPS, EPOCHS = 20, 10
TURNS = 5


def measure() -> Iterator[Ratio]:
    """Every number of replicas at both widths that the GPU has memory for."""
    if not torch.cuda.is_available():
        print("no CUDA GPU is at hand, so replicas on a GPU are not measured")
        return
    device = torch.device("cuda")
    for width, replicas in itertools.product(WIDTHS, REPLICAS):
        if needed(replicas, width) > torch.cuda.mem_get_info(device)[0]:
            print(f"{replicas} replicas of width {width} do not fit into the GPU's memory")
            continue
        yield _compared(replicas, width, device)
        torch.cuda.empty_cache()


def needed(replicas: int, width: int) -> int:
    """Bytes, generously: eight arrays of the parameters, twelve of the widest activations."""
    return 4 * replicas * TASKS * (8 * width * width + 12 * BATCH * width)


def _compared(replicas: int, width: int, device: torch.device) -> Ratio:
    steps, looped = STEPS * EPOCHS, min(replicas, LOOPED)
    loop = waited_for(plain_loop(looped, width, steps, device), device)
    turns = turns_of(loop, waited_for(training(replicas, width, device), device), TURNS)
    timed = f" ({looped} in the loop timed)" if looped < replicas else ""
    return ratio(
        f"{replicas} replicas of width {width}, {steps} steps{timed}",
        [theirs * replicas / looped for theirs, _ in turns],
        [ours for _, ours in turns],
        at={"replicas": replicas, "width": width, "steps": steps},
    )


def training(replicas: int, width: int, device: torch.device) -> Callable[[], None]:
    """The lesson's own program in the course's loop, looks at held-out data included."""
    config = PolynomialConfig.preset(
        "lesson", tasks=TASKS, width=width, batch_size=BATCH, n_train=BATCH * STEPS
    )
    team = Team.of(config, "learned_kendall", range(replicas))
    program = PolynomialProgram(config, "learned_kendall", team, device)

    def work() -> None:
        for _ in fit(program, epochs=EPOCHS):
            pass

    return work


def waited_for(work: Callable[[], None], device: torch.device) -> Callable[[], None]:
    """The same, until the device has done it."""

    def waiting() -> None:
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return waiting
