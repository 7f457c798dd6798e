"""Likeness and linearity where the answer is known, and by other means."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.data.compositions import HELD_TEST, HELD_VALIDATION, PARTS
from mtlkit.lessons.zero_shot_synthesis.diagnosis import likeness, linearity, silhouette, within
from mtlkit.lessons.zero_shot_synthesis.problem import HELD, Part, Problem
from tests.lessons.zero_shot_synthesis.test_baselines import made_up


def without_order(seed: int, noise: float = 0.01) -> Problem:
    """A mean of its own for each composition."""
    found = made_up(seed, noise=noise)
    random = stream(seed, "without order")
    means = torch.randn(len(found.members), 9, generator=random).double()
    parts = {}
    for part, own in found.parts.items():
        rest = noise * torch.randn(own.features.shape, generator=random).double()
        parts[part] = Part(means[own.labels] + rest, own.labels)
    return attrs.evolve(found, parts=parts)


def real(problem: Problem) -> tuple[Tensor, Tensor]:
    own = problem.parts["test"]
    there = problem.unseen("test")[own.labels]
    return own.features[there], own.labels[there]


# --- one sample ---


def test_within_is_a_share_of_variance() -> None:
    labels = torch.tensor([4, 4, 1, 1])
    assert within(torch.tensor([[0.0], [2.0], [10.0], [12.0]]), labels) == pytest.approx(4 / 104)
    assert within(torch.tensor([[0.0], [2.0], [0.0], [2.0]]), labels) == pytest.approx(1)
    assert within(torch.tensor([[0.0], [0.0], [5.0], [5.0]]), labels) == 0
    x, more = torch.randn(60, 3, generator=stream(0, "x")), torch.arange(60) % 7
    expected = sum(
        float(x[more == one].var(0, correction=0).sum()) * int((more == one).sum())
        for one in range(7)
    ) / (60 * float(x.var(0, correction=0).sum()))
    assert within(x, more) == pytest.approx(expected, rel=1e-5)


def test_the_silhouette_is_its_definition() -> None:
    x, labels = torch.randn(12, 2, generator=stream(0, "x")), torch.arange(12) % 3
    found = []
    for row in range(12):
        away = [
            np.mean(
                [float((x[row] - x[i]).norm()) for i in range(12) if labels[i] == one and i != row]
            )
            for one in range(3)
        ]
        own = away.pop(int(labels[row]))
        found.append((min(away) - own) / max(own, min(away)))
    assert silhouette(x, labels) == pytest.approx(np.mean(found), rel=1e-5)
    x[0, 0] = torch.inf
    assert np.isnan(silhouette(x, labels))


# --- synthetic beside real ---


def test_copies_of_real_features_are_like_them() -> None:
    problem = made_up(1, pictures=40)
    features, labels = real(problem)
    found = likeness(problem, features, labels)
    assert found["spread"] == pytest.approx(1)
    assert found["mantel_both"] == pytest.approx(1)
    assert found["mantel_synthetic"] == pytest.approx(found["mantel_real"])
    assert found["silhouette_synthetic"] == pytest.approx(found["silhouette_real"])
    # Copies lie on what they are copies of: nearer than another sample.
    assert found["mmd"] < found["mmd_real"] < 0.1 * found["mmd_other"]
    assert abs(found["mmd_real"]) < 0.02


def test_another_sample_is_as_near_as_two_halves() -> None:
    problem = made_up(1, pictures=80)
    features, labels = real(problem)
    half = torch.arange(len(labels)) % 2 == 0
    other = attrs.evolve(
        problem, parts={**problem.parts, "test": Part(features[half], labels[half])}
    )
    found = likeness(other, features[~half], labels[~half])
    assert abs(found["mmd"] - found["mmd_real"]) < 0.02
    assert found["spread"] == pytest.approx(1, abs=0.1)


def test_prototypes_have_no_spread() -> None:
    problem = made_up(1, pictures=40, noise=2.0)
    features, labels = real(problem)
    means = torch.stack([features[labels == label].mean(0) for label in labels])
    found = likeness(problem, means, labels)
    assert found["spread"] == pytest.approx(0, abs=1e-12)
    assert found["silhouette_synthetic"] == pytest.approx(1)
    assert found["mantel_both"] == pytest.approx(1)
    assert found["mmd"] > found["mmd_real"]


def test_features_of_another_composition_are_as_far_as_another_composition() -> None:
    problem = made_up(1, pictures=10)
    features, labels = real(problem)
    places = labels.unique().tolist()
    after = {one: places[(number + 1) % len(places)] for number, one in enumerate(places)}
    other = torch.cat([features[labels == after[one]] for one in places])
    found = likeness(problem, other, labels)
    assert found["mmd"] == pytest.approx(found["mmd_other"])


def test_means_that_follow_the_words_correlate_with_them() -> None:
    """Features that are the word vectors themselves, and words that say nothing of features."""
    problem = made_up(4, pictures=6)
    members = problem.members
    words = torch.cat([own[members[:, slot]] for slot, own in enumerate(problem.vectors)], 1)
    parts = {name: Part(words[own.labels], own.labels) for name, own in problem.parts.items()}
    features, labels = real(attrs.evolve(problem, parts=parts))
    rest = 0.01 * torch.randn(features.shape, generator=stream(0, "rest")).double()
    parts["test"] = Part(features + rest, labels)
    found = likeness(attrs.evolve(problem, parts=parts), features - rest, labels)
    assert found["mantel_real"] > 0.99
    assert found["mantel_synthetic"] > 0.99
    # Four compositions have 24 orders.
    assert found["mantel_real_p_value"] < 0.1
    order = torch.randperm(len(labels.unique()), generator=stream(0, "order"))
    shuffled = features.view(len(order), -1, features.shape[1])[order].flatten(0, 1)
    other = likeness(attrs.evolve(problem, parts=parts), shuffled, labels)
    assert other["mantel_synthetic"] < 0.9


def test_one_hot_words_are_equally_far_unless_shared() -> None:
    problem = made_up(4, pictures=6, one_hot=True)
    group = problem.group.clone()
    group[:12] = torch.where(group[:12] == HELD_VALIDATION, HELD_VALIDATION, HELD_TEST)
    problem = attrs.evolve(problem, group=group)
    features, labels = real(problem)
    found = likeness(problem, features, labels)
    assert np.isnan(found["mantel_real_apart"])
    # Features are sums of a vector a word: compositions that share one are nearer.
    assert found["mantel_real"] > 0


def test_what_has_diverged_has_no_likeness() -> None:
    problem = made_up(1)
    features, labels = real(problem)
    assert likeness(problem, features * torch.nan, labels) == {}


# --- sums of words ---


@pytest.mark.parametrize("slots", [2, 3])
def test_sums_of_words_are_all_linear(slots: int) -> None:
    found = linearity(made_up(2, slots, noise=1e-4))
    for name, value in found.items():
        assert value == pytest.approx(1, abs=1e-3), name


def test_features_without_order_are_not_linear() -> None:
    found = [linearity(without_order(seed)) for seed in range(30)]
    explained = [one["explained"] for one in found]
    assert np.mean(explained) == pytest.approx(0, abs=3 * np.std(explained) / 30**0.5)
    assert np.mean([one["predicted"] for one in found]) < 0
    assert all(one["oracle"] == 1 for one in found)
    unseen = int(made_up(0).unseen("test").sum())
    assert np.mean([one["additive"] for one in found]) < 2 / unseen


def test_linearity_is_that_of_a_regression() -> None:
    problem = made_up(3, noise=1.0)
    seen, test = problem.group == 0, problem.unseen("test")
    means = np.empty((len(problem.members), 9))
    for label in range(len(means)):
        part = next(
            name
            for name in PARTS
            if (seen[label] if name == "train" else problem.group[label] == HELD[name])
        )
        own = problem.parts[part]
        means[label] = own.features[own.labels == label].numpy().mean(0)
    words = np.array(
        [
            [float(row[slot] == word) for slot, size in ((0, 4), (1, 6)) for word in range(1, size)]
            for row in problem.members.tolist()
        ]
    )
    found = linearity(problem)
    model = LinearRegression().fit(words, means)
    share = r2_score(means, model.predict(words), multioutput="variance_weighted")
    n, p = words.shape
    assert found["explained"] == pytest.approx(1 - (1 - share) * (n - 1) / (n - p - 1))
    known = LinearRegression().fit(words[seen], means[seen]).predict(words[test])
    expected = r2_score(means[test], known, multioutput="variance_weighted")
    assert found["predicted"] == pytest.approx(expected)
    features, labels = real(problem)
    unseen = test.nonzero()[:, 0].tolist()
    right, alone = [], []
    for row, (x, label) in enumerate(zip(features.numpy(), labels.tolist(), strict=True)):
        away = [float(((x - one) ** 2).sum()) for one in known]
        right.append(unseen[int(np.argmin(away))] == label)
        others = [
            features[[i for i in range(len(labels)) if labels[i] == one and i != row]].mean(0)
            for one in unseen
        ]
        away = [float(((x - one.numpy()) ** 2).sum()) for one in others]
        alone.append(unseen[int(np.argmin(away))] == label)
    assert found["additive"] == pytest.approx(np.mean(right))
    assert found["oracle"] == pytest.approx(np.mean(alone))


def test_a_single_picture_is_never_told_by_its_own_mean() -> None:
    problem = made_up(3, pictures=1)
    assert linearity(problem)["oracle"] == 0
