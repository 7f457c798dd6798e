"""The record of the faults that were tried."""

from pathlib import Path

import attrs
import pytest

from mtlkit.core.faults import Campaign, Tried, read_campaign
from mtlkit.core.measurement import Machine
from mtlkit.errors import UsageError

KILLED = Tried(
    name="kill",
    title="kill -9 <anywhere>",
    means="Killed & left.",
    trials=40,
    survived=40,
    kept=222,
    again=31,
    seconds=0.0123,
    date="2026-03-04",
)
LOST = attrs.evolve(KILLED, name="disk", trials=10, survived=8, failures=("no <b>table</b>", "two"))
CAMPAIGN = Campaign(
    faults=(KILLED, LOST),
    undisturbed=0.25,
    machine=Machine("A processor", 2, 15.6),
    versions={"Python": "3.11.7"},
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    CAMPAIGN.write(tmp_path / "deep/faults.json")
    assert read_campaign(tmp_path / "deep/faults.json") == CAMPAIGN


def test_a_fault_that_is_tried_again_takes_its_own_place() -> None:
    better = attrs.evolve(LOST, survived=10, failures=())
    assert CAMPAIGN.with_again([better]).faults == (KILLED, better)


@pytest.mark.parametrize("text", ["{}", "[1]", "no json", '{"faults": [{"name": 1}]}'])
def test_a_record_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "faults.json").write_text(text)
    with pytest.raises(UsageError, match=r"faults\.json: is no record of faults"):
        read_campaign(tmp_path / "faults.json")
