"""The sweep over the bias against going through pictures one by one, and closed forms."""

from __future__ import annotations

import itertools
import math
import statistics
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.zero_shot_metrics import JUST, area_sampled
from mtlkit.errors import UsageError
from mtlkit.metrics.zero_shot import Curve, generalised, sweep, top_k_hits

Case = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
NAN = math.nan


def case(seed: int, pictures: int, compositions: int, odd: float = 0.05) -> Case:
    """Small whole scores, so that ties are frequent; some that are infinite or no number."""
    g = torch.Generator().manual_seed(seed)
    scores = torch.randint(-2, 3, (pictures, compositions), generator=g).float()
    for value in (NAN, torch.inf, -torch.inf):
        scores[torch.rand(scores.shape, generator=g) < odd] = value
    scores[torch.rand(pictures, generator=g) < odd] = NAN
    seen = torch.rand(compositions, generator=g) < 0.5
    candidates = torch.rand(compositions, generator=g) < 0.7
    seen[:2], candidates[:2] = torch.tensor([True, False]), True
    allowed = candidates.nonzero()[:, 0]
    labels = allowed[torch.randint(len(allowed), (pictures,), generator=g)]
    labels[:2] = torch.tensor([0, 1])
    return scores, labels, seen, candidates


def right(
    scores: list[float], label: int, seen: list[bool], candidates: list[bool], k: int, bias: float
) -> bool:
    """One picture with one bias: at most k - 1 others that are not below the label."""
    held = [s if known else s + bias for s, known in zip(scores, seen, strict=True)]
    ahead = 0
    for place, (score, counts) in enumerate(zip(held, candidates, strict=True)):
        if counts and place != label and not score < held[label]:
            ahead += 1
    return ahead < k


def shares(some: Case, k: int, bias: float) -> tuple[Fraction, Fraction]:
    scores, labels, seen, candidates = (x.tolist() for x in some)
    found: dict[bool, list[bool]] = {True: [], False: []}
    for row, label in zip(scores, labels, strict=True):
        found[seen[label]].append(right(row, label, seen, candidates, k, bias))
    return tuple(Fraction(sum(found[x]), len(found[x])) for x in (True, False))  # type: ignore[return-value]


def probes(some: Case) -> list[float]:
    """Every difference of two scores of a picture, one between each two, and one beyond each end.

    No accuracy changes elsewhere: only there are a seen and an unseen composition level.
    """
    differences = {
        a - b
        for row in some[0].tolist()
        for a, b in itertools.permutations(row, 2)
        if math.isfinite(a) and math.isfinite(b)
    }
    levels = sorted(differences | {0.0})
    middles = [(a + b) / 2 for a, b in itertools.pairwise(levels)]
    return sorted([levels[0] - 1, *levels, *middles, levels[-1] + 1])


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("seed", range(100))
def test_every_bias_gives_what_counting_gives(seed: int, k: int) -> None:
    some = case(seed, pictures=2 + seed % 7, compositions=2 + seed % 5)
    curve = generalised(*some, k)
    between = [shares(some, k, bias) for bias in probes(some)[::2]]
    for bias in probes(some):
        assert curve.at(bias) == tuple(map(float, shares(some, k, bias)))
    corners = list(dict.fromkeys(between))
    area = sum((v - u) * (s + t) / 2 for (s, u), (t, v) in itertools.pairwise(corners))
    assert curve.area == pytest.approx(float(area), abs=1e-12)
    best = max(2 * s * u / (s + u) if s + u else Fraction(0) for s, u in between)
    assert curve.harmonic == pytest.approx(float(best))
    assert curve.best_seen == float(between[0][0])
    assert curve.best_unseen == float(between[-1][1])


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(-48, 48))
def test_with_the_bias_added_these_are_the_hits(seed: int, k: int, eighths: int) -> None:
    """With scores of either precision, and a bias that adds to them without rounding."""
    bias = eighths / 8
    for precision in (torch.float32, torch.float64):
        scores, labels, seen, candidates = case(seed, 12, 6)
        scores = scores.to(precision)
        biased = scores.double() + bias * ~seen
        hits = top_k_hits(biased, labels, candidates, k)
        of_seen = seen[labels]
        wanted = tuple(hits[of].double().mean().item() for of in (of_seen, ~of_seen))
        assert generalised(scores, labels, seen, candidates, k).at(bias) == wanted


def test_the_curve_says_how_its_parts_pair_up() -> None:
    """Thresholds 1 and 3 of seen pictures, 2 and always of unseen ones."""
    scores = torch.tensor([[1.0, 0.0], [3.0, 0.0], [2.0, 0.0], [-torch.inf, 0.0]])
    curve = generalised(
        scores, torch.tensor([0, 0, 1, 1]), torch.tensor([True, False]), torch.tensor([True, True])
    )
    assert curve.bias.tolist() == [1, 2, 3]
    assert curve.seen_accuracy.tolist() == [1, 0.5, 0.5, 0]
    assert curve.unseen_accuracy.tolist() == [0.5, 0.5, 1, 1]
    assert [curve.at(b) for b in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 9.0)] == [
        (1, 0.5), (0.5, 0.5), (0.5, 0.5), (0.5, 0.5), (0.5, 1), (0, 1), (0, 1),
    ]  # fmt: skip
    assert curve.area == 0.25
    assert curve.harmonic == pytest.approx(2 / 3)
    assert (curve.best_seen, curve.best_unseen) == (1, 1)


def grid(pictures: int, compositions: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """So many pictures of each; the first half are seen."""
    labels = torch.arange(compositions).repeat_interleave(pictures)
    return labels, torch.arange(compositions) < compositions // 2, torch.ones(compositions).bool()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_perfect_model_has_the_whole_area(k: int) -> None:
    labels, seen, every = grid(3, 8)
    scores = torch.nn.functional.one_hot(labels, 8).float()
    curve = generalised(scores, labels, seen, every, k)
    assert (curve.area, curve.harmonic, curve.best_seen, curve.best_unseen) == (1, 1, 1, 1)
    assert curve.at(0.0) == (1, 1)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("good", ["seen", "unseen"])
def test_a_model_that_knows_one_half_only_has_no_area(good: str, k: int) -> None:
    """The label of one half above all, of the other half below all."""
    labels, seen, every = grid(2, 8)
    known = seen[labels] == (good == "seen")
    own = torch.nn.functional.one_hot(labels, 8).float()
    curve = generalised(torch.where(known[:, None], own, -own), labels, seen, every, k)
    assert (curve.area, curve.harmonic) == (0, 0)
    assert (curve.best_seen, curve.best_unseen) == ((1, 0) if good == "seen" else (0, 1))


@pytest.mark.parametrize("margin", [1.0, 1e6])
def test_a_model_that_prefers_one_group_only_needs_a_bias(margin: float) -> None:
    """Perfect within both groups, however far apart these are: the bias undoes that."""
    labels, seen, every = grid(2, 8)
    scores = torch.nn.functional.one_hot(labels, 8).float() + margin * seen
    curve = generalised(scores, labels, seen, every)
    assert curve.area == 1
    assert curve.at(0.0) == ((1, 0) if margin >= 1 else (1, 1))
    assert curve.at(margin) == (1, 1)


@pytest.mark.parametrize("odd", [0.0, 7.5, torch.inf, -torch.inf, NAN])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_one_score_for_all_never_looks_good(odd: float, k: int) -> None:
    labels, seen, every = grid(2, 8)
    curve = generalised(torch.full((16, 8), odd), labels, seen, every, k)
    assert (curve.area, curve.harmonic, curve.best_seen, curve.best_unseen) == (0, 0, 0, 0)


def test_shared_breakpoints_halve_the_rectangle_as_said() -> None:
    """One seen and one unseen composition, level: right is the one that the bias favours."""
    labels, seen, every = grid(1, 2)
    curve = generalised(torch.zeros(2, 2), labels, seen, every)
    assert curve.at(-1.0) == (1, 0)
    assert curve.at(0.0) == (0, 0)
    assert curve.at(1.0) == (0, 1)
    assert curve.area == 0.5
    apart = generalised(torch.tensor([[0.0, 0.0], [1e-6, 0.0]]), labels, seen, every)
    assert apart.area == 0
    apart = generalised(torch.tensor([[0.0, 0.0], [0.0, 1e-6]]), labels, seen, every)
    assert apart.area == 1


@pytest.mark.parametrize(("seen_count", "unseen_count"), [(1, 1), (2, 1), (1, 3), (2, 2)])
def test_a_random_model_has_the_expected_area(seen_count: int, unseen_count: int) -> None:
    """The mean over all orders of the scores of two pictures, each of its own group.

    The label is first in its group once in as many orders as that has compositions. If so, the
    picture's margin is the difference of both groups' highest scores, the other picture's is drawn
    from the opposite of the same distribution, and their sum is as often above 0 as below.
    """
    compositions = seen_count + unseen_count
    labels, every = torch.tensor([0, seen_count]), torch.ones(compositions).bool()
    seen = torch.arange(compositions) < seen_count
    orders = list(itertools.permutations([2.0**i for i in range(compositions)]))
    areas = [
        generalised(torch.tensor([a, b]), labels, seen, every).area
        for a, b in itertools.product(orders, orders)
    ]
    assert statistics.mean(areas) == pytest.approx(1 / (2 * seen_count * unseen_count))


@pytest.mark.parametrize("seed", range(5))
def test_sampling_every_unseen_breakpoint_cuts_off_half_a_step(seed: int) -> None:
    """Its lines descend where the curve is level: half the first height by a step's width less."""
    g = torch.Generator().manual_seed(seed)
    labels, seen, every = grid(10, 6)
    scores = 10 * torch.randn(60, 6, generator=g) + 15 * torch.nn.functional.one_hot(labels)
    curve = generalised(scores, labels, seen, every)
    assert curve.bias.diff().min() > 2 * JUST
    rises = (curve.unseen_accuracy.diff() > 0).nonzero()[:, 0]
    first = curve.at(float(curve.bias[rises[0]]) - JUST)[0]
    assert (~seen[labels]).sum() == 30
    sampled = area_sampled(scores, labels, seen, samples=1000)
    assert curve.area - sampled == pytest.approx(first / (2 * 30))
    assert area_sampled(scores, labels, seen, samples=4) < sampled


@pytest.mark.parametrize("k", [1, 2])
def test_neither_a_constant_nor_an_order_changes_anything(k: int) -> None:
    scores, labels, seen, candidates = case(3, 60, 9)
    curve = generalised(scores, labels, seen, candidates, k)
    g = torch.Generator().manual_seed(4)
    constant = torch.randint(-9, 9, (60, 1), generator=g)
    pictures, compositions = torch.randperm(60, generator=g), torch.randperm(9, generator=g)
    for same in (
        generalised(scores + constant, labels, seen, candidates, k),
        generalised(scores[pictures], labels[pictures], seen, candidates, k),
        generalised(
            scores[:, compositions],
            compositions.argsort()[labels],
            seen[compositions],
            candidates[compositions],
            k,
        ),
    ):
        for field in ("bias", "seen_accuracy", "unseen_accuracy"):
            assert torch.equal(getattr(same, field), getattr(curve, field))


def test_blocks_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    some = case(5, 50, 7)
    whole = generalised(*some, 2)
    monkeypatch.setattr(sweep, "CELLS", 30)
    parts = generalised(*some, 2)
    assert torch.equal(whole.bias, parts.bias)
    assert torch.equal(whole.seen_accuracy, parts.seen_accuracy)
    assert torch.equal(whole.unseen_accuracy, parts.unseen_accuracy)


@pytest.mark.parametrize("bias", [torch.inf, -torch.inf, NAN])
def test_a_bias_that_is_no_finite_number_is_refused(bias: float) -> None:
    curve = Curve.of(torch.zeros(1).double(), torch.zeros(1).double())
    with pytest.raises(UsageError, match="finite"):
        curve.at(bias)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"k": 0}, "k is 0"),
        ({"candidates": torch.zeros(4).bool()}, "no candidates"),
        ({"candidates": torch.tensor([True, False, True, True])}, "no candidate, the first 1"),
        ({"labels": torch.tensor([0, 1, 0])}, "unseen"),
        ({"labels": torch.tensor([2, 3, 2])}, "that is seen"),
        ({"labels": torch.tensor([0, 4, 2])}, "label is 4"),
        ({"labels": torch.tensor([0, -1, 2])}, "label is -1"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(changed: dict[str, object], said: str) -> None:
    given = {
        "scores": torch.zeros(3, 4),
        "labels": torch.tensor([0, 1, 2]),
        "seen": torch.tensor([True, True, False, False]),
        "candidates": torch.ones(4).bool(),
    }
    with pytest.raises(UsageError, match=said):
        generalised(**given | changed)  # type: ignore[arg-type]


def test_scores_under_training_can_be_swept() -> None:
    labels, seen, every = grid(1, 4)
    assert generalised(torch.eye(4).requires_grad_(), labels, seen, every).area == 1
