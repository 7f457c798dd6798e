"""Every fault of the campaign in small; and the campaign itself sees what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

# By their full names, which the processes of the trials know them by too.
from tests.faults import sharing
from tests.faults.breaks import Forget, KillAtCall
from tests.faults.campaign import FAULTS, Fault
from tests.faults.filling import can_mount
from tests.faults.world import Unbroken, World

SEED = 9
"""Of the tests; the campaign has another."""


@pytest.fixture(autouse=True)
def _small_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "CLASS", 3)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Unbroken]:
    root = tmp_path_factory.mktemp("unbroken")
    known: dict[str, Unbroken] = {}

    def of(study: str) -> Unbroken:
        if study not in known:
            known[study] = Unbroken.of(root, study)
        return known[study]

    return of


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_survived(
    fault: Fault, tmp_path: Path, undisturbed: Callable[[str], Unbroken]
) -> None:
    if fault.mounts and not can_mount():
        pytest.skip("only root may mount a small disk")
    trials = list(fault.trials_in(tmp_path, undisturbed(fault.study), len(fault.tries), SEED))
    assert [trial.why for trial in trials] == [""] * len(fault.tries)


def test_a_finished_run_that_is_computed_again_is_seen(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    world.run()
    world.run()
    assert world.told().survived
    world.run(Forget())
    told = world.told()
    assert "finished runs were computed again" in told.why
    assert told.again == 12 and told.seconds > 0


def test_kill_9_comes_right_before_the_change(
    tmp_path: Path, undisturbed: Callable[[str], Unbroken]
) -> None:
    changes = undisturbed("rates").changes("pack")
    for n in (1, changes, changes + 1):
        world = World(tmp_path / str(n))
        ended = world.run(KillAtCall(world.pack, n))
        assert ended.killed == (n <= changes), ended.said
        assert (world.table() is None) == (n == 1)
        if n == 1:
            assert list(world.pack.iterdir()) == []


def test_numbers_of_another_kind_are_seen(
    tmp_path: Path, undisturbed: Callable[[str], Unbroken]
) -> None:
    unbroken = undisturbed("rates")
    world = World(tmp_path / "world")
    world.run()
    table = unbroken.table.copy()
    table.loc[3, "w0"] = table.loc[3, "w0"] * (1 + 1e-7)
    world.compare(table)
    assert "the table is another" in world.told().why
