"""What a training of lesson 04 leaves: its tables and its arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Shaped

from mtlkit.core.history import History
from mtlkit.core.training import Outcome
from mtlkit.lessons.gated_experts.config import GatedConfig
from mtlkit.lessons.gated_experts.evaluation import read, selections, shift
from mtlkit.lessons.gated_experts.inputs import families, network_inputs, task_images
from mtlkit.lessons.gated_experts.program import GatedProgram, reading
from mtlkit.metrics.task_structure import (
    adjusted_rand_index,
    gate_correlation,
    within_minus_between,
)
from mtlkit.nn.routing import BernoulliGates, select

EMBEDDED = 3
"""Test pictures of each task whose experts' outputs are kept."""

_NAMES = ["seed", "strategy"]


def tables(
    config: GatedConfig,
    strategy: str,
    program: GatedProgram,
    history: History,
    outcome: Outcome,
    gradients: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """One strategy's tables, all of the end of the training.

    `selections`
        Test accuracy (a share) and loss (nats) of each task with each way of fixing the experts;
        `experts` that it keeps, whether it was `rescued` from keeping none, the `shift` of z (a
        share of z's deviation), and whether this is the way that the strategy is read with.
    `structure`
        Of each gating layer: `mean_k` (expected experts of a task), `rand_index` and
        `within_minus_between` of the gates' correlation against the true families (nan where there
        are none), how many tasks `likely` would leave without an expert.
    `gates`
        The `probability` that a task (with its true `family`, from 1; 0 where nobody knows) uses an
        expert of a layer.
    `costs`
        Parameters of everything, and those that a task alone needs once its experts are fixed
        (mean over tasks); multiplications a picture after it, and in training by one draw of the
        gates, as they are at its end.
    `gradients`
        Signal and noise of the gates' gradient; no row where no gate learns from a score.
    `history`
        What was seen at each look; `epoch` counts training steps.
    `runs`
        How each run went; epochs count looks.
    """
    frame = history.frame()
    seen = ["validation_loss", "validation_accuracy", "density"]
    steps = frame["epoch"] * config.steps // config.looks
    rows = frame[[*_NAMES, "task"]].assign(epoch=steps)
    return {
        "selections": _selections(config, strategy, program),
        "structure": _structure(config, strategy, program),
        "gates": _gates(config, strategy, program),
        "costs": _costs(config, strategy, program),
        "gradients": gradients,
        "history": rows.join(frame[seen]),
        "runs": history.runs(outcome),
    }


def _selections(config: GatedConfig, strategy: str, program: GatedProgram) -> pd.DataFrame:
    seeds, tasks = program.seed.tolist(), config.tasks
    found = []
    for how in selections(program.network):
        seen = read(program, "test", how)
        moved = np.full((len(seeds), tasks), np.nan)
        drawn = isinstance(program.network.gating[0].gates, BernoulliGates)
        if drawn and config.gating_layers == 1:
            moved = shift(program, how).numpy()
        found.append(
            pd.DataFrame(
                {
                    "seed": np.repeat(seeds, tasks),
                    "strategy": strategy,
                    "selection": how,
                    "read": not drawn or how == reading(strategy),
                    "task": np.tile(np.arange(1, tasks + 1), len(seeds)),
                    "accuracy": seen.accuracy.numpy().reshape(-1),
                    "loss": seen.loss.numpy().reshape(-1),
                    "experts": seen.kept.numpy().reshape(-1),
                    "rescued": seen.rescued.numpy().reshape(-1),
                    "shift": moved.reshape(-1),
                }
            )
        )
    return pd.concat(found, ignore_index=True)


def _structure(config: GatedConfig, strategy: str, program: GatedProgram) -> pd.DataFrame:
    known, gates = families(config), program.probabilities()
    rows = []
    for replica, seed in enumerate(program.seed.tolist()):
        for layer in range(config.gating_layers):
            p = gates[replica, layer]
            correlation = gate_correlation(p.numpy().astype(np.float64))
            told = known is not None and 1 < config.families < config.tasks
            true = known.numpy() if told and known is not None else None
            rows.append(
                {
                    "seed": seed,
                    "strategy": strategy,
                    "layer": layer + 1,
                    "mean_k": p.sum(-1).mean().item(),
                    "rand_index": np.nan
                    if true is None
                    else adjusted_rand_index(correlation, true),
                    "within_minus_between": np.nan
                    if true is None
                    else within_minus_between(correlation, true),
                    "rescued_tasks": int(select(p.unsqueeze(0), "likely").rescued.sum()),
                }
            )
    return pd.DataFrame(rows)


def _gates(config: GatedConfig, strategy: str, program: GatedProgram) -> pd.DataFrame:
    gates, known = program.probabilities(), families(config)
    seeds, layers, tasks, experts = gates.shape
    places = np.indices((seeds, layers, tasks, experts)).reshape(4, -1)
    true = np.zeros(tasks, int) if known is None else known.numpy() + 1
    return pd.DataFrame(
        {
            "seed": np.array(program.seed.tolist())[places[0]],
            "strategy": strategy,
            "layer": places[1] + 1,
            "task": places[2] + 1,
            "family": true[places[2]],
            "expert": places[3] + 1,
            "probability": gates.numpy().reshape(-1),
        }
    )


def _costs(config: GatedConfig, strategy: str, program: GatedProgram) -> pd.DataFrame:
    """Of each seed; a bank's experts are all alike."""
    network, seeds = program.network, program.seed.tolist()
    everything = sum(p[0].numel() for p in network.parameters())
    head = sum(p[0, 0].numel() for p in network.heads.parameters())
    kept_parameters = torch.full((len(seeds),), float(head))
    after, during = torch.zeros(len(seeds)), torch.zeros(len(seeds))
    for bank, router in zip(network.banks, network.gating, strict=True):
        own = sum(p[0, 0].numel() for p in bank.parameters()) + 1  # and its mixture weight
        weights, _ = router.fixed(reading(strategy))
        kept = (weights != 0).float().sum(-1).mean(1).cpu()
        kept_parameters += kept * own
        after += kept * bank.operations()
        during += router.probabilities().sum(-1).mean(1).cpu() * bank.operations()
    return pd.DataFrame(
        {
            "seed": seeds,
            "strategy": strategy,
            "parameters": everything,
            "parameters_of_a_task": kept_parameters.tolist(),
            "operations_in_training": during.tolist(),
            "operations_after": after.tolist(),
        }
    )


@torch.no_grad()
def arrays(
    program: GatedProgram,
    strategy: str,
    over_time: Mapping[int, Float[np.ndarray, "look layer task expert"]],
) -> dict[int, Mapping[str, Shaped[np.ndarray, ...]]]:
    """Of each seed, at the end of the training.

    `gates_STRATEGY` (layer, task, expert) are the probabilities, `gates_over_time_STRATEGY` (look,
    layer, task, expert) those at every look; `outputs_STRATEGY` (task, image, expert, feature) are
    what the first layer's experts make of some test pictures, `families` the true family of each
    task (-1 where nobody knows).
    """
    seeds, gates = program.seed.tolist(), program.probabilities().numpy()
    known = families(program.config)
    true = np.full(program.config.tasks, -1) if known is None else known.numpy()
    found = task_images(program.config, seeds, "test").pixels[:, :, :EMBEDDED]
    x = network_inputs(found.to(program.seed.device))
    outputs = program.network.banks[0].all(x.flatten(1, 2)).movedim(1, 2)
    outputs = outputs.reshape(len(seeds), program.config.tasks, EMBEDDED, *outputs.shape[2:]).cpu()
    return {
        seed: {
            f"gates_{strategy}": gates[row],
            f"gates_over_time_{strategy}": over_time[seed],
            f"outputs_{strategy}": outputs[row].numpy(),
            "families": true,
        }
        for row, seed in enumerate(seeds)
    }
