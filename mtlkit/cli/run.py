"""`mtlkit list` and `mtlkit run`: what there is, and one setting of it."""

from __future__ import annotations

from pathlib import Path

import click

from mtlkit import lessons
from mtlkit.cli.options import device_option, pairs, scale_option, seeds_option
from mtlkit.cli.progress import advance, progress_bar


@click.command("list")
@click.option("--studies", is_flag=True, help="One line `LESSON STUDY` for each study.")
def list_(studies: bool) -> None:
    """List the lessons, or their studies."""
    for name in (*lessons.names(), *lessons.installed()):
        lesson = lessons.get(name)
        if not studies:
            click.echo(f"{lesson.number:02d}  {name:22} {lesson.title}  [{lesson.source}]")
            continue
        for study in lesson.studies:
            click.echo(f"{name} {study}")


@click.command()
@click.argument("lesson")
@scale_option
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="Change a setting.")
@seeds_option
@device_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def run(
    lesson: str, scale: str, settings: tuple[str, ...], seeds: int | None, device: str, out: Path
) -> None:
    """Run one setting of LESSON and write result.json and tables/*.parquet.

    A result that stands in the folder is replaced.
    """
    chosen = lessons.get(lesson)
    from mtlkit.core.device import choose_device
    from mtlkit.core.lesson import Snapshot
    from mtlkit.core.paths import cache_root, writable_folder
    from mtlkit.core.result import check_replaceable
    from mtlkit.core.runner import Runner, merged

    config = chosen.experiment.Config.preset(scale, **pairs(settings))
    runner = Runner(chosen, choose_device(device))
    check_replaceable(writable_folder(out))
    writable_folder(cache_root(), "MTLKIT_CACHE")
    for warning in config.warnings():
        click.echo(f"warning: {warning}", err=True)
    with progress_bar(lesson) as bar:
        for item in runner.run(config, range(seeds or (2 if scale == "smoke" else 5))):
            if isinstance(item, Snapshot):
                advance(bar, item.progress, item.part)
            else:
                result = merged(chosen, config, item)
    result.save(out)
    if "runs" in result.tables:
        for row in result.tables["runs"].query("diverged").itertuples():
            click.echo(f"seed {row.seed}, {row.strategy}: {row.cause}", err=True)
    click.echo(f"{out / 'result.json'}: {', '.join(sorted(result.tables))}")
