"""Section 5.9: what synthetic features and injected noise look like."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, by_seed, difference
from mtlkit.core.region import Region
from mtlkit.lessons.zero_shot_synthesis.claims.comparing import SETS, chosen, claim, sets

CLUSTERED = 0.25
"""Silhouette from which clusters are spoken of."""


def _of(table: pd.DataFrame, strategy: str = "tds") -> list[tuple[str, pd.DataFrame]]:
    rows = chosen(table, strategy=strategy)
    return [(SETS[name], chosen(rows, compositions=name)) for name in sets(rows)]


def _overlap(table: pd.DataFrame) -> list[Cell]:
    """0: as near as two halves of the real features; 1: as far as another composition's."""
    found = []
    for label, rows in _of(table):
        near, far = by_seed(rows, "mmd_real"), by_seed(rows, "mmd_other")
        found.append(Cell(label, tuple((by_seed(rows, "mmd") - near) / (far - near))))
    return found


def _cleaner(table: pd.DataFrame) -> list[Cell]:
    return [
        difference(by_seed(rows, "silhouette_synthetic"), by_seed(rows, "silhouette_real"), label)
        for label, rows in _of(table)
    ]


def _spread(table: pd.DataFrame) -> list[Cell]:
    return [Cell(label, tuple(by_seed(rows, "spread").map(np.log2))) for label, rows in _of(table)]


def _words_and_features(table: pd.DataFrame) -> list[Cell]:
    return [Cell(label, tuple(by_seed(rows, "mantel_real_apart"))) for label, rows in _of(table)]


def _noise(strategy: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        last = chosen(table, epoch=table["epoch"].max())
        return [
            Cell(label, tuple(by_seed(rows, "noise_silhouette")))
            for label, rows in _of(last, strategy)
        ]

    return cells


def _within(table: pd.DataFrame) -> list[Cell]:
    last = chosen(table, epoch=table["epoch"].max())
    return [Cell(label, tuple(by_seed(rows, "noise_within"))) for label, rows in _of(last)]


CLAIMS = (
    claim(
        "synthetic_overlaps_real",
        "Synthetic features overlap the real ones",
        "section 5.9",
        "we can see that the synthetic features (in blue) overlap with the real features (in red)",
        "The discrepancy between a composition's synthetic and real features is nearer to that of "
        "two halves of the real ones than to that of another composition's, in every set.",
        "likeness",
        "of the way to another composition",
        Region.below(0.5),
        _overlap,
        "Squared maximum mean discrepancy of compositions first met in test, designs trained as in "
        "Table 5.2; a picture in two dimensions may hide it.",
    ),
    claim(
        "synthetic_covers_real",
        "Synthetic features cover the real distribution",
        "section 5.9",
        "the synthetic features still closely cover the real feature distribution",
        "Synthetic features of a composition have at least half the variance of the real ones, in "
        "every set.",
        "likeness",
        "doublings of the variance",
        Region.above(-1),
        _spread,
        "A squared distance to a random picture is least at the mean of all: the clustering loss "
        "asks for features without variance.",
        figure="likeness_spread",
    ),
    claim(
        "cleaner_clusters",
        "Synthetic features form cleaner clusters",
        "section 5.9",
        "and form cleaner cluster boundaries between different compositions than the real "
        "features.",
        "The silhouette of synthetic features by composition is above that of the real ones, in "
        "every set.",
        "likeness",
        "silhouette",
        Region.above(0),
        _cleaner,
        "Features without spread are clean clusters: see the claim before.",
        figure="likeness_silhouettes",
    ),
    claim(
        "near_words_near_features",
        "Compositions near in words are near in features",
        "section 5.9",
        "semantically closer compositions are also closer in the image feature space",
        "Among compositions that share no word, distances between word vectors correlate with "
        "those between mean features, in every set.",
        "likeness",
        "rank correlation",
        Region.above(0),
        _words_and_features,
        "Two compositions that share a word are near in words whatever the vectors, and near in "
        "features whatever the words mean: with such pairs one-hot vectors correlate too.",
        figure="likeness_mantel",
    ),
    claim(
        "task_aware_noise_clusters",
        "Task-aware noise clusters by task",
        "section 5.9, Fig. 5.7",
        "We can observe from the figure that the task-aware noise is clustered based on the task",
        f"After training, the silhouette by composition of the noise that TDS injects last is "
        f"above {CLUSTERED:g}, in every set.",
        "noise",
        "silhouette",
        Region.above(CLUSTERED),
        _noise("tds"),
        "Of unseen compositions. At the start it is near 0 too: the clusters are learned. What "
        "clusters is mostly no noise: see the share of its variance within compositions.",
    ),
    claim(
        "task_aware_noise_varies",
        "Task-aware noise stays noise",
        "section 5.9",
        "TDS is different from the unconditional deep sampling (UDS) mainly because of the "
        "injection of the task-conditioned noise, which allows for sampling from a task-adaptive "
        "distribution.",
        "After training, at least half the variance of what TDS injects last lies within "
        "compositions, in every set.",
        "noise",
        "of the variance",
        Region.above(0.5),
        _within,
        "E_n has biases: E_t(t) times a bias is a shift of each task without any noise, as SS-MTC+ "
        "adds it.",
        figure="noise_within",
    ),
    claim(
        "unconditioned_noise_does_not",
        "Unconditioned noise does not cluster",
        "section 5.9, Fig. 5.7",
        "while the unconditioned noise is mixed in one cluster.",
        f"The silhouette by composition of the noise that UDS injects last is below {CLUSTERED:g}, "
        "in every set.",
        "noise",
        "silhouette",
        Region.below(CLUSTERED),
        _noise("uds"),
        "It cannot know the composition, trained or not. Points that belong to no clusters have a "
        "silhouette a little below 0.",
        by_construction=True,
    ),
)
