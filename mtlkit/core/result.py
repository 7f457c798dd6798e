"""A run is data: tidy tables, named arrays, optional state, provenance. No pickle."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import safetensors.numpy

from mtlkit.errors import UsageError

FORMAT = 1
"""Version of the files' layout; a reader of another version says so and reads nothing."""


@attrs.frozen(eq=False)
class Result:
    """What a run leaves: one config with one seed in the cache, or several seeds in a folder.

    Parameters
    ----------
    lesson, config
        What was run: the lesson's name and the config's settings.
    seeds
        The random seeds; tables have one row per seed and more.
    tables
        Tidy tables by name.
    arrays
        Named arrays: embeddings, curves.
    provenance
        Versions, device, data set, numerics, wall time in seconds.
    state
        Parameters by name, where they were asked for.
    """

    lesson: str
    config: Mapping[str, Any]
    seeds: tuple[int, ...]
    tables: Mapping[str, pd.DataFrame]
    arrays: Mapping[str, np.ndarray[Any, Any]]
    provenance: Mapping[str, Any]
    state: Mapping[str, np.ndarray[Any, Any]] = attrs.field(factory=dict)

    def save(self, folder: Path) -> None:
        """Write `result.json`, `tables/*.parquet`, arrays and state; all of it or nothing.

        Other files that stand in the folder are left alone.
        """
        fresh = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}"
        try:
            self._write(fresh)
            _move_into(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _write(self, folder: Path) -> None:
        (folder / "tables").mkdir(parents=True)
        for name, table in self.tables.items():
            table.to_parquet(folder / "tables" / f"{name}.parquet", index=False)
        for name, arrays in (("arrays", self.arrays), ("state", self.state)):
            if arrays:
                safetensors.numpy.save_file(
                    {key: np.ascontiguousarray(value) for key, value in arrays.items()},
                    folder / f"{name}.safetensors",
                )
        head = {
            "format": FORMAT,
            "lesson": self.lesson,
            "config": dict(self.config),
            "seeds": list(self.seeds),
            "tables": sorted(self.tables),
            "provenance": dict(self.provenance),
        }
        (folder / "result.json").write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Result:
        """Read a result back.

        Raises
        ------
        UsageError
            If there is none, or its layout is of another version.
        """
        try:
            head = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise UsageError(f"{folder}: holds no readable result.json.") from None
        if head.get("format") != FORMAT:
            raise UsageError(
                f"{folder}: is of layout version {head.get('format')}; "
                f"this version of mtlkit reads {FORMAT}."
            )
        return cls(
            lesson=head["lesson"],
            config=head["config"],
            seeds=tuple(head["seeds"]),
            tables={
                name: pd.read_parquet(folder / "tables" / f"{name}.parquet")
                for name in head["tables"]
            },
            arrays=_read_arrays(folder / "arrays.safetensors"),
            provenance=head["provenance"],
            state=_read_arrays(folder / "state.safetensors"),
        )


def concatenated(results: list[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several results under each other."""
    return {
        name: pd.concat([result.tables[name] for result in results], ignore_index=True)
        for name in results[0].tables
    }


def write_file(target: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` make a file elsewhere, then move it to its place in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        write(fresh)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def _read_arrays(file: Path) -> dict[str, np.ndarray[Any, Any]]:
    return dict(safetensors.numpy.load_file(file)) if file.exists() else {}


def _move_into(fresh: Path, folder: Path) -> None:
    """Move a finished folder to its place; into a folder that exists, part by part."""
    try:
        os.rename(fresh, folder)
        return
    except OSError:
        folder.mkdir(parents=True, exist_ok=True)
    head = folder / "result.json"
    head.unlink(missing_ok=True)  # a folder without it is no result, so a break here is seen
    for part in sorted(fresh.iterdir(), key=lambda path: path.name == "result.json"):
        target = folder / part.name
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(part, target)
