"""`mtlkit reproduce`: whole studies, published in a pack."""

from __future__ import annotations

from pathlib import Path

import click

from mtlkit import lessons
from mtlkit.cli.claims import verdicts_of
from mtlkit.cli.options import device_option, scale_option, seeds_option
from mtlkit.cli.progress import advance, progress_bar
from mtlkit.errors import UsageError


@click.command()
@click.argument("lesson")
@click.argument("study", required=False)
@scale_option
@seeds_option
@device_option
@click.option(
    "--out", type=click.Path(path_type=Path), help="Pack to write to (default: results/LESSON)."
)
def reproduce(
    lesson: str, study: str | None, scale: str, seeds: int | None, device: str, out: Path | None
) -> None:
    """Recompute the studies of LESSON, or one STUDY, and the verdicts that rest on them.

    What was computed is kept: after an interruption the same command goes on where it was.
    """
    chosen = lessons.get(lesson)
    from mtlkit.core.device import choose_device
    from mtlkit.core.paths import cache_root, results_root, writable_folder
    from mtlkit.core.reproducing import reproduce as compute
    from mtlkit.core.study import Progress

    names = [study] if study else list(chosen.studies)
    if study and study not in chosen.studies:
        raise UsageError(f"study = {study}: allowed is one of {', '.join(chosen.studies)}.")
    chosen.experiment.Config.preset(scale)
    where = choose_device(device)
    if seeds and not out:
        _keep_larger(lesson, names, scale, seeds)
    pack = writable_folder(out or results_root() / lesson)
    writable_folder(cache_root(), "MTLKIT_CACHE")
    with progress_bar(lesson) as bar:

        def show(progress: Progress) -> None:
            advance(bar, progress.fraction, progress.doing)

        paths = compute(
            chosen, names, scale=scale, device=where, out=pack, seeds=seeds, report=show
        )
    for path in paths:
        click.echo(path)
    if scale == "smoke":
        click.echo("Scale smoke shows that all runs through; no verdict rests on it.")
    for verdict in verdicts_of([chosen], lambda _: pack):
        if verdict.claim.study in names and verdict.scale == scale:
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
