"""`mtlkit doctor`: is everything here that the course needs?"""

from __future__ import annotations

import json
import sys

import attrs
import click

from mtlkit import lessons


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list of objects.")
def doctor(as_json: bool) -> None:
    """Look at versions, torch and its partner, GPU, data, disk, published results.

    Exit code 1 if there is a problem.
    """
    from mtlkit.core.doctor import examine
    from mtlkit.core.probes.finding import NOTE, PROBLEM

    found = []
    for finding in examine([lessons.get(name) for name in lessons.names()]):
        found.append(finding)
        if not as_json:
            click.echo(f"{finding.state:>8}  {finding.about}: {finding.text}")
    problems = sum(finding.state == PROBLEM for finding in found)
    if as_json:
        click.echo(json.dumps([attrs.asdict(finding) for finding in found], indent=1))
    else:
        notes = sum(finding.state == NOTE for finding in found)
        click.echo(f"Problems: {problems}. Notes: {notes}.")
    if problems:
        sys.exit(1)
