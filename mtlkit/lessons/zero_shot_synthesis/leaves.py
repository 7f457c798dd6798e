"""What a training of lesson 09 leaves: its tables and its arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Shaped

from mtlkit.core.history import History
from mtlkit.core.training import Outcome
from mtlkit.lessons.zero_shot_synthesis.diagnosis import likeness, linearity
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram
from mtlkit.lessons.zero_shot_synthesis.synthesis import SynthesisProgram
from mtlkit.metrics.zero_shot import (
    Curve,
    accuracy_by_composition,
    generalised,
    thresholds,
    top_k_hits,
)

KS = (1, 2, 3)

CURVE = ("area", "harmonic", "best_seen", "best_unseen")
EACH = 20
"""Synthetic features of a composition that are compared with real ones."""

KEPT = 8
"""Real and synthetic features of a composition that are kept to be drawn."""

POINTS = 200
"""Of a curve that is kept."""


def accuracies(program: ZeroShotProgram, strategy: str, moment: str) -> pd.DataFrame:
    """Rows for each running replica, part and k.

    `closed`
        Of pictures of unseen compositions, the share that is among the k best guesses, where only
        unseen ones are allowed (yan2020's "close world").
    `open`
        The same where all are allowed.
    `area`, `harmonic`, `best_seen`, `best_unseen`
        Of the curve over all calibration biases; see `mtlkit.metrics.zero_shot`. NaN where a part
        has no picture of a seen composition: a published split for the closed world.
    `chance`
        Of `closed`.
    """
    rows = []
    for part in program.held:
        for row, scores in enumerate(program.scored(part)):
            labels, seen, candidates = program.judged(part, row)
            unseen = candidates & ~seen
            own = unseen[labels]
            both = bool((~own).any())
            for k in KS:
                curve = generalised(scores, labels, seen, candidates, k) if both else None
                rows.append(
                    {
                        "seed": int(program.seed[row]),
                        "strategy": strategy,
                        "moment": moment,
                        "part": part,
                        "k": k,
                        "closed": _share(top_k_hits(scores[own], labels[own], unseen, k)),
                        "open": _share(top_k_hits(scores[own], labels[own], candidates, k)),
                        **{name: getattr(curve, name, np.nan) for name in CURVE},
                        "chance": min(1.0, k / int(unseen.sum())),
                    }
                )
    return pd.DataFrame(rows)


def tables(
    program: ZeroShotProgram,
    strategy: str,
    problems: Sequence[Problem],
    found: tuple[pd.DataFrame, pd.DataFrame],
    history: History,
    outcome: Outcome,
) -> dict[str, pd.DataFrame]:
    """One method's tables.

    `accuracy`
        See `accuracies`, which found it at two moments: the last epoch, and that with the greatest
        validation area. Of a diverged replica everything is NaN.
    `history`, `runs`
        Each epoch, and how each run went; `parameters` counts what is trained.
    `likeness`, `linearity`
        Of synthetic features, and of real ones; see `diagnosis`.
    """
    seeds = program.seed.tolist()
    lost = {seed: outcome.diverged(row) for row, seed in enumerate(seeds)}
    names = [{"seed": seed, "strategy": strategy} for seed in seeds]
    alike: list[Mapping[str, float]] = [{} for _ in seeds]
    if isinstance(program, SynthesisProgram):
        made, labels = program.synthetic(EACH)
        alike = [
            {} if lost[seed] else likeness(problem, made[row], labels[row])
            for row, (seed, problem) in enumerate(zip(seeds, problems, strict=True))
        ]
    trained = sum(p.numel() for p in program.parameters() if p.requires_grad) // len(seeds)
    return {
        "accuracy": _without(lost, *found),
        "history": history.frame().drop(columns=["replica", "task"]),
        "runs": history.runs(outcome).assign(parameters=trained),
        "likeness": pd.DataFrame(
            [{**name, **own} for name, own in zip(names, alike, strict=True) if own],
            columns=None if any(alike) else ["seed", "strategy"],
        ),
        "linearity": pd.DataFrame(
            [{**name, **linearity(problem)} for name, problem in zip(names, problems, strict=True)]
        ),
    }


def _without(lost: Mapping[int, bool], last: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Both moments; a diverged replica, which the last epoch lacks, has NaN at both."""
    names = ["seed", "strategy", "part", "k"]
    gone = chosen["seed"].map(lost).astype(bool)
    chosen.loc[gone, chosen.columns.difference([*names, "moment"])] = np.nan
    missing = chosen[gone].assign(moment="last")
    last = last[~last["seed"].map(lost).astype(bool)]
    return pd.concat([found for found in (last, missing, chosen) if len(found)], ignore_index=True)


def arrays(
    program: ZeroShotProgram, strategy: str
) -> dict[int, dict[str, Shaped[np.ndarray, ...]]]:
    """Of each running seed, what pictures of a run need.

    `group` (composition); `real` and `real_labels` (picture, feature), of compositions first met in
    test; `by_composition_STRATEGY` (composition): test accuracy without bias, NaN where there are
    no pictures; `curve_STRATEGY` (3, point): bias, seen and unseen accuracy, thinned, where there
    are both; `turns_STRATEGY` (picture): the bias at which each test picture turns right or wrong,
    and `test_labels`; `synthetic_STRATEGY` and `synthetic_labels` (example, feature).
    """
    found: dict[int, dict[str, Shaped[np.ndarray, ...]]] = {}
    scores = program.scored("test")
    seeds = program.seed.tolist()
    for row, seed in enumerate(seeds):
        labels, seen, candidates = program.judged("test", row)
        both = bool(seen[labels].any())
        hits = top_k_hits(scores[row], labels, candidates)
        kept = _first((candidates & ~seen)[labels], labels)
        found[seed] = {
            "group": program.get_buffer("group")[row].cpu().numpy(),
            "real": program.get_buffer("features_test")[row].cpu()[kept].numpy(),
            "real_labels": labels[kept].numpy(),
            "test_labels": labels.numpy(),
            f"turns_{strategy}": thresholds(scores[row], labels, seen, candidates)
            .numpy()
            .astype("float32"),
            f"by_composition_{strategy}": accuracy_by_composition(
                hits, labels, program.compositions
            ).numpy(),
        }
        if both:
            found[seed][f"curve_{strategy}"] = _thinned(
                generalised(scores[row], labels, seen, candidates)
            )
    if isinstance(program, SynthesisProgram):
        made, shown = program.synthetic(KEPT)
        for row, seed in enumerate(seeds):
            found[seed][f"synthetic_{strategy}"] = made[row].numpy()
            found[seed]["synthetic_labels"] = shown[row].numpy()
    return found


def _first(wanted: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The first pictures of each wanted composition."""
    rows = wanted.nonzero().squeeze(1)
    kept = [rows[labels[rows] == one][:KEPT] for one in torch.unique(labels[rows])]
    return torch.cat(kept)


def _thinned(curve: Curve) -> Shaped[np.ndarray, "3 point"]:
    """Places between breakpoints, evenly many apart; the bias of each lies in the middle."""
    bias, seen, unseen = curve.bias, curve.seen_accuracy, curve.unseen_accuracy
    if len(bias):
        edges = torch.cat([bias[:1] - 1, bias, bias[-1:] + 1])
        middle = (edges[:-1] + edges[1:]) / 2
    else:
        middle = torch.zeros(1, dtype=torch.float64)
    chosen = np.unique(np.linspace(0, len(middle) - 1, POINTS).round().astype(int))
    return torch.stack([middle, seen, unseen]).numpy()[:, chosen].astype("float32")


def _share(hits: torch.Tensor) -> float:
    return float(hits.double().mean())
