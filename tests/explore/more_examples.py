"""Heat maps and embeddings as a lesson would make them."""

import math

import numpy as np

from mtlkit.explore.panels import Embedding, Heatmap, PointGroup


def confusion(classes: int = 10) -> Heatmap:
    """A confusion matrix with a class that never occurs, so that its row has no values."""
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 4, (classes, classes)) + np.diag(rng.integers(40, 60, classes))
    shares = 100 * counts / counts.sum(1, keepdims=True)
    shares[3] = math.nan
    names = [f"digit {number}" for number in range(classes)]
    return Heatmap(
        name="confusion",
        title="Which digit is taken for which",
        alt="Most digits are recognised; digit 3 does not occur.",
        caption="Each row adds up to 100 %.",
        command="mtlkit reproduce digit_task_weights",
        x_label="predicted",
        y_label="true",
        columns=names,
        rows=names,
        values=shares,
        quantity="share of the true digit's examples",
        unit="%",
        decimals=1,
        span=(0, 100),
        missing="does not occur",
    )


def affinity() -> Heatmap:
    """Gains and losses of tasks trained together, around zero."""
    tasks = ["depth", "surface normals", "edges", "semantic segmentation"]
    return Heatmap(
        title="What one task gives another",
        alt="Depth and normals help each other; edges harm segmentation.",
        x_label="helping task",
        y_label="task that is helped",
        columns=tasks,
        rows=tasks,
        values=[
            [None, 2.5, 0.1, -0.4],
            [3.1, None, 0.6, 0.2],
            [0, 1, None, -1],
            [-0.5, 0, -2, None],
        ],
        quantity="gain",
        unit="%",
        decimals=1,
        centre=0,
        missing="itself",
    )


def gates(rows: int = 40, columns: int = 24) -> Heatmap:
    """More cells than can have their numbers written into them."""
    rng = np.random.default_rng(1)
    return Heatmap(
        title="How often each expert is asked",
        alt="Each task asks a few experts.",
        x_label="expert",
        y_label="task",
        columns=[f"expert {number}" for number in range(1, columns + 1)],
        rows=[f"task {number}" for number in range(1, rows + 1)],
        values=rng.dirichlet(np.full(columns, 0.2), rows),
        quantity="probability",
    )


def blobs(groups: int = 10, each: int = 40) -> Embedding:
    """Groups of points, some of them marked."""
    rng = np.random.default_rng(2)
    made = []
    for number in range(groups):
        angle = 2 * math.pi * number / groups
        places = rng.normal([6 * math.cos(angle), 4 * math.sin(angle)], 0.6, (each, 2))
        made.append(
            PointGroup(
                f"digit {number}",
                places[:, 0],
                places[:, 1],
                told=[f"picture {number}.{at}" for at in range(each)],
                marked=rng.random(each) < 0.1,
            )
        )
    return Embedding(
        name="shared_layer",
        title="What the shared layer sees",
        alt="Ten groups of points, one for each digit, well apart.",
        caption="A point is a picture of a digit.",
        method="UMAP, 15 neighbours, seed 0",
        groups=made,
        mark="label was flipped",
    )
