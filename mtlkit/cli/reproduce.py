"""`mtlkit reproduce`: whole studies, published in a pack; or whole notebooks, executed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mtlkit import lessons
from mtlkit.cli.claims import verdicts_of
from mtlkit.cli.notebooks import execute_notebooks
from mtlkit.cli.options import (
    device_option,
    jobs_option,
    scale_option,
    scheduler_option,
    seeds_option,
    shard_option,
)
from mtlkit.cli.progress import advance, progress_bar
from mtlkit.errors import UsageError

if TYPE_CHECKING:
    import torch

    from mtlkit.core.lesson import Lesson
    from mtlkit.core.units import Unit
    from mtlkit.core.workers import Workers


@click.command()
@click.argument("names", nargs=-1, metavar="LESSON [STUDY]")
@scale_option
@seeds_option
@device_option
@jobs_option
@scheduler_option
@shard_option
@click.option(
    "--notebooks", is_flag=True, help="Execute the notebooks of lessons (default: all) instead."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="With --notebooks: a parameter of theirs.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Pack to write to (default: results/LESSON); folder of the executed notebooks.",
)
def reproduce(
    names: tuple[str, ...],
    scale: str,
    seeds: int | None,
    device: str,
    jobs: int | None,
    scheduler: str | None,
    shard: tuple[int, int] | None,
    notebooks: bool,
    settings: tuple[str, ...],
    out: Path | None,
) -> None:
    """Recompute the studies of LESSON, or one STUDY, and the verdicts that rest on them.

    What was computed is kept: after an interruption the same command goes on where it was.
    """
    if notebooks:
        if shard or seeds:
            raise UsageError("--notebooks: allowed beside it is not --shard and not --seeds.")
        execute_notebooks(names, scale, device, settings, jobs, scheduler, out)
        return
    if settings:
        raise UsageError("--set: allowed is it with --notebooks; `mtlkit run` has one of its own.")
    lesson, study = _named(names)
    chosen = lessons.get(lesson)
    from mtlkit.core.paths import cache_root, results_root, writable_folder
    from mtlkit.core.workers import open_workers

    if study and study not in chosen.studies:
        raise UsageError(f"study = {study}: allowed is one of {', '.join(chosen.studies)}.")
    if shard and out:
        raise UsageError("--shard: allowed beside it is not --out; a part publishes nothing.")
    if shard and device == "auto":
        raise UsageError(
            "--shard: allowed is it with --device cpu or --device cuda; the parts of a whole are "
            "all computed on the same kind, whatever a machine has."
        )
    studies = [study] if study else list(chosen.studies)
    chosen.experiment.Config.preset(scale)
    with open_workers(jobs, scheduler) as workers:
        where = workers.device(device)
        if seeds and not out and not shard:
            _keep_larger(lesson, studies, scale, seeds)
        pack = out or results_root() / lesson
        if not shard:
            writable_folder(pack)
        writable_folder(cache_root(), "MTLKIT_CACHE")
        if shard:
            _fill_part(shard, chosen, studies, scale, seeds, where, workers)
            return
        if jobs or scheduler:
            from mtlkit.core.units import units

            _fill(units(chosen, studies, scale=scale, device=where, seeds=seeds), where, workers)
    _publish(chosen, studies, scale, seeds, where, pack)


def _named(names: tuple[str, ...]) -> tuple[str, str | None]:
    """The lesson and the study that were named."""
    if not names:
        raise click.UsageError("Missing argument 'LESSON'.")
    if len(names) > 2:
        raise click.UsageError(f"Got unexpected extra argument ({names[2]}).")
    return names[0], names[1] if len(names) == 2 else None


def _fill(work: list[Unit], where: torch.device, workers: Workers) -> None:
    """Have the workers run what is missing."""
    from mtlkit.core.filling import fill
    from mtlkit.core.study import Progress

    with progress_bar("training") as bar:

        def show(progress: Progress) -> None:
            advance(bar, progress.fraction, progress.doing)

        fill(work, workers, device=where, report=show)


def _fill_part(
    shard: tuple[int, int],
    lesson: Lesson,
    studies: list[str],
    scale: str,
    seeds: int | None,
    where: torch.device,
    workers: Workers,
) -> None:
    """Run one part of all the work, and say how much of the whole is there."""
    from mtlkit.core.filling import present
    from mtlkit.core.units import shares, units

    number, count = shard
    work = units(lesson, studies, scale=scale, device=where, seeds=seeds)
    _fill(shares(work, count)[number - 1], where, workers)
    whole = sum(len(unit.seeds) for unit in work)
    words = ["mtlkit", "reproduce", lesson.name, *(studies if len(studies) == 1 else [])]
    words += ["--scale", scale] if scale != "lesson" else []
    words += [*(["--seeds", str(seeds)] if seeds else []), "--device", where.type]
    click.echo(
        f"Part {number} of {count} is done: {present(work, where)} of all {whole} runs are in the "
        f"cache now. Once all are, `{' '.join(words)}` makes the tables."
    )


def _publish(
    lesson: Lesson,
    studies: list[str],
    scale: str,
    seeds: int | None,
    where: torch.device,
    pack: Path,
) -> None:
    """Compute the studies in this process and publish them, and say what they come to."""
    from mtlkit.core.reproducing import reproduce as compute
    from mtlkit.core.study import Progress

    with progress_bar(lesson.name) as bar:

        def show(progress: Progress) -> None:
            advance(bar, progress.fraction, progress.doing)

        paths = compute(
            lesson, studies, scale=scale, device=where, out=pack, seeds=seeds, report=show
        )
    for path in paths:
        click.echo(path)
    if scale == "smoke":
        click.echo("Scale smoke shows that all runs through; no verdict rests on it.")
    for verdict in verdicts_of([lesson], lambda _: pack):
        if verdict.claim.study in studies and verdict.scale == scale:
            click.echo(f"{verdict.verdict:>18}  {verdict.claim.id}")


def _keep_larger(lesson: str, names: list[str], scale: str, seeds: int) -> None:
    """Refuse to put a study of fewer seeds in the place of a published one."""
    from mtlkit.core.publishing import published

    for study in published(lesson):
        known = study.provenance["seeds"]
        if study.study in names and study.scale == scale and seeds < known:
            raise UsageError(
                f"seeds = {seeds}: {study.study} is published with {known}; fewer are allowed "
                "with --out FOLDER."
            )
