"""What was broken on purpose, and what came of it: a section made from the campaign's record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import attrs

from mtlkit.core import checkpoint
from mtlkit.core.measurement import Machine
from mtlkit.core.paths import results_root
from mtlkit.core.result import write_file
from mtlkit.errors import UsageError
from mtlkit.report.html_table import html_table
from mtlkit.report.words import duration

_COLUMNS = ("Fault", "Tried", "Survived", "Kept", "Again", "Time lost")


@attrs.frozen(kw_only=True)
class Tried:
    """A fault, and what came of all its trials.

    Parameters
    ----------
    name
        In one word.
    title
        What was done, in a few words.
    means
        What it means that a trial survived, beyond what it means for all.
    trials, survived
        How many there were.
    kept
        Finished runs that were there when all was broken, over all trials.
    again
        Runs of which something had to be computed once more, over all trials.
    seconds
        Time spent on what had been computed before: median over the trials.
    failures
        What went wrong in the trials that did not survive.
    """

    name: str
    title: str
    means: str
    trials: int
    survived: int
    kept: int
    again: int
    seconds: float
    failures: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen(kw_only=True)
class Campaign:
    """All faults that were tried in one go; with where and when (a day in UTC).

    `undisturbed` are the seconds that the study trains when nothing is done to it.
    """

    faults: tuple[Tried, ...] = attrs.field(converter=tuple[Tried, ...])
    undisturbed: float
    machine: Machine
    versions: Mapping[str, str] = attrs.field(converter=dict)
    date: str

    def write(self, file: Path) -> None:
        """Put it into a file as JSON."""
        text = json.dumps(attrs.asdict(self), indent=1, ensure_ascii=False, allow_nan=False)
        write_file(file, lambda path: path.write_text(text + "\n", encoding="utf-8"))


def campaign_file() -> Path:
    """Where `make faults` leaves its record."""
    return results_root() / "faults" / "faults.json"


def read_campaign(file: Path) -> Campaign:
    """A record as `Campaign.write` wrote it.

    Raises
    ------
    UsageError
        If the file is not one.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        faults = tuple(Tried(**fault) for fault in told.pop("faults"))
        return Campaign(faults=faults, machine=Machine(**told.pop("machine")), **told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"file = {file.name}: is no record of faults ({error}); allowed is what `make faults` "
            "writes."
        ) from None


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
        undisturbed=duration(found.undisturbed), interval=duration(checkpoint.INTERVAL)
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
        duration(fault.seconds),
    ]


def _first(failures: Sequence[str]) -> Sequence[str]:
    """One failure tells what to look for; the record has them all."""
    return failures[:1]


def _summary(found: Campaign) -> str:
    trials = sum(fault.trials for fault in found.faults)
    survived = sum(fault.survived for fault in found.faults)
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    return (
        f"{trials:,} trials, of which {survived:,} survived; {found.date}, "
        f"on {found.machine.words()}, with {versions}. `make faults` tries it all again.\n"
    )
