"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence

import click

from mtlkit.errors import UsageError

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
jobs_option = click.option(
    "--jobs", type=click.IntRange(1, 1024), help="Train in so many processes on this machine."
)
scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS", help="Train on the workers of a Dask scheduler."
)


class Shard(click.ParamType[tuple[int, int]]):
    """A part of the work, `i/n`: its number from 1 on, and of how many."""

    name = "i/n"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """From text to the two numbers."""
        number, slash, count = value.partition("/")
        if slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
            return int(number), int(count)
        return self.fail(f"{value} is no part of a whole; allowed is i/n with 1 <= i <= n.")


shard_option = click.option(
    "--shard",
    type=Shard(),
    help="Train this part of all runs, and publish nothing: for job arrays.",
)


def pairs(settings: Sequence[str]) -> dict[str, str]:
    """What `--set FIELD=VALUE`, perhaps several times, sets.

    Raises
    ------
    UsageError
        If there is no field or no `=`, or one is set twice.
    """
    found: dict[str, str] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--set {text}: allowed is FIELD=VALUE.")
        if name.strip() in found:
            raise UsageError(f"--set {text}: {name.strip()} is set twice; allowed is once.")
        found[name.strip()] = value.strip()
    return found
