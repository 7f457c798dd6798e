"""What `mtlkit diff` can read: a run's folder, a published study, a whole pack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pandas as pd

from mtlkit.core.publishing import PublishedStudy, published
from mtlkit.core.result import Result
from mtlkit.errors import UsageError

RUN, STUDY, PACK = "a run", "a published study", "a pack"

CONFIGS = "configs"
"""The field with the digests of a study's configs; older packs have none."""

_SETTINGS = ("lesson", "study", "scale", "data", CONFIGS, "settings", "seeds")
"""What of a published study's record says what was computed; the rest says how."""


@attrs.frozen(eq=False)
class Comparable:
    """A result as two can be compared: its settings, its tables by name, its provenance."""

    path: Path
    kind: str
    config: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    provenance: Mapping[str, Any]


def read_comparable(path: Path) -> Comparable:
    """Read a run's folder, a published study's `.parquet`, or a pack's folder.

    Raises
    ------
    UsageError
        If it is none of these, or cannot be read.
    """
    if (path / "result.json").is_file():
        result = Result.load(path)
        config = {"lesson": result.lesson, **result.config, "seeds": list(result.seeds)}
        return Comparable(path, RUN, config, result.tables, result.provenance)
    if path.suffix == ".parquet" and path.is_file():
        return _study(path)
    if (path / "studies").is_dir():
        found = published(path.resolve().name, path)
        if found:
            return _pack(path, found)
    raise UsageError(
        f"{path}: holds nothing to compare; allowed is a run's folder (with result.json), a "
        "published study (its .parquet), or a pack's folder (such as results/LESSON)."
    )


def _study(path: Path) -> Comparable:
    """One study of a pack, by its table's path."""
    file = path.resolve()
    if file.parent.parent.name == "studies":
        pack = file.parents[2]
        for item in published(pack.name, pack):
            if (item.study, f"{item.data}.{item.scale}") == (file.stem, file.parent.name):
                config, rest = _split(item.provenance)
                return Comparable(path, STUDY, config, {item.study: item.table}, rest)
    raise UsageError(
        f"{path}: stands in no pack; allowed is a table at PACK/studies/DATA.SCALE/STUDY.parquet, "
        "with its provenance."
    )


def _pack(path: Path, found: list[PublishedStudy]) -> Comparable:
    """All studies of a pack; what names one is its name, data and scale."""
    config: dict[str, Any] = {}
    provenance: dict[str, Any] = {}
    tables = {}
    for item in found:
        name = f"{item.study} ({item.data}, {item.scale})"
        settings, provenance[name] = _split(item.provenance)
        config |= {f"{name}: {field}": value for field, value in settings.items()}
        tables[name] = item.table
    return Comparable(path, PACK, config, tables, provenance)


def _split(record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A record's settings, and the rest of it."""
    settings = flat({name: record[name] for name in _SETTINGS if name in record})
    return settings, {name: value for name, value in record.items() if name not in _SETTINGS}


def flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested records as one: `versions.torch`."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found
