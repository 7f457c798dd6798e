"""`mtlkit report`: the site."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mtlkit import lessons
from mtlkit.cli.options import scale_option


@click.command()
@click.argument("names", metavar="[LESSON]...", nargs=-1)
@scale_option
@click.option("--out", type=click.Path(path_type=Path), help="Folder (default: build/report).")
def report(names: tuple[str, ...], scale: str, out: Path | None) -> None:
    """Build the HTML report from the notebooks and the published studies."""
    chosen = [lessons.get(name) for name in dict.fromkeys(names or lessons.names())]
    for lesson in chosen:
        lesson.experiment.Config.preset(scale)
    from mtlkit.core.paths import project_root, writable_folder
    from mtlkit.report import ReportFailed, build

    folder = writable_folder(out or project_root() / "build" / "report")
    try:
        click.echo(
            build(chosen, folder, scale=scale, tell=lambda doing: click.echo(doing, err=True))
        )
    except ReportFailed as failure:
        click.echo(f"mtlkit: {failure}", err=True)
        sys.exit(1)
