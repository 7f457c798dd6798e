"""Counted work against torch's own counter, and a roofline of made-up numbers."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import matmul_peak
from benchmarks.matmul_peak import Work, measure, roof, share_of
from benchmarks.stacked_training import PlainNetwork
from benchmarks.timing import Curve, Spread


@pytest.mark.parametrize(("width", "tasks", "batch"), [(8, 1, 5), (64, 3, 128), (24, 4, 50)])
def test_operations_are_those_that_torch_counts(width: int, tasks: int, batch: int) -> None:
    network = PlainNetwork(width, tasks)
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(batch, 1)).square().mean().backward()
    assert Work(width, tasks, batch).flops == counter.get_total_flops()


@pytest.mark.parametrize(("width", "tasks", "batch"), [(8, 1, 5), (16, 3, 20)])
def test_bytes_are_ten_times_parameters_and_activations(width: int, tasks: int, batch: int) -> None:
    network, seen = PlainNetwork(width, tasks), []
    for layer in (network.shared, *(head[0] for head in network.heads)):
        layer.register_forward_hook(lambda _, __, output: seen.append(output.numel()))
    network(torch.randn(batch, 1))
    floats = sum(seen) + sum(p.numel() for p in network.parameters())
    assert Work(width, tasks, batch).moved == 4 * 10 * floats


def test_the_roof_rises_with_the_bandwidth_up_to_the_peak() -> None:
    drawn = roof(Spread("peak", (90.0, 100.0, 110.0)), Spread("memory", (10.0,)))
    assert drawn.y == pytest.approx([min(100.0, 10.0 * at) for at in drawn.x])
    assert 10.0 in drawn.x  # where both meet


def test_a_share_is_of_the_median_peak() -> None:
    ends = tuple(float(width) for width in matmul_peak.WIDTHS)
    rates = tuple(range(10, 60, 10))
    reached = Curve("ten", "FLOP/byte", "GFLOP/s", ends, rates, rates, rates)
    share = share_of(Spread("peak", (100.0, 200.0, 300.0)), reached)
    assert share.y == (5.0, 10.0, 15.0, 20.0, 25.0)
    assert share.x == ends


def test_rows_in_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matmul_peak, "SIZES", (256, 512))
    monkeypatch.setattr(matmul_peak, "REPLICAS", (1, 2))
    monkeypatch.setattr(matmul_peak, "WIDTHS", (4, 8))
    monkeypatch.setattr(matmul_peak, "COPIED", 2**12)
    monkeypatch.setattr(matmul_peak, "steps_of", lambda replicas, width: 2)
    peak, memory, *curves = measure()
    assert (peak.unit, memory.unit) == ("GFLOP/s", "GB/s")
    assert [curve.name for curve in curves] == [
        *("1 replica", "2 replicas"),
        "the roof",
        *("1 replica", "2 replicas"),
    ]
    assert all(
        low <= y <= high for c in curves for low, y, high in zip(c.low, c.y, c.high, strict=True)
    )
    assert curves[3].x == (Work(4).intensity, Work(8).intensity)
