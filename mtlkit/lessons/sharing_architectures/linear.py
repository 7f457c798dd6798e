"""The linear view: a method's path is walked, and validation chooses a point of it."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

import attrs
import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64
from torch import Tensor

from mtlkit.core.lesson import Snapshot
from mtlkit.core.parts import Part
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.linear_data import Moments, true_coefficients
from mtlkit.lessons.sharing_architectures.linear_methods import STEPS, Point, path


def train_linear(
    config: SharingConfig, strategy: str, seeds: Sequence[int]
) -> Generator[Snapshot, None, Part]:
    """Walk a method's path for all seeds at once; a snapshot a step, which counts as an epoch.

    A seed's strength (of `mean_regularised` λ as well) is that whose squared error on its
    validation examples, averaged over tasks, is least; the stronger penalty in a tie.

    Returns
    -------
    Part
        Its tables:

        `coefficients_error`
            Of each seed at its choice: `coefficient_error` |Â - A| / |A| (Frobenius), mean squared
            `validation_error` and `test_error`, `precision` and `recall` of the places that are
            not 0 (precision is missing where all are), how many those are (`nonzero`), `strength`
            α, `deviation_weight` λ (nan but for `mean_regularised`) and the `step` of the path.
        `errors`
            The same of each `task`, but for what is chosen; |â_.t - a_.t| / |a_.t|.
        `history`
            Of each task at each step: the errors, `nonzero`, `strength`, `deviation_weight`; of
            `mean_regularised` with the λ that validation prefers at that strength.

        Its arrays: `coefficients_STRATEGY` and `truth`, a row an input and a column a task.
    """
    walk = _Walk(config, strategy, seeds)
    for step, point in enumerate(path(strategy, walk.train)):
        yield walk.snapshot(step, walk.take(step, point))
    return walk.part()


@attrs.frozen(eq=False)
class _Look:
    """One step's solutions, one for each seed, and how good they are for each task."""

    coefficients: Float64[Tensor, "seed input task"]
    columns: Mapping[str, Float64[Tensor, "seed task"]]


class _Walk:
    """The data of all seeds, and what has been seen of a path so far."""

    def __init__(self, config: SharingConfig, strategy: str, seeds: Sequence[int]) -> None:
        self._strategy, self._seeds = strategy, tuple(seeds)
        self._truth = torch.stack([true_coefficients(config, seed) for seed in seeds])
        self.train, self._validation, self._test = (
            Moments.of(config, seeds, split) for split in ("train", "validation", "test")
        )
        self._looks: list[_Look] = []
        self._least = torch.full((len(seeds),), torch.inf, dtype=torch.float64)
        self._chosen = torch.zeros(len(seeds), dtype=torch.int64)

    def take(self, step: int, point: Point) -> _Look:
        """Choose each seed's candidate, measure it, and remember the step if it is the best."""
        validation = self._validation.mean_squared_error(point.coefficients)
        candidate = validation.mean(-1).argmin(0)
        rows = torch.arange(len(self._seeds))
        look = self._measured(
            point.coefficients[candidate, rows],
            validation[candidate, rows],
            point.strength,
            point.deviation_weights[candidate],
        )
        self._looks.append(look)
        score = look.columns["validation_error"].mean(1)
        self._chosen = torch.where(score < self._least, step, self._chosen)
        self._least = self._least.minimum(score)
        return look

    def _measured(
        self,
        a: Float64[Tensor, "seed input task"],
        validation: Float64[Tensor, "seed task"],
        strength: Float64[Tensor, " seed"],
        deviation_weight: Float64[Tensor, " seed"],
    ) -> _Look:
        return _Look(
            a,
            {
                "coefficient_error": (a - self._truth).norm(dim=1) / self._truth.norm(dim=1),
                "validation_error": validation,
                "test_error": self._test.mean_squared_error(a),
                "nonzero": (a != 0).sum(1).double(),
                "strength": strength[:, None].expand_as(validation),
                "deviation_weight": deviation_weight[:, None].expand_as(validation),
            },
        )

    def snapshot(self, step: int, look: _Look) -> Snapshot:
        """The step as the outside sees it."""
        return Snapshot(
            progress=(step + 1) / STEPS,
            part=self._strategy,
            epoch=step,
            epochs=STEPS - 1,
            seeds=self._seeds,
            observed=look.columns,
        )

    def part(self) -> Part:
        """Tables and arrays."""
        chosen = [self._looks[step] for step in self._chosen.tolist()]
        a = torch.stack([look.coefficients[row] for row, look in enumerate(chosen)])
        columns = {
            name: torch.stack([look.columns[name][row] for row, look in enumerate(chosen)])
            for name in chosen[0].columns
        }
        arrays = {
            seed: {
                f"coefficients_{self._strategy}": a[row].numpy(),
                "truth": self._truth[row].numpy(),
            }
            for row, seed in enumerate(self._seeds)
        }
        tables = {
            "coefficients_error": self._of_seeds(a, columns),
            "errors": self._of_tasks(a, columns),
            "history": pd.concat(
                [self._rows(look.columns, epoch=step) for step, look in enumerate(self._looks)],
                ignore_index=True,
            ),
        }
        return Part(tables, arrays)

    def _of_seeds(
        self, a: Float64[Tensor, "seed input task"], columns: Mapping[str, Tensor]
    ) -> pd.DataFrame:
        error = (a - self._truth).norm(dim=(1, 2)) / self._truth.norm(dim=(1, 2))
        precision, recall = _support(a.flatten(1), self._truth.flatten(1))
        return pd.DataFrame(
            {
                "seed": self._seeds,
                "strategy": self._strategy,
                "coefficient_error": error.numpy(),
                "validation_error": columns["validation_error"].mean(1).numpy(),
                "test_error": columns["test_error"].mean(1).numpy(),
                "precision": precision.numpy(),
                "recall": recall.numpy(),
                "nonzero": columns["nonzero"].sum(1).numpy(),
                "strength": columns["strength"][:, 0].numpy(),
                "deviation_weight": columns["deviation_weight"][:, 0].numpy(),
                "step": self._chosen.numpy(),
            }
        )

    def _of_tasks(
        self, a: Float64[Tensor, "seed input task"], columns: Mapping[str, Tensor]
    ) -> pd.DataFrame:
        kept = ("coefficient_error", "validation_error", "test_error", "nonzero")
        precision, recall = _support(a.mT, self._truth.mT)
        return self._rows(
            {name: columns[name] for name in kept} | {"precision": precision, "recall": recall}
        )

    def _rows(
        self, columns: Mapping[str, Float64[Tensor, "seed task"]], **constant: int
    ) -> pd.DataFrame:
        tasks = self._truth.shape[-1]
        return pd.DataFrame(
            {
                "seed": np.repeat(self._seeds, tasks),
                "strategy": self._strategy,
                "task": np.tile(np.arange(1, tasks + 1), len(self._seeds)),
                **constant,
                **{name: values.reshape(-1).numpy() for name, values in columns.items()},
            }
        )


def _support(
    found: Float64[Tensor, "*shape place"], truth: Float64[Tensor, "*shape place"]
) -> tuple[Float64[Tensor, "*shape"], Float64[Tensor, "*shape"]]:
    """Precision and recall of the places that are not 0; nan where there are none."""
    hits = ((found != 0) & (truth != 0)).sum(-1).double()
    return hits / (found != 0).sum(-1), hits / (truth != 0).sum(-1)
