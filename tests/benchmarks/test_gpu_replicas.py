"""Without a GPU a sentence; the training and the scaling of the loop hold on any device."""

import pytest
import torch

from benchmarks import gpu_replicas
from benchmarks.gpu_replicas import LOOPED, measure, needed, training, waited_for
from benchmarks.timing import Ratio
from tests.benchmarks.stepping import optimisers_made


def test_without_cuda_it_yields_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert list(measure()) == []
    assert capsys.readouterr().out == (
        "no CUDA GPU is at hand, so replicas on a GPU are not measured\n"
    )


def test_a_loop_of_which_some_are_timed_counts_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_replicas, "turns_of", lambda *_: [(3.0, 2.0), (6.0, 4.0)])
    replicas = 10 * LOOPED
    row = gpu_replicas._compared(replicas, 4, torch.device("cpu"))
    assert row.theirs_seconds == pytest.approx(45.0)
    assert row.ours_seconds == pytest.approx(3.0)
    assert f"({LOOPED} in the loop timed)" in row.name
    assert row.at == {"replicas": replicas, "width": 4, "steps": 200}


def test_as_many_steps_as_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_replicas, "STEPS", 2)
    monkeypatch.setattr(gpu_replicas, "EPOCHS", 3)
    device = torch.device("cpu")
    with optimisers_made() as made:
        work = waited_for(training(2, 4, device), device)
    work()
    assert {state["step"].item() for state in made[0].state.values()} == {6.0}


def test_a_thousand_narrow_replicas_need_little_memory() -> None:
    assert needed(1000, 64) < 4 * 2**30 < needed(1000, 512)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_rows_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("REPLICAS", (1, 5)), ("WIDTHS", (8,)), ("STEPS", 6), ("EPOCHS", 2)):
        monkeypatch.setattr(gpu_replicas, name, value)
    rows = list(measure())
    assert [row.at["replicas"] for row in rows] == [1, 5]
    assert all(isinstance(row, Ratio) and row.ours_seconds > 0 for row in rows)
