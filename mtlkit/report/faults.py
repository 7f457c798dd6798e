"""What was broken on purpose, and what came of it: a section made from the campaign's record."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from mtlkit.core import checkpoint
from mtlkit.core.faults import Campaign, Tried, campaign_file, read_campaign
from mtlkit.report.html_table import html_table
from mtlkit.report.words import duration

_COLUMNS = ("Fault", "Tried", "Survived", "Kept", "Again", "Time lost")

_HEADING = "## What was broken on purpose\n"

_HOW = """\
Long studies meet trouble: a machine is switched off, a disk fills up, two people start the same
command. So all of that was done on purpose, many times and at random moments, to a small study of
twelve trainings in processes of its own, and afterwards the same command was given once more. In
every line of the table *survived* means: its table is that of a study nobody had disturbed, to the
last bit (to a relative 10⁻⁵ where the break left only some seeds of a stack to train), and no run
that was finished was computed a second time, unless the fault destroyed it. What else it means
stands beside each fault.
"""

_WORDS = """\
<p class="mtl-note">Kept: finished runs that were there when all was broken. Again: runs of which
something had to be computed once more. Time lost: what was spent on that, median over the trials;
left alone, the whole study trains for {undisturbed}. Of a long training a break costs at most what
came after its last checkpoint, and these are {interval} apart.</p>
"""


def faults_section(file: Path | None = None) -> str:
    """The section as MyST Markdown, from the project's record if no other is named."""
    file = file or campaign_file()
    if not file.is_file():
        return f"{_HEADING}\nNothing has been tried here yet: `make faults` does.\n"
    found = read_campaign(file)
    return "\n".join([_HEADING, _HOW, "```{raw} html", _table(found), "```\n", _summary(found)])


def _table(found: Campaign) -> str:
    table = html_table("Faults", _COLUMNS, [_row(fault) for fault in found.faults])
    return table + _WORDS.format(
        undisturbed=_short(found.undisturbed), interval=duration(checkpoint.INTERVAL)
    )


def _row(fault: Tried) -> list[str]:
    all_survived = fault.survived == fault.trials
    survived = str(fault.survived) if all_survived else f"{fault.survived}, not all"
    return [
        f'{escape(fault.title)}<span class="mtl-note">{escape(fault.means)}</span>'
        + "".join(f'<span class="mtl-old">{escape(why)}</span>' for why in _first(fault.failures)),
        str(fault.trials),
        survived,
        str(fault.kept),
        str(fault.again),
        _short(fault.seconds),
    ]


def _short(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else duration(seconds)


def _first(failures: Sequence[str]) -> Sequence[str]:
    """One failure tells what to look for; the record has them all."""
    return failures[:1]


def _summary(found: Campaign) -> str:
    trials = sum(fault.trials for fault in found.faults)
    survived = sum(fault.survived for fault in found.faults)
    days = sorted({fault.date for fault in found.faults})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    return (
        f"{trials:,} trials, of which {survived:,} survived; {when}, "
        f"on {found.machine.words()}, with {versions}. `make faults` tries it all again.\n"
    )
