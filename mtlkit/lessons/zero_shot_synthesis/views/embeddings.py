"""A run's features and its injected noise, as points in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import torch
from jaxtyping import Float, Int64

from mtlkit.core.result import Result
from mtlkit.explore import embeddings
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.panels import Embedding, PointGroup, Table, Window
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.leaves import KEPT
from mtlkit.lessons.zero_shot_synthesis.problem import problem
from mtlkit.lessons.zero_shot_synthesis.views.calibration import compositions_of
from mtlkit.lessons.zero_shot_synthesis.views.common import label, look, told_of
from mtlkit.lessons.zero_shot_synthesis.views.runs import (
    WORDS,
    lost,
    run_command,
    running,
    told_lost,
)

COLOURED = ("usual", "first", "last")
"""What the colours of points can stand for: what a picture is about, the first or last word."""

MOST_COMPOSITIONS = 60
"""That are shown at once."""

WINDOWS = 2
"""Beside the features."""

OF_REAL = "PCA of the real features"
"""What stands in for PCA where real and synthetic features are shown: axes that do not move."""

Places = Float[np.ndarray, "point 2"]


@attrs.frozen(eq=False)
class Features:
    """Real features of unseen compositions, then synthetic ones, and the composition of each."""

    seed: int
    real: Float[np.ndarray, "picture feature"]
    synthetic: Float[np.ndarray, "example feature"]
    labels: Int64[np.ndarray, " point"]

    @property
    def points(self) -> Float[np.ndarray, "point feature"]:
        """All of them."""
        return np.concatenate([self.real, self.synthetic]).astype(np.float64)


def features_of(result: Result, strategy: str) -> Features | None:
    """Of the first seed of a design that has finite ones; None where there is none."""
    for seed in running(result, strategy):
        synthetic = result.arrays.get(f"synthetic_{strategy}/{seed}")
        if synthetic is None or not np.isfinite(synthetic).all():
            continue
        own = f"synthetic_labels_{strategy}/{seed}"
        made = result.arrays.get(own, result.arrays.get(f"synthetic_labels/{seed}"))
        real, labels = _real(result, seed)
        if made is None or not np.ptp(real, axis=0).any():
            continue
        few = np.unique(labels)[:MOST_COMPOSITIONS]
        shown, drawn = np.isin(labels, few), np.isin(made, few)
        return Features(
            seed, real[shown], synthetic[drawn], np.concatenate([labels[shown], made[drawn]])
        )
    return None


def _real(
    result: Result, seed: int
) -> tuple[Float[np.ndarray, "picture feature"], Int64[np.ndarray, " picture"]]:
    """As a whole run keeps them; of a run under way from the problem that it solves."""
    if f"real/{seed}" in result.arrays:
        return result.arrays[f"real/{seed}"], result.arrays[f"real_labels/{seed}"]
    found = problem(SynthesisConfig(**result.config), seed)
    part = found.parts["test"]
    rows = [
        torch.nonzero(part.labels == one).squeeze(1)[:KEPT]
        for one in torch.nonzero(found.unseen("test")).squeeze(1)
    ]
    kept = torch.cat(rows)
    return part.features[kept].numpy(), part.labels[kept].numpy()


def _placed(found: Features, method: str) -> embeddings.Picture:
    """By PCA of the real features alone, whose axes stand still while a generator learns."""
    if method != "pca":
        picture = embeddings.at_hand(found.points, method)
        if picture.final:
            return picture
    centre = found.real.mean(0, dtype=np.float64)
    *_, axes = np.linalg.svd(found.real - centre, full_matrices=False)
    return embeddings.Picture((found.points - centre) @ axes[:2].T, OF_REAL, method == "pca")


def unplaced_features(result: Result, strategy: str, method: str) -> Features | None:
    """Features for which that picture is not at hand yet."""
    found = features_of(result, strategy)
    if found is None or method == "pca" or embeddings.at_hand(found.points, method).final:
        return None
    return found


def features(
    result: Result,
    strategy: str = "tds",
    *,
    method: str = "pca",
    coloured: str = "usual",
    name: str = "features",
) -> Embedding | Table:
    """Real and synthetic features of compositions never seen, with two windows.

    Parameters
    ----------
    strategy
        A generator design; a table that says so where it made no features.
    method
        `pca`, `umap` or `tsne`; the last two where they were computed before, else PCA.
    coloured
        One of `COLOURED`.
    name
        Of the picture: each on a page has its own.
    """
    found = features_of(result, strategy)
    if found is None:
        gone = bool(lost(result, strategy))
        why = (
            f"All seeds diverged.{told_lost(result, [strategy])}"
            if gone
            else "It makes no features: show one of the generator designs."
        )
        return none_of_it(name, "synthetic features", [look(strategy)], words=WORDS, why=why)
    picture = _placed(found, method)
    kinds = np.repeat(["real", "synthetic"], [len(found.real), len(found.synthetic)])
    said = _names(result, found.seed)
    told = np.array([f"{kind}, {said[one]}" for kind, one in zip(kinds, found.labels, strict=True)])
    waiting = "" if picture.final else f" {embeddings.NAMES[method]} follows when it is ready."
    by = kinds if coloured == "usual" else _words(result, found.seed, found.labels, coloured)
    order = ("synthetic", "real") if coloured == "usual" else sorted(set(by.tolist()))
    windows = _windows(result, found, picture.places[: len(found.real)])
    return Embedding(
        name=name,
        title=f"Real and synthetic features of unseen compositions: {label(strategy)}",
        alt=f"{len(found.real)} real and {len(found.synthetic)} synthetic features of "
        f"{len(np.unique(found.labels))} compositions. For {_near(found):.0f} % of the synthetic "
        "ones the nearest real feature is of their composition.",
        caption=told_of(
            result.config["data"],
            f"Seed {found.seed}: features of test pictures, and of the generator, of compositions "
            "that training never showed. Windows: two compositions that share a word and lie close "
            f"together.{waiting}{told_lost(result, [strategy])}",
        ),
        command=run_command(result),
        method=picture.method,
        mark="synthetic" if coloured != "usual" else "",
        groups=_groups(
            picture.places, by, order, told, kinds == "synthetic" if coloured != "usual" else None
        ),
        windows=windows,
    )


def _near(found: Features) -> float:
    """The percent of synthetic features whose nearest real one is of their composition."""
    distance = torch.cdist(torch.from_numpy(found.synthetic), torch.from_numpy(found.real))
    own = found.labels[len(found.real) :]
    nearest = found.labels[: len(found.real)][distance.argmin(1).numpy()]
    return float(100 * (nearest == own).mean())


def _names(result: Result, seed: int) -> tuple[str, ...]:
    return compositions_of(SynthesisConfig(**result.config), seed).names()


def _words(
    result: Result, seed: int, labels: Int64[np.ndarray, " point"], which: str
) -> np.ndarray:
    """The first or the last word of each point's composition."""
    found = compositions_of(SynthesisConfig(**result.config), seed)
    slot = 0 if which == "first" else len(found.slots) - 1
    return np.asarray(np.array(found.words[slot])[found.members.numpy()[labels, slot]])


def _groups(
    places: Places,
    by: np.ndarray,
    order: Sequence[str],
    told: np.ndarray,
    marked: np.ndarray | None = None,
) -> list[PointGroup]:
    return [
        PointGroup(
            key=group,
            x=places[by == group, 0],
            y=places[by == group, 1],
            told=told[by == group].tolist(),
            marked=() if marked is None else marked[by == group],
        )
        for group in order
    ]


def _windows(result: Result, found: Features, places: Places) -> list[Window]:
    """Around the two closest pairs of compositions that share a word, the windows apart."""
    labels = found.labels[: len(found.real)]
    members = compositions_of(SynthesisConfig(**result.config), found.seed).members.numpy()
    names = _names(result, found.seed)
    unseen = np.unique(labels)
    own = [places[labels == one] for one in unseen]
    centres = [np.median(points, 0) for points in own]
    spread = [
        float(np.linalg.norm(points - centre, axis=1).mean())
        for points, centre in zip(own, centres, strict=True)
    ]
    # A pair of loose clouds is no pair of neighbours, however near their middles are.
    pairs = sorted(
        (float(np.linalg.norm(centres[a] - centres[b])) + spread[a] + spread[b], a, b)
        for a in range(len(unseen))
        for b in range(a)
        if (members[unseen[a]] == members[unseen[b]]).any()
    )
    windows: list[Window] = []
    for reach, *pair in pairs:
        middle = (centres[pair[0]] + centres[pair[1]]) / 2
        box = [(at - reach, at + reach) for at in middle.tolist()]
        if reach > 0 and not any(_overlap(box, (window.x, window.y)) for window in windows):
            told = [names[unseen[at]] for at in pair]
            at = np.stack([centres[one] for one in pair])
            windows.append(Window(", ".join(told), box[0], box[1], told, at[:, 0], at[:, 1]))
        if len(windows) == WINDOWS:
            break
    return windows


def _overlap(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> bool:
    return all(a[0] < b[1] and b[0] < a[1] for a, b in zip(one, other, strict=True))


@attrs.frozen(eq=False)
class Noise:
    """What a design injected last, after some epochs: the same noises, one look an epoch."""

    seed: int
    epochs: tuple[int, ...]
    looks: tuple[Float[np.ndarray, "example unit"], ...]
    labels: Int64[np.ndarray, " example"]

    def at(self, epoch: int) -> int:
        """The place of the last look that is not after an epoch."""
        return max(place for place, own in enumerate(self.epochs) if own <= epoch or not place)


def noise_of(result: Result, strategy: str) -> Noise | None:
    """Of the first seed of a design that kept finite noise; None where there is none."""
    for seed in running(result, strategy):
        begin = f"injected_{strategy}/"
        epochs = sorted(
            int(name.removeprefix(begin).split("/")[0])
            for name in result.arrays
            if name.startswith(begin) and name.endswith(f"/{seed}")
        )
        looks = [result.arrays[f"{begin}{epoch}/{seed}"].astype(np.float64) for epoch in epochs]
        if looks and all(np.isfinite(own).all() and np.ptp(own, 0).any() for own in looks):
            labels = result.arrays[f"injected_labels_{strategy}/{seed}"]
            few = np.isin(labels, np.unique(labels)[:MOST_COMPOSITIONS])
            return Noise(seed, tuple(epochs), tuple(own[few] for own in looks), labels[few])
    return None


def unplaced_noise(result: Result, strategy: str, method: str) -> Noise | None:
    """Noise for which the aligned pictures are not at hand yet."""
    found = noise_of(result, strategy)
    if found is None or embeddings.series_at_hand(found.looks, method)[0].final:
        return None
    return found


def injected_noise(
    result: Result,
    strategy: str = "tds",
    *,
    epoch: int = 10_000,
    method: str = "tsne",
    coloured: str = "usual",
    name: str = "injected_noise",
) -> Embedding | Table:
    """What a design injects last, after an epoch; each picture starts from the one before.

    Parameters
    ----------
    strategy
        UDS, TDS or the control; a table that says so where a design injects none.
    epoch
        After which; the last look that is not later is shown.
    method, coloured, name
        As for `features`.
    """
    found = noise_of(result, strategy)
    if found is None:
        why = "It injects no noise after its first layer, or only one value: show UDS or TDS."
        if not running(result, strategy):
            why = f"All seeds diverged.{told_lost(result, [strategy])}"
        return none_of_it(name, "injected noise", [look(strategy)], words=WORDS, why=why)
    place = found.at(epoch)
    picture = embeddings.series_at_hand(found.looks, method)[place]
    shown = found.epochs[place]
    rows = result.tables["history"]
    rows = rows[(rows["strategy"] == strategy) & (rows["seed"] == found.seed)]
    silhouette = rows.loc[rows["epoch"] == shown, "noise_silhouette"].iloc[0]
    number = f"{silhouette:.2f}".replace("-", "−")
    said = np.array(_names(result, found.seed))[found.labels]
    by = said if coloured == "usual" else _words(result, found.seed, found.labels, coloured)
    waiting = "" if picture.final else f" {embeddings.NAMES[method]} follows when it is ready."
    control = (
        " The noise is scaled by another composition than the one a point is coloured by."
        if strategy == "tds_shuffled"
        else ""
    )
    return Embedding(
        name=name,
        title=f"Noise injected last by {label(strategy)}, epoch {shown}: silhouette {number}",
        alt=f"{len(said)} noises of {len(set(said.tolist()))} unseen compositions after epoch "
        f"{shown}; their silhouette by composition is {number}.",
        caption=told_of(
            result.config["data"],
            f"Seed {found.seed}: {KEPT} noises of each unseen composition, the same ones in every "
            "epoch; each epoch's picture starts from the one before. The silhouette, from -1 to 1, "
            f"is of the noise itself, not of the picture.{control}{waiting}",
        ),
        command=run_command(result),
        method=picture.method,
        groups=_groups(picture.places, by, sorted(set(by.tolist())), said),
    )
