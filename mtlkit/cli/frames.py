"""`mtlkit frames`: what the sliders of the static report move through."""

from __future__ import annotations

from pathlib import Path

import click

from mtlkit import lessons
from mtlkit.cli.options import device_option
from mtlkit.cli.progress import advance, progress_bar
from mtlkit.errors import UsageError


@click.command()
@click.argument("lesson")
@device_option
@click.option(
    "--out", type=click.Path(path_type=Path), help="Pack to write to (default: results/LESSON)."
)
def frames(lesson: str, device: str, out: Path | None) -> None:
    """Run every setting that the sliders of LESSON reach in the report, and publish the pictures.

    What was computed is kept: after an interruption the same command goes on where it was.
    """
    chosen = lessons.get(lesson)
    try:
        from mtlkit.explore.frames import (
            Frames,
            compute_frames,
            exploration_of,
            publish_frames,
        )

        exploration_of(chosen)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"frames need {error.name}, which is not installed; "
            "`pip install 'mtlkit[explore]'` brings it."
        ) from None
    from mtlkit.core.device import choose_device
    from mtlkit.core.paths import cache_root, results_root, writable_folder
    from mtlkit.core.study import Runner

    runner = Runner(chosen, choose_device(device))
    pack = writable_folder(out or results_root() / lesson)
    writable_folder(cache_root(), "MTLKIT_CACHE")
    with progress_bar(lesson) as bar:
        for item in compute_frames(chosen, runner):
            if isinstance(item, Frames):
                found = item
            else:
                advance(bar, item.fraction, item.doing)
    click.echo(publish_frames(found, pack))
