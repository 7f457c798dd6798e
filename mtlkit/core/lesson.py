"""What a lesson is: its place in the course, and its four modules, imported when needed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from mtlkit.core.claim import Claim
    from mtlkit.core.config import Config
    from mtlkit.core.result import Result
    from mtlkit.core.study import Setting, Study


@attrs.frozen
class Dataset:
    """Which data a run reads: its name, and a checksum where it is not generated."""

    name: str
    checksum: str = ""


@attrs.frozen(eq=False)
class Snapshot:
    """A look at a training under way.

    Parameters
    ----------
    progress
        How much of the run is done, from 0 to 1.
    part
        What is being trained (a strategy's name).
    epoch, epochs
        The epoch just finished, and the last one there can be.
    seeds
        The seed of each running replica.
    observed
        Tensors by name, each with the running replicas as its leading axis.
    """

    progress: float
    part: str
    epoch: int
    epochs: int
    seeds: tuple[int, ...]
    observed: Mapping[str, torch.Tensor]


@runtime_checkable
class Experiment(Protocol):
    """What `experiment.py` of a lesson offers: data in, results out, nothing drawn."""

    Config: type[Config]

    def dataset(self, config: Any) -> Dataset:
        """The data that the config reads."""

    def cost(self, config: Any) -> float:
        """Work of one seed, in units of the lesson's own; only ratios mean anything."""

    def train(
        self, config: Any, seeds: Sequence[int], device: torch.device
    ) -> Iterator[Snapshot | Result]:
        """Train; yield snapshots and, at last, one result per seed."""

    def combine(self, results: Sequence[Result]) -> dict[str, pd.DataFrame]:
        """The tables of several seeds as one set, with what is chosen over the seeds chosen."""


@attrs.frozen
class Lesson:
    """A lesson of the course.

    Parameters
    ----------
    name, number, title
        `noisy_polynomials`, 1, and the title in words.
    source
        The document and chapter it re-implements.
    default_data, source_data
        The data its scales use by default, and those names that are the source's own data;
        evidence on any other is marked as a stand-in's.
    minutes
        Minutes to read the notebook.
    prerequisites
        What a reader should know, as the notebook's first cell names it: `softmax`, `lesson 01`.
    package
        Where its modules live; empty for `mtlkit.lessons.NAME`. A lesson of yours names its own,
        or one module that is all of them.
    """

    name: str
    number: int
    title: str
    summary: str
    source: str
    default_data: str
    source_data: tuple[str, ...]
    minutes: int
    prerequisites: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    package: str = attrs.field(default="", kw_only=True)

    @property
    def full_name(self) -> str:
        """Number and name, as its notebook is called."""
        return f"{self.number:02d}_{self.name}"

    @property
    def notebook(self) -> str:
        """File name of its notebook in `notebooks/`."""
        return f"{self.full_name}.ipynb"

    @property
    def experiment(self) -> Experiment:
        """Its experiment: config, training, results."""
        return self._module("experiment")  # type: ignore[no-any-return]

    @property
    def studies(self) -> Mapping[str, Study]:
        """Its studies by name."""
        return self._module("studies").STUDIES  # type: ignore[no-any-return]

    def example(self, scale: str) -> Setting:
        """The setting that its notebook trains while one watches."""
        return self._module("studies").example(scale)  # type: ignore[no-any-return]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Its claims."""
        return self._module("claims").CLAIMS  # type: ignore[no-any-return]

    @property
    def views(self) -> Any:
        """Its views; needs plotly and matplotlib."""
        return self._module("views")

    @property
    def numerics_files(self) -> tuple[Path, ...]:
        """The files whose code fixes the lesson's numbers: all but studies, claims and views.

        Of a lesson in one module it is that one.
        """
        experiment = self._module("experiment")
        if experiment.__name__ == self.package:
            return (Path(str(experiment.__file__)),)
        folder = Path(str(experiment.__file__)).parent
        readers = ("__init__.py", "studies.py", "claims.py", "views.py")
        return tuple(file for file in sorted(folder.glob("*.py")) if file.name not in readers)

    def _module(self, part: str) -> Any:
        package = self.package or f"mtlkit.lessons.{self.name}"
        found = importlib.import_module(package)
        return importlib.import_module(f"{package}.{part}") if hasattr(found, "__path__") else found
