"""The command line: what can be run, one setting, whole studies, verdicts, the report, checks.

No command imports torch before it is called, so that help and mistakes are told at once.
"""

from __future__ import annotations

import sys

import click

from mtlkit import __version__
from mtlkit.cli.check import check
from mtlkit.cli.claims import claims
from mtlkit.cli.data import data
from mtlkit.cli.diff import diff
from mtlkit.cli.doctor import doctor
from mtlkit.cli.figures import figures
from mtlkit.cli.frames import frames
from mtlkit.cli.report import report
from mtlkit.cli.reproduce import reproduce
from mtlkit.cli.run import list_, run
from mtlkit.errors import UsageError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mtlkit")
def cli() -> None:
    """Experiments, verdicts and pictures of an explorable course on multi-task learning."""


for command in (list_, run, reproduce, claims, figures, frames, report, check, diff, data, doctor):
    cli.add_command(command)


def main() -> None:
    """Run the command line: exit 2 on a user's mistake, 130 on Ctrl-C."""
    try:
        cli.main(standalone_mode=False)
    except UsageError as error:
        click.echo(f"mtlkit: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"mtlkit: {error.format_message()}", err=True)
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo(
            "mtlkit: interrupted; what was finished is kept, and the same command goes on there.",
            err=True,
        )
        sys.exit(130)
