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
from safetensors import SafetensorError

from mtlkit.core.checksums import HEAD, damaged_file, with_checksums
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
    arrays: Mapping[str, np.ndarray]
    provenance: Mapping[str, Any]
    state: Mapping[str, np.ndarray] = attrs.field(factory=dict)

    def save(self, folder: Path) -> None:
        """Write `result.json`, `tables/*.parquet`, arrays and state; all of it or nothing.

        A result that stands in the folder is replaced; other files there are left alone.

        Raises
        ------
        UsageError
            If the folder's `result.json` is of another layout version, or no result's at all.
        """
        check_replaceable(folder)
        hidden = f".{folder.name}.{uuid.uuid4().hex[:8]}"
        # Within the folder if it is there: its parent may be read-only, or another file system.
        fresh = folder / hidden if folder.is_dir() else folder.parent / hidden
        try:
            self._write(fresh)
            _move_into(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _write(self, folder: Path) -> None:
        (folder / "tables").mkdir(parents=True)
        for name, table in self.tables.items():
            table.to_parquet(_table(folder, name), index=False)
        for name, arrays in (("arrays", self.arrays), ("state", self.state)):
            if arrays:
                safetensors.numpy.save_file(
                    {key: np.asarray(value, order="C") for key, value in arrays.items()},
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
        text = json.dumps(with_checksums(head, folder), indent=1) + "\n"
        (folder / HEAD).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Result:
        """Read a result back.

        Raises
        ------
        UsageError
            If there is none that can be read, or its layout is of another version.
        """
        head = _read_head(folder)
        try:
            damaged = damaged_file(head, folder)
            if damaged is not None:
                raise LookupError(f"{damaged} is missing or damaged")
            return cls(
                lesson=head["lesson"],
                config=head["config"],
                seeds=tuple(head["seeds"]),
                tables={name: pd.read_parquet(_table(folder, name)) for name in head["tables"]},
                arrays=_read_arrays(folder / "arrays.safetensors"),
                provenance=head["provenance"],
                state=_read_arrays(folder / "state.safetensors"),
            )
        except LookupError as error:
            why = str(error.args[0])
        except (OSError, ValueError, TypeError, SafetensorError) as error:
            why = type(error).__name__
        raise UsageError(f"{folder}: holds a result that cannot be read ({why}).")


def check_replaceable(folder: Path) -> None:
    """Refuse a folder whose `result.json` this version did not write: saving would destroy it.

    Raises
    ------
    UsageError
        If its layout is of another version, or it is no result's at all.
    """
    if (folder / HEAD).exists():
        _read_head(folder)


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


def _read_arrays(file: Path) -> dict[str, np.ndarray]:
    return dict(safetensors.numpy.load_file(file)) if file.exists() else {}


def _table(folder: Path, name: str) -> Path:
    return folder / "tables" / f"{name}.parquet"


def _read_head(folder: Path) -> dict[str, Any]:
    """What `result.json` says; `UsageError` if there is none, or one of another version."""
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        version = head["format"]
    except (OSError, ValueError, LookupError, TypeError):
        raise UsageError(f"{folder}: holds no readable result.json.") from None
    if version != FORMAT:
        raise UsageError(
            f"{folder}: holds a result of layout version {version}; "
            f"this version of mtlkit reads and replaces {FORMAT}."
        )
    return dict(head)


def _move_into(fresh: Path, folder: Path) -> None:
    """Move a finished result to its place; into a folder that exists, file by file."""
    try:
        os.rename(fresh, folder)
        return
    except OSError:
        if not folder.is_dir():
            raise
    if (folder / HEAD).exists():
        old = [_table(folder, name) for name in _read_head(folder)["tables"]]
        old += [folder / f"{name}.safetensors" for name in ("arrays", "state")]
        # Without its head it is no result, so that a break from here on is seen.
        for file in [folder / HEAD, *old]:
            file.unlink(missing_ok=True)
    (folder / "tables").mkdir(exist_ok=True)
    files = [file.relative_to(fresh) for file in fresh.rglob("*") if file.is_file()]
    for file in sorted(files, key=lambda file: file.name == HEAD):
        os.replace(fresh / file, folder / file)
