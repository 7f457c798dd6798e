"""Devices by name, and the one thread that training runs on."""

from __future__ import annotations

import pytest
import torch

from mtlkit.core.device import choose_device, one_thread
from mtlkit.errors import UsageError


def test_auto_is_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device("cpu").type == "cpu"
    for there, kind in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert choose_device().type == kind
    with pytest.raises(UsageError, match="device = cuda: no GPU can be used here"):
        choose_device("cuda")


def test_an_unknown_device_is_told() -> None:
    with pytest.raises(UsageError, match="device = tpu: allowed is one of auto, cpu, cuda"):
        choose_device("tpu")


def test_one_thread_and_then_as_many_as_before() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(KeyboardInterrupt), one_thread():
            assert torch.get_num_threads() == 1
            raise KeyboardInterrupt
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
