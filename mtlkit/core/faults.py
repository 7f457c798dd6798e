"""Faults tried on purpose: what came of each, and the record that keeps them with their machine.

`make faults` writes the record, `results/faults/faults.json`; the report's page "How this was
computed" has a section made from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from mtlkit.core.measurement import Machine
from mtlkit.core.paths import results_root
from mtlkit.core.result import write_file
from mtlkit.errors import UsageError


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
    date
        Day in UTC, such as 2026-03-04.
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
    date: str
    failures: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen(kw_only=True)
class Campaign:
    """All faults that were tried on one machine with one set of versions.

    `undisturbed` are the seconds that the study trains when nothing is done to it.
    """

    faults: tuple[Tried, ...] = attrs.field(converter=tuple[Tried, ...])
    undisturbed: float
    machine: Machine
    versions: Mapping[str, str] = attrs.field(converter=dict)

    def with_again(self, tried: Iterable[Tried]) -> Campaign:
        """The same with some faults as they were tried once more."""
        newer = {fault.name: fault for fault in tried}
        return attrs.evolve(self, faults=[newer.get(fault.name, fault) for fault in self.faults])

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
