"""Try every fault, or some by name, and keep what came of it: `make faults`."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks.record import machine
from mtlkit.core.faults import Campaign, Tried, campaign_file, read_campaign
from tests.faults.campaign import FAULTS, Fault
from tests.faults.filling import can_mount
from tests.faults.world import Unbroken

SEED = 0


def main(names: list[str]) -> int:
    """Try them, and write the record; the exit code is 1 if one was not survived.

    Some by name take their places in a record of all, if it is of this machine and these versions.
    """
    unknown = sorted(set(names) - {fault.name for fault in FAULTS})
    if unknown:
        allowed = ", ".join(fault.name for fault in FAULTS)
        print(f"faults = {', '.join(unknown)}: allowed are {allowed}.", file=sys.stderr)
        return 2
    chosen = [fault for fault in FAULTS if not names or fault.name in names]
    left_out = [fault for fault in chosen if fault.mounts and not can_mount()]
    for fault in left_out:
        print(f"{fault.name}: left out, since this user may not mount a file system.")
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        root = Path(folder)
        studies = {"rates"} | {fault.study for fault in chosen}
        unbroken = {study: Unbroken.of(root, study) for study in studies}
        found = _tried([fault for fault in chosen if fault not in left_out], root, unbroken)
    campaign = _campaign(found, unbroken["rates"].training)
    if names:
        campaign = _renewed(campaign)
    if campaign is None or left_out:
        print("nothing is written: that takes a campaign of all faults on one machine")
    else:
        campaign.write(campaign_file())
        print(f"written: {campaign_file()}")
    return 0 if all(tried.survived == tried.trials for tried in found) else 1


def _tried(faults: list[Fault], root: Path, unbroken: Mapping[str, Unbroken]) -> list[Tried]:
    found = []
    header = f"{'tried':>6} {'survived':>8} {'kept':>6} {'again':>6} {'lost/s':>7}"
    print(f"{'fault':20} {header}", flush=True)
    for fault in faults:
        trials = []
        for trial in fault.trials_in(root, unbroken[fault.study], fault.trials, SEED):
            trials.append(trial)
            if trial.why:
                print(f"  {fault.name}.{len(trials) - 1}: {trial.why}", flush=True)
        tried = fault.told(trials)
        found.append(tried)
        numbers = f"{tried.trials:6} {tried.survived:8} {tried.kept:6} {tried.again:6}"
        print(f"{fault.name:20} {numbers} {tried.seconds:7.3f}", flush=True)
        for number in range(fault.trials):
            shutil.rmtree(root / f"{fault.name}.{number}", ignore_errors=True)
    return found


def _campaign(found: list[Tried], undisturbed: float) -> Campaign:
    names = ("torch", "pandas", "pyarrow")
    return Campaign(
        faults=found,
        undisturbed=round(undisturbed, 4),
        machine=machine(),
        versions={"Python": platform.python_version(), **{name: version(name) for name in names}},
    )


def _renewed(some: Campaign) -> Campaign | None:
    """The record of all with these faults in their places; None if there is none that they fit."""
    if not campaign_file().is_file():
        return None
    whole = read_campaign(campaign_file())
    if (whole.machine, whole.versions) != (some.machine, some.versions):
        return None
    return whole.with_again(some.faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
