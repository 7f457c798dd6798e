"""The losses as they are written on paper: double loops over Python's numbers."""

from __future__ import annotations

import math

import torch

Matrix = list[list[float]]


def others(row: int, size: int) -> list[int]:
    return [place for place in range(size) if place != row]


def sum_triplet(s: Matrix, margin: float) -> list[float]:
    n = len(s)
    return [
        sum(max(margin + s[i][c] - s[i][i], 0) for c in others(i, n))
        + sum(max(margin + s[j][i] - s[i][i], 0) for j in others(i, n))
        for i in range(n)
    ]


def max_triplet(s: Matrix, margin: float) -> list[float]:
    n = len(s)
    return [
        max((max(margin + s[i][c] - s[i][i], 0) for c in others(i, n)), default=0.0)
        + max((max(margin + s[j][i] - s[i][i], 0) for j in others(i, n)), default=0.0)
        for i in range(n)
    ]


def simclr(s: Matrix, temperature: float, positive_in_denominator: bool) -> list[float]:
    n = len(s)
    found = []
    for i in range(n):
        below = list(range(n)) if positive_in_denominator else others(i, n)
        own = math.exp(s[i][i] / temperature)
        texts = sum(math.exp(s[i][c] / temperature) for c in below)
        images = sum(math.exp(s[j][i] / temperature) for j in below)
        found.append(-math.log(own / texts) - math.log(own / images))
    return found


def cross_correlation(images: Matrix, texts: Matrix) -> Matrix:
    def column(x: Matrix, k: int) -> list[float]:
        values = [row[k] for row in x]
        mean = math.fsum(values) / len(values)
        spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
        return [(v - mean) / spread for v in values]

    one, other = ([column(x, k) for k in range(len(x[0]))] for x in (images, texts))
    return [
        [math.fsum(a * b for a, b in zip(p, q, strict=True)) / len(images) for q in other]
        for p in one
    ]


def barlow_twins(images: Matrix, texts: Matrix, weight: float) -> float:
    c = cross_correlation(images, texts)
    features = range(len(c))
    return sum((1 - c[i][i]) ** 2 for i in features) + weight * sum(
        c[i][j] ** 2 for i in features for j in features if i != j
    )


def class_triplet(a: Matrix, p: Matrix, n: Matrix, margin: float) -> list[float]:
    def squared(x: list[float], y: list[float]) -> float:
        return sum((u - v) ** 2 for u, v in zip(x, y, strict=True))

    return [max(squared(x, y) - squared(x, z) + margin, 0) for x, y, z in zip(a, p, n, strict=True)]


def normals(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))
