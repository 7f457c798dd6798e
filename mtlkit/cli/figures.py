"""`mtlkit figures`: every figure of a lesson as files to print."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mtlkit import lessons
from mtlkit.cli.options import device_option, scale_option
from mtlkit.cli.progress import advance, progress_bar
from mtlkit.errors import UsageError

if TYPE_CHECKING:
    from mtlkit.core.result import Result
    from mtlkit.core.runner import Runner
    from mtlkit.explore.panels import Panel


@click.command()
@click.argument("lesson")
@scale_option
@device_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def figures(lesson: str, scale: str, device: str, out: Path) -> None:
    """Write every figure of LESSON as SVG and PDF.

    Those of its published studies, and those of one run, which is trained if it is not in the
    cache. Exit code 1 if a study is not published; the other figures are written.
    """
    chosen = lessons.get(lesson)
    chosen.experiment.Config.preset(scale)
    try:
        from mtlkit.explore import draw_matplotlib

        drawings = chosen.views.FIGURES, chosen.views.RUN_FIGURES
    except ModuleNotFoundError as error:
        raise UsageError(
            f"figures need {error.name}, which is not installed; "
            "`pip install 'mtlkit[explore]'` brings it."
        ) from None
    from mtlkit.core.device import choose_device
    from mtlkit.core.paths import cache_root, writable_folder
    from mtlkit.core.publishing import published_study
    from mtlkit.core.runner import Runner

    runner = Runner(chosen, choose_device(device))
    writable_folder(out)
    writable_folder(cache_root(), "MTLKIT_CACHE")
    complete = True

    def panels() -> Iterator[tuple[str, Panel]]:
        nonlocal complete
        for name, drawing in drawings[0].items():
            try:
                yield name, drawing.panel(lambda study: published_study(lesson, study, scale).table)
            except UsageError as error:
                click.echo(f"{name}: {error}", err=True)
                complete = False
        if drawings[1]:
            result = _example(runner, scale)
            for name, draw in drawings[1].items():
                yield name, draw(result)

    for name, panel in panels():
        for path, content in (
            (out / f"{panel.name or name}.svg", draw_matplotlib.svg(panel).encode()),
            (out / f"{panel.name or name}.pdf", draw_matplotlib.pdf(panel)),
        ):
            path.write_bytes(content)
            click.echo(path)
    if not complete:
        sys.exit(1)


def _example(runner: Runner, scale: str) -> Result:
    """The run that the notebook shows, from the cache where it is there."""
    from mtlkit.core.lesson import Snapshot
    from mtlkit.core.runner import merged

    setting = runner.lesson.example(scale)
    with progress_bar(runner.lesson.name) as bar:
        for item in runner.run(setting.config, range(setting.seeds)):
            if isinstance(item, Snapshot):
                advance(bar, item.progress, item.part)
            else:
                result = merged(runner.lesson, setting.config, item)
    return result
