"""What a training on strings leaves: its tables and its arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Shaped

from mtlkit.core.history import History
from mtlkit.core.training import Outcome
from mtlkit.lessons.sharing_architectures.bits import places
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.network import Plan
from mtlkit.lessons.sharing_architectures.program import PARTS, BitsProgram

_NAMES = ["seed", "strategy", "task"]


def tables(
    config: SharingConfig,
    strategy: str,
    program: BitsProgram,
    history: History,
    outcome: Outcome,
) -> dict[str, pd.DataFrame]:
    """One architecture's tables.

    `accuracy`
        Of each task on each part, where the validation error was lowest, and at the end.
    `history`
        What was seen at each look; `epoch` counts training steps.
    `stitches`
        The learned routes where the validation error was lowest: weight of a unit in a stream,
        after a layer; no row without learned routes.
    `runs`
        How each run went, with the network's number of parameters; epochs count looks.
    """
    frame, best, stop = history.frame(), history.at_best(outcome), history.at_stop(outcome)
    accuracy = [
        best[_NAMES].assign(
            split=part,
            accuracy=best[f"accuracy_{part}"],
            loss=best[f"loss_{part}"],
            accuracy_at_end=stop[f"accuracy_{part}"],
        )
        for part in PARTS
    ]
    seen = [f"{what}_{part}" for what in ("accuracy", "loss") for part in PARTS]
    steps = frame["epoch"] * config.steps // config.looks
    return {
        "accuracy": pd.concat(accuracy),
        "history": frame[_NAMES].assign(epoch=steps)[[*_NAMES, "epoch"]].join(frame[seen]),
        "stitches": _stitches(program, strategy, history.replicas["seed"].to_list(), outcome),
        "runs": history.runs(outcome).assign(
            parameters=Plan.of(config, strategy).parameters(config)
        ),
    }


def arrays(
    program: BitsProgram, strategy: str, seeds: Sequence[int], outcome: Outcome
) -> dict[int, Mapping[str, Shaped[np.ndarray, ...]]]:
    """Of each seed, where the validation error was lowest: what each backbone reads.

    `reads_STRATEGY` (backbone, bit) is the root mean square of the first layer's weights from a
    bit; `places` (task, bit) are the bits that each task's labels depend on.
    """
    _restore(program, outcome)
    first = program.network.backbones.banks[0]
    reads = first.get_parameter("weight").detach().square().mean(2).sqrt().cpu()
    read = places(program.config).numpy()
    return {
        seed: {f"reads_{strategy}": reads[row].numpy(), "places": read}
        for row, seed in enumerate(seeds)
    }


def _restore(program: BitsProgram, outcome: Outcome) -> None:
    for name, value in (outcome.best_state or {}).items():
        program.get_parameter(name).data = value


def _stitches(
    program: BitsProgram, strategy: str, seeds: Sequence[int], outcome: Outcome
) -> pd.DataFrame:
    """Of all seeds as they began: what is restored has those too that diverged since."""
    _restore(program, outcome)
    rows = [
        {
            "seed": seed,
            "strategy": strategy,
            "layer": layer,
            "stream": stream + 1,
            "unit": unit + 1,
            "weight": weight[row, stream, unit].item(),
        }
        for layer, weight in program.network.stitches().items()
        for row, seed in enumerate(seeds)
        for stream in range(weight.shape[1])
        for unit in range(weight.shape[2])
    ]
    columns = ["seed", "strategy", "layer", "stream", "unit", "weight"]
    return pd.DataFrame(rows, columns=columns)
