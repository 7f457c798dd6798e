"""Curves are put together from costs, and a process can tell its own."""

import pytest
import torch

from benchmarks import growth
from benchmarks.growth import GROWING, Cost, Size, measure


def made_up(size: Size) -> Cost:
    """Seconds and MiB that follow from the size; the libraries have 100 MiB."""
    work = float(size.replicas * size.tasks * size.points * size.epochs)
    return Cost((2 * work, work, 4 * work), 100.0 + size.replicas - 1)


def test_each_curve_moves_one_quantity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "_alone", made_up)
    curves = list(measure())
    assert [curve.name for curve in curves] == [*GROWING, *GROWING]
    usual = Size()
    for curve in curves[: len(GROWING)]:
        at_usual = usual.replicas * usual.tasks * usual.points * usual.epochs
        expected = [at_usual / getattr(usual, curve.name) * x for x in curve.x]
        assert curve.low == pytest.approx(expected)
        assert curve.y == pytest.approx([2 * each for each in expected])
        assert curve.high == pytest.approx([4 * each for each in expected])
    memory = {curve.name: curve.y for curve in curves[len(GROWING) :]}
    assert memory["replicas"] == tuple(each - 1.0 for each in GROWING["replicas"])
    assert set(memory["epochs"]) == {usual.replicas - 1.0}


def test_the_usual_size_is_on_every_curve() -> None:
    assert all(getattr(Size(), name) in values for name, values in GROWING.items())


def test_a_process_of_its_own_tells_its_cost_and_not_its_parents() -> None:
    held = torch.zeros(2**28)  # a GiB that the other process does not have
    cost = growth._alone(Size(replicas=2, tasks=1, points=130, epochs=1))
    assert held.nbytes / 2**20 > cost.peak > 50  # MiB: torch alone takes more
    assert len(cost.seconds) == growth.TURNS
    assert min(cost.seconds) > 0
