"""Task weights tried by hand: a small grid on the simplex."""

from __future__ import annotations

import itertools

import torch
from jaxtyping import Float
from torch import Tensor

MOST_POINTS = 18


def simplex_grid(tasks: int, most: int = MOST_POINTS) -> Float[Tensor, "point task"]:
    """At most `most` vectors of task weights, each positive and summing to T; equal ones first.

    From the lattice of weights that are multiples of 1/k (k falls with T, to keep it small) the
    points are picked one by one, each as far as possible from those already picked: so a grid cut
    short still covers the simplex, corners before the inside. nahm2020 (5.1) searched "several
    different combinations" and does not list them.
    """
    resolution = {1: 1, 2: 9, 3: 4, 4: 3}.get(tasks, 2)
    total = resolution * tasks
    lattice = torch.tensor(
        [
            torch.tensor([0, *cuts, total]).diff().tolist()
            for cuts in itertools.combinations(range(1, total), tasks - 1)
        ],
        dtype=torch.float32,
    )
    picked = [int((lattice - resolution).abs().sum(1).argmin())]
    distance = torch.full((len(lattice),), torch.inf)
    while len(picked) < min(most, len(lattice)):
        distance = distance.minimum((lattice - lattice[picked[-1]]).norm(dim=1))
        picked.append(int(distance.argmax()))
    return lattice[picked] / resolution
