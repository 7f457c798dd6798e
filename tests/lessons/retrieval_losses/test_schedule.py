"""Learning rates against torch's schedulers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, MultiStepLR

from mtlkit.lessons.retrieval_losses.schedule import factor
from tests.lessons.retrieval_losses.small import program

SCHEDULERS: list[tuple[str, type[LRScheduler], dict[str, Any]]] = [
    ("multistep", MultiStepLR, {"milestones": [1, 4, 10], "gamma": 0.5}),
    ("cosine", CosineAnnealingLR, {"T_max": 15}),
]


@pytest.mark.parametrize(("schedule", "kind", "settings"), SCHEDULERS)
def test_schedules_are_torchs_where_an_epoch_begins(
    schedule: str, kind: type[LRScheduler], settings: dict[str, Any]
) -> None:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = kind(optimiser, **settings)
    for epoch in range(15):
        wanted = scheduler.get_last_lr()[0]
        assert factor(schedule, float(epoch), 15) == pytest.approx(wanted, abs=1e-12)
        if schedule == "multistep":
            assert factor(schedule, epoch + 0.99, 15) == wanted
        optimiser.step()
        scheduler.step()


def test_a_warm_up_rises_in_a_straight_line_for_a_fifth_and_stays() -> None:
    rates = torch.tensor([factor("warmup", done / 10, 20) for done in range(200)])
    assert 0 < rates[0] < 0.05
    rising = rates[rates < 1]
    assert 35 < len(rising) <= 40
    torch.testing.assert_close(rising.diff(), torch.full((len(rising) - 1,), 0.1 / 4))
    assert (rates[40:] == 1).all()
    assert all(factor("constant", done / 2, 5) == 1 for done in range(10))


@pytest.mark.parametrize("schedule", ["multistep", "cosine", "warmup"])
def test_each_step_goes_at_the_schedules_rate(schedule: str) -> None:
    trained = program(schedule=schedule, learning_rate=0.004, epochs=5, learnable=True)
    for epoch in (1, 2, 5):
        for step, batch in enumerate(trained.batches(epoch)):
            assert batch[0] == pytest.approx(epoch - 1 + step / 3)
            trained.step(batch)
            weights, own = trained.optimisers[0].param_groups
            wanted = 0.004 * factor(schedule, epoch - 1 + step / 3, 5)
            assert weights["lr"] == pytest.approx(wanted)
            assert own["lr"] == pytest.approx(10 * wanted)
