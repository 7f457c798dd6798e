"""`mtlkit claims`: the ledger in a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mtlkit import lessons

if TYPE_CHECKING:
    from mtlkit.core.lesson import Lesson
    from mtlkit.core.verdict import Verdict


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list of objects.")
@click.argument("names", metavar="[LESSON]...", nargs=-1)
def claims(as_json: bool, names: tuple[str, ...]) -> None:
    """The ledger: every claim with its verdict from the published studies."""
    from mtlkit.core.paths import results_root

    verdicts = verdicts_of([lessons.get(name) for name in dict.fromkeys(names or lessons.names())])
    if as_json:
        click.echo(json.dumps([verdict.as_dict() for verdict in verdicts], indent=1))
        return
    if not any(verdict.cells for verdict in verdicts if verdict.claim.study):
        click.echo(
            f"No published study found in {results_root()}: run this inside the project's folder, "
            "or `mtlkit reproduce LESSON` first.",
            err=True,
        )
    for verdict in verdicts:
        row = verdict.as_dict()
        click.echo(f"{row['verdict']:>18}  {row['id']}  [{row['data']}, {row['scale']}]")
        click.echo(f"{'':>18}  {row['statement']}")


def verdicts_of(
    chosen: list[Lesson], pack: Callable[[Lesson], Path | None] = lambda _: None
) -> list[Verdict]:
    """The verdicts of lessons; `pack` says where a lesson's studies are, if not in `results`."""
    from mtlkit.core.ledger import ledger
    from mtlkit.core.publishing import published

    packs = {lesson.name: pack(lesson) for lesson in chosen}
    return ledger(chosen, lambda name: published(name, packs[name]))
