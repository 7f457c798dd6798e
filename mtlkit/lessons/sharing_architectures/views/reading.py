"""What a network that has learnt strings looks like inside: which bits it reads, what it mixes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mtlkit.core.result import Result
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import Heatmap, Table
from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES
from mtlkit.lessons.sharing_architectures.views.common import counted, run_command

WORDS = Words(part="architecture", count="step", total="steps")
"""What is trained on strings, and what its curves count."""


def _reads(result: Result, strategy: str) -> Float[np.ndarray, "backbone bit"] | None:
    """Weights from each bit, as parts of the backbone's largest; a mean over seeds."""
    names = [f"reads_{strategy}/{seed}" for seed in result.seeds]
    if not all(name in result.arrays for name in names):
        return None
    reads = np.stack([result.arrays[name].astype(float) for name in names]).mean(0)
    return np.asarray(reads / reads.max(1, keepdims=True))


def what_backbones_read(result: Result) -> Heatmap:
    """The weights that each backbone gives to each bit, above the bits that tasks depend on."""
    labels: list[str] = []
    rows: list[Float[np.ndarray, " bit"]] = []
    for strategy in ARCHITECTURES:
        reads = _reads(result, strategy)
        if reads is None:
            continue
        label = styles([strategy])[strategy].label
        one = len(reads) == 1
        labels += [label if one else f"{label} {number}" for number in range(1, len(reads) + 1)]
        rows += list(reads)
    places = result.arrays[f"places/{result.seeds[0]}"]
    bits = rows[0].size
    backbones = len(rows)
    for task, read in enumerate(places, start=1):
        labels.append(f"asked of task {task}")
        rows.append(np.isin(np.arange(bits), read).astype(float))
    asked = np.isin(np.arange(bits), places)
    shares = np.array(rows[:backbones])
    inside = f"bits that some task asks for have {shares[:, asked].mean():.2f}"
    outside = f", the others {shares[:, ~asked].mean():.2f}" if not asked.all() else ""
    return Heatmap(
        name="what_backbones_read",
        title="Which bits does each backbone read?",
        alt="Weights of each backbone by bit, as parts of its largest. On average "
        f"{inside}{outside}.",
        caption="Root mean square of the first layer's weights from a bit, as a part of the "
        f"backbone's largest; mean of {counted(len(result.seeds))}. The last rows mark the bits "
        "that each task's labels depend on, its switch first.",
        command=run_command(result),
        x_label="bit",
        y_label="backbone",
        columns=[str(bit) for bit in range(bits)],
        rows=labels,
        values=np.round(np.array(rows), 2),
        quantity="weight on a bit, as a part of the row's largest",
        span=(0.0, 1.0),
    )


def learned_stitches(result: Result) -> Heatmap | Table:
    """The learned weights of cross-stitch units, stream by unit; or that there are none."""
    stitches = result.tables["stitches"]
    if not len(stitches):
        return none_of_it(
            "learned_stitches",
            "stitch",
            result.config["strategies"],
            words=WORDS,
            why="Only a cross-stitch network has stitches: tick it.",
        )
    means = stitches.groupby(["layer", "stream", "unit"])["weight"].mean().unstack()
    layers = means.index.get_level_values("layer")
    several = layers.nunique() > 1
    last = layers.max()
    rows = [
        f"{'task' if layer == last else 'stream'} {stream}"
        + (f", layer {layer}" if several else "")
        for layer, stream in means.index
    ]
    units = [f"backbone {unit}" for unit in means.columns]
    words = "; ".join(
        f"{row} " + ", ".join(f"{value:.2f}" for value in values)
        for row, values in zip(rows, means.to_numpy(), strict=True)
    )
    start = result.config["stitch_start"]
    return Heatmap(
        name="learned_stitches",
        title="What the stitches have learnt",
        alt=f"Weights of the backbones in what each task goes on with: {words}.",
        caption=f"Mean of {counted(len(result.seeds))}. A task's own backbone started at "
        f"{start:g}. Weights need not sum to 1, and a unit's output can be larger in one backbone "
        "than in another.",
        command=run_command(result),
        x_label="whose output is mixed",
        y_label="mixed for",
        columns=units,
        rows=rows,
        values=np.round(means.to_numpy(), 2),
        quantity="weight of the stitch",
        centre=0.0,
    )
