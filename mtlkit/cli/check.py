"""`mtlkit check`: is a sample of what is published what the code computes today?"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mtlkit import lessons
from mtlkit.cli.options import device_option, scale_option
from mtlkit.cli.progress import advance, progress_bar
from mtlkit.errors import UsageError

if TYPE_CHECKING:
    from mtlkit.core.agreement import Deviation
    from mtlkit.core.publishing import PublishedStudy
    from mtlkit.core.recompute import Check

_SHOWN = 5
"""So many deviations are told."""


@click.command()
@click.argument("lesson")
@click.argument("study", required=False)
@scale_option
@click.option(
    "--settings",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Settings recomputed of each study, drawn by lot: cheap ones and, from 2 on, a dear one.",
)
@click.option(
    "--seeds",
    type=click.IntRange(2, 1000),
    default=5,
    show_default=True,
    help="Seeds of each setting at most.",
)
@device_option
@click.option("--record", is_flag=True, help="Write what was found to results/LESSON/checks.")
def check(
    lesson: str,
    study: str | None,
    scale: str,
    settings: int,
    seeds: int,
    device: str,
    record: bool,
) -> None:
    """Recompute a sample of LESSON's published studies, or of one STUDY, and compare.

    Nothing is taken from the cache. A mean over seeds may move by its column's tolerance, a share
    of the half-width of its 95 % interval. Exit code 1 if one moves further.
    """
    chosen = lessons.get(lesson)
    from mtlkit.core.device import choose_device
    from mtlkit.core.paths import results_root, writable_folder
    from mtlkit.core.provenance import numerics_version
    from mtlkit.core.recompute import recompute, sample
    from mtlkit.core.study import Progress

    chosen.experiment.Config.preset(scale)
    where = choose_device(device)
    chosen_studies = _published(lesson, study, scale)
    if record:
        writable_folder(results_root() / lesson / "checks", "results")
    numerics = numerics_version(chosen.numerics_files)
    agree = True
    for number, item in enumerate(chosen_studies):
        drawn = sample(chosen, chosen.studies[item.study], scale, numerics, settings)
        with progress_bar(lesson) as bar:
            for step in recompute(chosen, item, drawn, device=where, seeds=seeds):
                if isinstance(step, Progress):
                    share = (number + step.fraction) / len(chosen_studies)
                    advance(bar, share, step.doing)
                else:
                    found = step
        _tell(found)
        agree = agree and found.agrees
        if record:
            click.echo(f"{'':>9} {_record(found, results_root() / lesson)}")
    if not agree:
        sys.exit(1)


def _published(lesson: str, study: str | None, scale: str) -> list[PublishedStudy]:
    """What is to be checked: one study, or all that are published at the scale."""
    from mtlkit.core.publishing import published, published_study

    known = lessons.get(lesson).studies
    if study:
        if study not in known:
            raise UsageError(f"study = {study}: allowed is one of {', '.join(known)}.")
        return [published_study(lesson, study, scale)]
    found = [one for one in published(lesson) if one.scale == scale and one.study in known]
    if not found:
        raise UsageError(
            f"{lesson} has no published study at scale {scale}; "
            f"`mtlkit reproduce {lesson} --scale {scale}` makes them."
        )
    return found


def _tell(found: Check) -> None:
    word = "agrees" if found.agrees else "DIFFERS"
    settings = "; ".join(
        ", ".join([*one.strategies, *_named(one.labels), f"{one.seeds} seeds"])
        for one in found.settings
    )
    finite = [one for one in found.largest.values() if math.isfinite(one.half_widths)]
    worst = max(finite, key=lambda one: (found.share(one), one.half_widths), default=None)
    moved = "nothing to measure"
    if worst:
        allowed = f"{found.rule.allowed(worst.column):g} allowed"
        moved = f"largest {worst.half_widths:.2f} of {allowed} half-widths in {worst.column}"
    seconds = found.provenance["seconds"]
    click.echo(f"{word:>9} {found.study.study}: {moved} ({seconds:.0f} s)")
    click.echo(f"{'':>9} {settings}")
    old, new = found.study.provenance["numerics"], found.provenance["numerics"]
    if old != new:
        click.echo(f"{'':>9} published by another version of the code ({old}; now {new})")
    for one in sorted(found.disagreeing, key=lambda one: -found.share(one))[:_SHOWN]:
        click.echo(f"{'':>9} {_deviation(one)}")
    if len(found.disagreeing) > _SHOWN:
        click.echo(f"{'':>9} and {len(found.disagreeing) - _SHOWN} more")


def _deviation(one: Deviation) -> str:
    place = ", ".join([one.column, *_named(one.where)])
    if one.published is None or one.recomputed is None:
        return f"{place}: {one.note}"
    means = f"published {one.published:.6g}, recomputed {one.recomputed:.6g}"
    return f"{place}: {means} ({one.note or f'{one.half_widths:.2f} half-widths'})"


def _named(names: dict[str, Any]) -> list[str]:
    return [f"{name} {value}" for name, value in names.items()]


def _record(found: Check, pack: Path) -> Path:
    """Write a check into the pack; the file's path."""
    from mtlkit.core.result import write_file

    study = found.study
    target = pack / "checks" / f"{study.data}.{study.scale}" / f"{study.study}.json"
    text = json.dumps(found.as_dict(), indent=1, allow_nan=False) + "\n"
    write_file(target, lambda path: path.write_text(text, encoding="utf-8"))
    return target
