"""Published studies: a table with its provenance beside it, in a lesson's pack."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pandas as pd

from mtlkit.core.lesson import Lesson
from mtlkit.core.paths import results_root
from mtlkit.core.result import write_file
from mtlkit.core.runner import Runner, record
from mtlkit.core.study import Study
from mtlkit.errors import UsageError

_DIGITS = 16
"""Of a config's digest in a pack: enough to tell thousands apart."""


@attrs.frozen(eq=False)
class PublishedStudy:
    """A study's table as it stands in a pack, with where it comes from."""

    lesson: str
    study: str
    data: str
    scale: str
    table: pd.DataFrame
    provenance: Mapping[str, Any]


def publish(study: Study, runner: Runner, scale: str, table: pd.DataFrame, out: Path) -> Path:
    """Write a study's table and its provenance into a pack; the table's path.

    Raises
    ------
    UsageError
        If they cannot be written: the disk is full. What was there before stays.
    """
    settings = study.settings(scale)
    data = runner.lesson.experiment.dataset(settings[0].config)
    told = record(
        runner,
        lesson=runner.lesson.name,
        study=study.name,
        scale=scale,
        data=attrs.asdict(data),
        settings=len(settings),
        seeds=int(table["seed"].nunique()),
        tolerance=study.tolerance,
        loose={name: share for name, share in study.loose.items() if name in table},
        configs=sorted({setting.config.digest()[:_DIGITS] for setting in settings}),
    )
    part = f"{data.name}.{scale}"
    target = out / "studies" / part / f"{study.name}.parquet"

    def write_both(path: Path) -> None:
        # The table is complete, but not yet in its place, when its provenance gets there: so there
        # is no table without one. A break between the two is mended by the next `reproduce`.
        table.to_parquet(path, index=False)
        write_file(
            out / "provenance" / part / f"{study.name}.json",
            lambda path: path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8"),
        )

    try:
        write_file(target, write_both)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else error
        raise UsageError(
            f"out = {out}: the table of {study.name} cannot be written there ({why}); its runs are "
            "kept, and the same command publishes it once it can be."
        ) from None
    return target


def published(lesson_name: str, root: Path | None = None) -> list[PublishedStudy]:
    """The studies in a lesson's pack (`root`: its folder; default: in the project's results).

    Raises
    ------
    UsageError
        If a table has no provenance beside it, or cannot be read.
    """
    folder = root or results_root() / lesson_name
    found = []
    for file in sorted(folder.glob("studies/*/*.parquet")):
        data, _, scale = file.parent.name.rpartition(".")
        record = folder / "provenance" / file.parent.name / f"{file.stem}.json"
        try:
            where = json.loads(record.read_text(encoding="utf-8"))
            table = pd.read_parquet(file)
            table.attrs["data"] = data
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{file}: cannot be used ({type(error).__name__}); a published study is a table "
                "with its provenance beside it, and `mtlkit reproduce` makes both anew."
            ) from None
        found.append(PublishedStudy(lesson_name, file.stem, data, scale, table, where))
    return found


def published_study(
    lesson_name: str, study: str, scale: str = "lesson", root: Path | None = None
) -> PublishedStudy:
    """One published study.

    Raises
    ------
    UsageError
        If it has not been published at that scale.
    """
    for item in published(lesson_name, root):
        if item.study == study and item.scale == scale:
            return item
    raise UsageError(
        f"{lesson_name} {study} has not been published at scale {scale}; "
        f"`mtlkit reproduce {lesson_name} {study} --scale {scale}` makes it."
    )


def cost_line(lesson: Lesson, scale: str = "lesson") -> str:
    """What a lesson's published studies cost, in a sentence made from their provenance."""
    records = [item.provenance for item in published(lesson.name) if item.scale == scale]
    if not records:
        return f"Cost: no study of this lesson is published at scale {scale} yet."
    minutes = sum(record["training_seconds"] for record in records) / 60
    devices = " and ".join(sorted({record["device"] for record in records}))
    return (
        "Cost: the published studies took about "
        f"{max(minutes, 1):.0f} min of training on one core\n"
        f"({devices}); this notebook reads them and trains for seconds."
    )
