"""Checkers for the exercises: each says what is missing, and returns whether it was right."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

_CASES = ((0.5, 0.5, 0.8), (0.5, 1.0, 2.0), (1.0, 0.5, 1.3), (2.0, 0.7, 0.05))


def check_fixed_point(answer: Callable[[float, float, float], Any]) -> bool:
    """Check where a exp(-v) L + b v comes to rest, against a numerical minimum (lesson 01).

    Parameters
    ----------
    answer
        From a, b and the loss L to the pair (s, weight): s = exp(v) at rest, and the factor on
        the loss there.

    Returns
    -------
    bool
        Whether all cases agree to one part in ten thousand.
    """
    for a, b, loss in _CASES:
        found = minimize_scalar(
            lambda v, a=a, b=b, loss=loss: a * math.exp(-v) * loss + b * v,
            bounds=(-12, 12),
            method="bounded",
            options={"xatol": 1e-9},
        )
        s = math.exp(found.x)
        case = f"a = {a:g}, b = {b:g}, L = {loss:g}"
        given = answer(a, b, loss)
        try:
            mine, weight = (float(number) for number in given)
        except (TypeError, ValueError):
            return _no(f"{case}: return a pair of numbers, s and the weight, not {given!r}.")
        if not math.isclose(mine, s, rel_tol=1e-4):
            return _no(f"{case}: the objective is lowest at s = {s:.4f}; you have {mine:.4f}.")
        if not math.isclose(weight, a / s, rel_tol=1e-4):
            return _no(f"{case}: the loss is multiplied by {a / s:.4f} there, not {weight:.4f}.")
    print(f"Right, in all {len(_CASES)} cases.")
    return True


def _no(what: str) -> bool:
    print(f"Not yet. {what}")
    return False


_FLIPS = ((0.05, 10), (0.25, 10), (0.4, 3), (0.3, 2))


def check_least_loss(answer: Callable[[float, int], Any]) -> bool:
    """Check the least mean cross-entropy that flipped labels allow, numerically (lesson 02).

    Parameters
    ----------
    answer
        From the flip rate and the number of classes to the loss in nats.

    Returns
    -------
    bool
        Whether all cases agree to one part in ten thousand.
    """
    for rate, classes in _FLIPS:
        found = minimize_scalar(
            lambda right, rate=rate, classes=classes: (
                -(1 - rate) * math.log(right) - rate * math.log((1 - right) / (classes - 1))
            ),
            bounds=(1e-9, 1 - 1e-9),
            method="bounded",
            options={"xatol": 1e-9},
        )
        case = f"rate = {rate:g}, n_classes = {classes}"
        given = answer(rate, classes)
        try:
            mine = float(given)
        except (TypeError, ValueError):
            return _no(f"{case}: return a number, not {given!r}.")
        if not math.isclose(mine, found.fun, rel_tol=1e-4):
            return _no(f"{case}: the best prediction costs {found.fun:.4f}; you have {mine:.4f}.")
    print(f"Right, in all {len(_FLIPS)} cases.")
    return True


_ROWS = (((3.0, -4.0), 1.0), ((0.3, 0.4), 1.0), ((1.0, -2.0, 2.0), 1.5), ((-2.0, 0.0, 0.5), 0.0))


def _row_objective(
    a: Float64[np.ndarray, " task"], v: Float64[np.ndarray, " task"], threshold: float
) -> float:
    return float(((a - v) ** 2).sum() / 2 + threshold * np.linalg.norm(a))


def check_shrink_row(answer: Callable[[Float64[np.ndarray, " task"], float], Any]) -> bool:
    """Check the row a that minimises ½|a - v|² + τ|a|, by a search (lesson 03).

    Parameters
    ----------
    answer
        From the row v and the threshold τ to a.

    Returns
    -------
    bool
        Whether all cases agree to one part in ten thousand.
    """
    for row, threshold in _ROWS:
        v = np.array(row)

        found = minimize(
            _row_objective,
            v,
            args=(v, threshold),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000},
        )
        best = np.asarray(found.x)
        # The search may miss the corner at 0, so that this is tried too.
        if _row_objective(0 * v, v, threshold) < _row_objective(best, v, threshold):
            best = 0 * v
        case = f"row = {list(row)}, threshold = {threshold:g}"
        given = answer(v.copy(), threshold)
        try:
            mine = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            mine = np.array(np.nan)
        if mine.shape != v.shape:
            return _no(f"{case}: return {len(v)} numbers, not {given!r}.")
        if not np.allclose(mine, best, rtol=1e-4, atol=1e-4):
            lowest = ", ".join(f"{value:.4f}" for value in best)
            return _no(f"{case}: the lowest is at {lowest}; you have {mine.tolist()}.")
    print(f"Right, in all {len(_ROWS)} cases.")
    return True


_GATES = (
    # losses of the gates 00, 01, 10, 11 of two experts, their probabilities, and the draws
    ((1.7, 1.5, 1.6, 1.1), (0.5, 0.5), 2),
    ((9.0, 8.0, 8.5, 8.2), (0.3, 0.8), 2),
    ((0.9, 0.2, 0.5, 0.4), (0.6, 0.2), 3),
)


def check_leave_one_out(answer: Callable[[Float64[np.ndarray, " draw"]], Any]) -> bool:
    """Check what weighs the score of each draw of two gates, over all draws (lesson 04).

    The gradient's expectation has to be the exact one, and its variance below that without a
    baseline; so other good baselines than leave-one-out pass too.

    Parameters
    ----------
    answer
        From the losses of some draws of the gates for one picture to as many weights, one for the
        score of each draw.

    Returns
    -------
    bool
        Whether it is so in all cases, to one part in a million.
    """
    for losses, probabilities, draws in _GATES:
        case = f"losses {', '.join(map(str, losses))}, {draws} draws"
        gates = np.array(list(itertools.product((0, 1), repeat=2)))
        p = np.array(probabilities)
        likely = np.where(gates == 1, p, 1 - p).prod(1)
        score = gates - p  # of a Bernoulli gate, in its logit
        exact = (likely * losses) @ score
        found, plain = [], []
        for drawn in itertools.product(range(len(gates)), repeat=draws):
            told = np.array([losses[place] for place in drawn])
            given = answer(told.copy())
            try:
                weights = np.asarray(given, dtype=float)
            except (TypeError, ValueError):
                weights = np.array(np.nan)
            if weights.shape != told.shape or not np.isfinite(weights).all():
                return _no(f"{case}: return {draws} numbers, one for each draw, not {given!r}.")
            chance = likely[list(drawn)].prod()
            found.append((chance, weights @ score[list(drawn)] / draws))
            plain.append((chance, told @ score[list(drawn)] / draws))
        mean, noise = _moments(found)
        if not np.allclose(mean, exact, rtol=1e-6, atol=1e-9):
            numbers = ", ".join(
                f"{mine:.4f} for {true:.4f}" for mine, true in zip(mean, exact, strict=True)
            )
            return _no(f"{case}: the estimate is biased; its expectation is {numbers}.")
        if noise >= _moments(plain)[1]:
            return _no(f"{case}: unbiased, but it varies as much as without a baseline.")
    print(f"Right, in all {len(_GATES)} cases.")
    return True


def _moments(
    estimates: Sequence[tuple[float, Float64[np.ndarray, " expert"]]],
) -> tuple[Float64[np.ndarray, " expert"], float]:
    """Mean and summed variance of estimates with their probabilities."""
    chance = np.array([each for each, _ in estimates])
    values = np.array([each for _, each in estimates])
    mean = chance @ values
    return mean, float((chance @ (values - mean) ** 2).sum())


_SCORES = (
    # scores of a picture with some captions, which of them is its own, and the temperature
    ((0.7, 0.5, 0.1, -0.2), 0, 0.1),
    ((0.3, 0.2, 0.6, 0.5, 0.5), 1, 0.07),
    ((-0.4, 0.0, 0.9), 2, 1.0),
    ((0.9, 0.1, 0.899, -0.9), 1, 0.001),
)


def check_negative_shares(
    answer: Callable[[Float64[np.ndarray, " caption"], int, float], Any],
) -> bool:
    """Check each caption's share in SimCLR's gradient, by differences of the loss (lesson 07).

    The last case has a temperature at which an exponential of a score is no finite number.

    Parameters
    ----------
    answer
        From a picture's scores, the place of its own caption and the temperature to as many
        shares: 0 for its own caption, and 1 for all others together.

    Returns
    -------
    bool
        Whether it is so in all cases, to one part in ten thousand.
    """
    for told, own, temperature in _SCORES:
        scores = np.array(told)
        case = f"scores {', '.join(map(str, told))}, own {own}, temperature {temperature:g}"
        step = 1e-4 * temperature

        slopes = np.array(
            [
                _simclr(scores + step * one, own, temperature)
                - _simclr(scores - step * one, own, temperature)
                for one in np.eye(len(scores))
            ]
        )
        slopes[own] = 0
        expected = slopes / slopes.sum()
        given = answer(scores.copy(), own, temperature)
        try:
            mine = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            mine = np.array(np.nan)
        if mine.shape != scores.shape:
            return _no(
                f"{case}: return {len(scores)} numbers, one for each caption, not {given!r}."
            )
        if not np.isfinite(mine).all():
            return _no(f"{case}: not every share is a finite number; you have {mine.tolist()}.")
        if not np.allclose(mine, expected, rtol=1e-4, atol=1e-6):
            shares = ", ".join(f"{share:.4f}" for share in expected)
            return _no(f"{case}: the shares are {shares}; you have {mine.round(4).tolist()}.")
    print(f"Right, in all {len(_SCORES)} cases.")
    return True


def _simclr(scores: Float64[np.ndarray, " caption"], own: int, temperature: float) -> float:
    """The loss of a picture in one direction, as printed."""
    return float(logsumexp(np.delete(scores, own) / temperature) - scores[own] / temperature)


_NOISY = ((0.0, 4), (0.05, 12), (0.25, 36), (0.4, 3), (0.5, 2))


def check_right_positives(answer: Callable[[float, int], Any]) -> bool:
    """Check how often two items of one noisy label have one true class, by counting (lesson 08).

    Parameters
    ----------
    answer
        From the flip rate and the number of classes to the probability.

    Returns
    -------
    bool
        Whether all cases agree to one part in ten thousand.
    """
    for rate, classes in _NOISY:
        # Rows are true classes, columns noisy labels.
        seen = np.full((classes, classes), rate / (classes - 1))
        np.fill_diagonal(seen, 1 - rate)
        pairs = seen @ seen.T  # both true classes, where the labels agree
        expected = np.trace(pairs) / pairs.sum()
        case = f"rate = {rate:g}, n_classes = {classes}"
        given = answer(rate, classes)
        try:
            mine = float(given)
        except (TypeError, ValueError):
            return _no(f"{case}: return a number, not {given!r}.")
        if not math.isclose(mine, expected, rel_tol=1e-4):
            return _no(f"{case}: {expected:.4f} of the pairs agree; you have {mine:.4f}.")
    print(f"Right, in all {len(_NOISY)} cases.")
    return True


_TURNS = (
    # scores, whether each is of a seen composition, and the label's place
    ((2.0, 1.0, 0.5), (True, True, False), 0),
    ((2.0, 1.0, 0.5), (True, True, False), 2),
    ((-1.0, 0.25, 4.0, 3.0), (True, True, False, False), 1),
    ((-1.0, 0.25, 4.0, 3.0), (True, True, False, False), 2),
    ((2.0, 1.0, 0.5, -1.0), (True, True, False, False), 1),
    ((2.0, 1.0, 0.5, -1.0), (True, True, False, False), 3),
)

_FAR, _NEAR = 1e3, 1e-6
"""Beyond every bias at which something turns; less than any two of them differ."""


def check_turning_bias(answer: Callable[[list[float], list[bool], int], Any]) -> bool:
    """Check at which calibration bias the best guess of a picture turns, by trying (lesson 09).

    Parameters
    ----------
    answer
        From the scores of all compositions, whether each was seen in training, and the label's
        place, to a bias, which is added to the scores of unseen ones: a seen label is right below
        it, an unseen one above it. If the label is never right, minus infinity for a seen one,
        plus infinity for an unseen one.

    Returns
    -------
    bool
        Whether the guess is right on the one side of it and wrong on the other, in all cases.
    """
    for scores, seen, label in _TURNS:
        case = f"scores = {list(scores)}, seen = {list(seen)}, label = {label}"
        given = answer(list(scores), list(seen), label)
        try:
            mine = float(given)
        except (TypeError, ValueError):
            return _no(f"{case}: return a number, not {given!r}.")
        if math.isnan(mine):
            return _no(f"{case}: return a number, not {mine}.")
        place = min(max(mine, -_FAR), _FAR)
        for bias in (place - _NEAR, place + _NEAR):
            guess = _best_guess(scores, seen, bias)
            below = bias < mine
            if (guess == label) != (below == seen[label]):
                told = "right" if guess == label else "wrong"
                side = "below" if below else "above"
                return _no(f"{case}: at bias {bias:.4f}, {side} your {mine:g}, it is {told}.")
    print(f"Right, in all {len(_TURNS)} cases.")
    return True


def _best_guess(scores: Sequence[float], seen: Sequence[bool], bias: float) -> int:
    with_bias = [s if known else s + bias for s, known in zip(scores, seen, strict=True)]
    return max(range(len(scores)), key=with_bias.__getitem__)
