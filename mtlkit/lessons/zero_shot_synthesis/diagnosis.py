"""Are synthetic features like real ones, and is the feature space additive in the words?"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy.stats import rankdata
from sklearn.metrics import silhouette_score
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.metrics.discrepancy import squared_mmd
from mtlkit.metrics.mantel import mantel

PERMUTATIONS = 199

LEAST = 4
"""Pictures of a composition that are looked at by halves."""

Features = Float[Tensor, "example feature"]
Labels = Int64[Tensor, " example"]


def silhouette(found: Features, labels: Labels) -> float:
    """Mean silhouette by composition, from -1 to 1; NaN where something is no finite number."""
    if not torch.isfinite(found).all():
        return float("nan")
    return float(silhouette_score(found.numpy(), labels.numpy()))


def within(found: Features, labels: Labels) -> float:
    """The share of the variance that lies within compositions, from 0 to 1."""
    _, place, count = torch.unique(labels, return_inverse=True, return_counts=True)
    sums = torch.zeros(len(count), found.shape[1]).index_add(0, place, found)
    inside = (found - (sums / count.unsqueeze(1))[place]).square().sum()
    return float(inside / (found - found.mean(0)).square().sum())


def likeness(
    problem: Problem, synthetic: Features, labels: Labels, part: str = "test"
) -> dict[str, float]:
    """Synthetic features of the compositions first met in a part, beside the real ones.

    `mmd`
        Squared maximum mean discrepancy of real and synthetic features of a composition, mean over
        compositions; `mmd_real` of two halves of the real ones (near 0: what perfect features
        have), `mmd_other` of the real ones and another composition's real ones. One kernel for all
        three, as wide as the median distance of real features.
    `silhouette_real`, `silhouette_synthetic`
        How far compositions lie apart.
    `mantel_real`, `mantel_synthetic`, `mantel_both`
        Rank correlation of distances between compositions' word vectors with those between their
        mean features, real or synthetic; and of the latter two with each other. The first two have
        a `mantel_real_p_value` and a `mantel_synthetic_p_value`, from random permutations.
    `mantel_real_apart`
        The first over those pairs only that share no word; NaN if their words are equally far.
    `spread`
        Variance within compositions, synthetic over real: 0 is a prototype without variation.

    Notes
    -----
    yan2020, section 5.9, says the first two in words.
    """
    own = problem.parts[part]
    # An official composition may have too few pictures to be halved.
    often = torch.bincount(own.labels, minlength=len(problem.group)) >= LEAST
    known = problem.unseen(part) & often
    unseen = known.nonzero().squeeze(1).tolist()
    there = known[own.labels]
    kept = known[labels]
    synthetic, labels = synthetic[kept], labels[kept]
    real, real_labels = own.features[there], own.labels[there]
    width = float(torch.pdist(real).median())
    if not torch.isfinite(synthetic).all():
        return {}
    pairs = {
        one: (real[real_labels == one].numpy(), synthetic[labels == one].numpy()) for one in unseen
    }
    means = [
        torch.from_numpy(np.stack([pair[which].mean(0) for pair in pairs.values()]))
        for which in (0, 1)
    ]
    words = torch.cat(
        [vectors[problem.members[unseen, slot]] for slot, vectors in enumerate(problem.vectors)], 1
    )
    near = [
        torch.cdist(found, found, compute_mode="donot_use_mm_for_euclid_dist").numpy()
        for found in (words, *means)
    ]
    close = [_mantel(near[0], other) for other in near[1:]]
    following = [*unseen[1:], unseen[0]]
    return {
        "mmd": _mean(squared_mmd(*pair, width) for pair in pairs.values()),
        "mmd_real": _mean(squared_mmd(a[::2], a[1::2], width) for a, _ in pairs.values()),
        "mmd_other": _mean(
            squared_mmd(pairs[one][0], pairs[other][0], width)
            for one, other in zip(unseen, following, strict=True)
        ),
        "silhouette_real": silhouette(real, real_labels),
        "silhouette_synthetic": silhouette(synthetic, labels),
        "mantel_real": close[0][0],
        "mantel_real_p_value": close[0][1],
        "mantel_real_apart": _apart(problem.members[unseen], near[0], near[1]),
        "mantel_synthetic": close[1][0],
        "mantel_synthetic_p_value": close[1][1],
        "mantel_both": _mantel(near[1], near[2])[0],
        "spread": _mean(
            float(b.var(0, ddof=1).sum() / a.var(0, ddof=1).sum()) for a, b in pairs.values()
        ),
    }


def linearity(problem: Problem) -> dict[str, float]:
    """How far mean features are a sum of one vector a word.

    `explained`
        Share of the variance of all compositions' means that such a sum explains, fitted to all;
        adjusted for the number of its vectors, so that means without any order have about 0.
    `predicted`
        Fitted to seen compositions: R squared of the means of those first met in test.
    `additive`
        Share of test pictures of these told by the nearest predicted mean (closed world).
    `oracle`
        The same by the nearest of their true means, each picture's own left out of its mean: what
        a classifier with one prototype a composition can have at most.

    Notes
    -----
    Means of seen compositions are over training pictures, those of others over their own part's.
    """
    members, seen = problem.members, problem.group == 0
    design = torch.cat(
        [
            torch.nn.functional.one_hot(members[:, slot], len(vectors)).double()
            for slot, vectors in enumerate(problem.vectors)
        ],
        1,
    )
    means = torch.empty(len(members), problem.parts["train"].features.shape[1]).double()
    for part, own in problem.parts.items():
        rows = seen if part == "train" else problem.unseen(part)
        for one in rows.nonzero().squeeze(1).tolist():
            means[one] = own.features[own.labels == one].double().mean(0)
    free = len(means) - int(torch.linalg.matrix_rank(design))
    test = problem.unseen("test")
    everything = _least_squares(design, means) @ design.T
    known = (_least_squares(design[seen], means[seen]) @ design[test].T).T
    own = problem.parts["test"]
    there = test[own.labels]
    pictures, labels = own.features[there].double(), own.labels[there]
    place = torch.cumsum(test, 0)[labels] - 1
    return {
        "explained": 1 - (1 - _r_squared(means, everything.T)) * (len(means) - 1) / free,
        "predicted": _r_squared(means[test], known),
        "additive": float((torch.cdist(pictures, known).argmin(1) == place).double().mean()),
        "oracle": _oracle(pictures, means[test], place),
    }


def _mantel(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Correlation and p-value; NaN where all distances are equal: a generator of one point."""
    above = np.triu_indices(len(first), 1)
    if np.ptp(first[above]) == 0 or np.ptp(second[above]) == 0:
        return float("nan"), float("nan")
    found = mantel(first, second, stream(0, "mantel"), "spearman", PERMUTATIONS)
    return found.correlation, found.p_value


def _apart(
    members: Int64[Tensor, "composition slot"], first: np.ndarray, second: np.ndarray
) -> float:
    """Rank correlation of two distances over compositions that share no word."""
    row, column = np.triu_indices(len(members), 1)
    shared = (members[row] == members[column]).any(1).numpy()
    x, y = first[row, column][~shared], second[row, column][~shared]
    if len(x) < 3 or np.ptp(x) <= 1e-5 * x.max() or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def _least_squares(
    design: Float[Tensor, "composition word"], means: Float[Tensor, "composition feature"]
) -> Float[Tensor, "feature word"]:
    """The shortest solution, as an intercept is among the sums."""
    solution: Tensor = torch.linalg.pinv(design) @ means
    return solution.T


def _oracle(
    pictures: Float[Tensor, "picture feature"],
    means: Float[Tensor, "composition feature"],
    place: Int64[Tensor, " picture"],
) -> float:
    count = torch.bincount(place)[place].double()
    distance = torch.cdist(pictures, means)
    # Left out of its own mean, a picture lies n / (n - 1) times as far from it.
    own = distance.gather(1, place.unsqueeze(1)).squeeze(1) * count / (count - 1)
    # Nothing is left of the mean of a single picture, which is never told.
    own = own.masked_fill(count == 1, torch.inf)
    distance.scatter_(1, place.unsqueeze(1), own.unsqueeze(1))
    return float((distance.argmin(1) == place).double().mean())


def _r_squared(truth: Features, guess: Features) -> float:
    rest = (truth - guess).square().sum()
    return float(1 - rest / (truth - truth.mean(0)).square().sum())


def _mean(values: object) -> float:
    return float(np.mean(list(values)))  # type: ignore[call-overload]
