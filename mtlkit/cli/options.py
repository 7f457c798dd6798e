"""Options that several commands share."""

from __future__ import annotations

import click

scale_option = click.option(
    "--scale", default="lesson", show_default=True, help="One of smoke, lesson, paper."
)
seeds_option = click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    help="Number of random seeds (default: the study's own; for a run 5, at smoke 2).",
)
device_option = click.option(
    "--device", default="auto", show_default=True, help="auto, cpu or cuda."
)
