"""`mtlkit reproduce --notebooks`: the notebooks of lessons, executed side by side."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from mtlkit import lessons
from mtlkit.cli.options import pairs
from mtlkit.errors import UsageError


def execute_notebooks(
    names: Sequence[str],
    scale: str,
    device: str,
    settings: Sequence[str],
    jobs: int | None,
    scheduler: str | None,
    out: Path | None,
) -> None:
    """Execute the notebooks of lessons with their parameters into a folder.

    One line each; those that failed are named at the end, with exit code 1.

    Raises
    ------
    UsageError
        If no folder is named, a notebook has no such parameter, or the workers cannot be had.
    """
    chosen = [lessons.get(name) for name in dict.fromkeys(names or lessons.names())]
    for lesson in chosen:
        lesson.experiment.Config.preset(scale)
    if out is None:
        raise UsageError("--notebooks: allowed is it with --out FOLDER for the executed ones.")
    try:
        from mtlkit.report.executing import Sheet, execute_all
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--notebooks needs {error.name}, which is not installed; "
            "`pip install 'mtlkit[report]'` brings it."
        ) from None
    from mtlkit.core.paths import project_root, writable_folder
    from mtlkit.core.workers import open_workers

    parameters = {"scale": scale, "device": device, **pairs(settings)}
    folder = project_root() / "notebooks"
    sheets = [Sheet.read(folder / lesson.notebook, parameters) for lesson in chosen]
    writable_folder(out)
    failed = []
    with open_workers(jobs, scheduler) as workers:
        workers.device(device)
        for name, seconds, fault in execute_all(sheets, out, workers):
            click.echo(f"{seconds:>7.1f} s  {'FAILED ' if fault else ''}{out / name}")
            failed += [fault] if fault else []
    for fault in failed:
        click.echo(f"mtlkit: {fault}", err=True)
    if failed:
        sys.exit(1)
