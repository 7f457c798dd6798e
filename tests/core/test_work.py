"""A unit in a worker: of what key, and beside whom."""

from __future__ import annotations

import threading
from pathlib import Path

import attrs
import pytest
import torch

from mtlkit.core.cache import Cache
from mtlkit.core.runner import Runner
from mtlkit.core.units import Unit
from mtlkit.core.work import Order, expected, work
from tests.core import deadly

CPU = torch.device("cpu")


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    monkeypatch.setenv(deadly.FOLDER, str(tmp_path))
    unit = Unit(deadly.LESSON, deadly.Config.preset("lesson"), (0,))
    return Order(
        number=0,
        unit=unit,
        key=Runner(unit.lesson, CPU).key(unit.config),
        device="cpu",
        root=Cache.of_user().root,
        token=".",
        versions=expected(unit.lesson),
        signal=lambda number, share: None,
    )


def test_what_would_be_kept_under_another_key_is_refused_and_not_trained(order: Order) -> None:
    other = attrs.evolve(order, key=attrs.evolve(order.key, data="generated:other"))
    told = work(other)
    assert "has other data (generated:" in told.error
    assert told.error.endswith("asked for (generated:other); allowed are workers with the same.")
    assert deadly.trained() == {}
    assert not work(order).error
    assert deadly.trained() == {(1, 0): 1}


def test_of_a_workers_threads_one_works(order: Order) -> None:
    both, met = threading.Barrier(2), []

    def signal(number: int, share: float) -> None:
        try:
            both.wait(0.5)
            met.append(number)
        except threading.BrokenBarrierError:
            pass

    orders = [attrs.evolve(order, number=number, signal=signal) for number in range(2)]
    threads = [threading.Thread(target=work, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == []
    assert deadly.trained() == {(1, 0): 1}
