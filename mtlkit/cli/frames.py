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
@click.argument("exploration", default="")
@device_option
@click.option(
    "--out", type=click.Path(path_type=Path), help="Pack to write to (default: results/LESSON)."
)
def frames(lesson: str, exploration: str, device: str, out: Path | None) -> None:
    """Run every setting that the sliders of LESSON reach in the report, and publish the pictures.

    A lesson may have several explorations; without EXPLORATION all are computed, one by one.
    What was computed is kept: after an interruption the same command goes on where it was.
    """
    chosen = lessons.get(lesson)
    try:
        from mtlkit.explore.frames import (
            Frames,
            compute_frames,
            publish_frames,
        )
        from mtlkit.explore.subject import subject, subjects

        first = subject(chosen, exploration)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"frames need {error.name}, which is not installed; "
            "`pip install 'mtlkit[explore]'` brings it."
        ) from None
    from mtlkit.core.device import choose_device
    from mtlkit.core.paths import cache_root, results_root, writable_folder
    from mtlkit.core.runner import Runner

    used = choose_device(device)
    pack = writable_folder(out or results_root() / lesson)
    writable_folder(cache_root(), "MTLKIT_CACHE")
    for each in [first] if exploration else subjects(chosen).values():
        with progress_bar(each.file) as bar:
            for item in compute_frames(each, Runner(chosen, used)):
                if isinstance(item, Frames):
                    found = item
                else:
                    advance(bar, item.fraction, item.doing)
        click.echo(publish_frames(found, pack))
