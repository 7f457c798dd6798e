"""What a training changed of a module: found, written as plain data, put back into a new one."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mtlkit.core.program_state import ProgramState
from mtlkit.nn import select_replicas


class Meter:
    """An object with attributes of its own, which the module holds from the start."""

    def __init__(self) -> None:
        self.counts = {"a": 1}
        self.module: nn.Module | None = None


class Odd(nn.Module):
    """One of each kind of state; `extra` is what `state_dict` has besides tensors."""

    data: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(2)
        self.frozen = nn.Linear(2, 2)
        self.register_buffer("data", torch.arange(6.0).reshape(3, 2))
        self.nothing = None
        self.array = np.zeros(3)
        self.draws = [torch.Generator().manual_seed(1)]
        self.meter = Meter()
        self.extra = 0
        self.thing: object = object()

    def get_extra_state(self) -> dict[str, int]:
        return {"extra": self.extra}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.extra = state["extra"]


def stored(saved: dict[str, Any]) -> dict[str, Any]:
    """Through a file, read without running code."""
    file = io.BytesIO()
    torch.save(saved, file)
    file.seek(0)
    loaded: dict[str, Any] = torch.load(file, weights_only=True)
    return loaded


def test_nothing_has_changed_at_the_start() -> None:
    state = ProgramState(Odd(), [], 1)
    assert state.changed() == {"tensors": {}, "attributes": {}, "derived": False}


def test_each_kind_of_state_is_put_back() -> None:
    torch.manual_seed(0)
    module = Odd()
    state = ProgramState(module, [], 1)
    module.norm(torch.randn(5, 2))  # new running statistics, at no new version of the tensor
    module.frozen.bias.requires_grad_(False)
    module.nothing = {"set": (1, [2.5, None, "x"])}  # type: ignore[assignment]
    module.array[1] = 7
    expected = torch.rand(3, generator=module.draws[0])
    module.draws[0].manual_seed(1)
    torch.rand(2, generator=module.draws[0])
    following = torch.rand(3, generator=torch.Generator().set_state(module.draws[0].get_state()))
    module.meter.counts["a"] = 5
    module.extra = 9
    saved = stored(state.everything())
    assert set(saved["tensors"]) == {
        "norm.running_mean",
        "norm.running_var",
        "norm.num_batches_tracked",
    }
    assert not saved["derived"]

    torch.manual_seed(0)
    fresh = Odd()
    generator = fresh.draws[0]
    ProgramState(fresh, [], 1).put_back(saved)
    for name, value in module.state_dict().items():
        if isinstance(value, Tensor):
            assert torch.equal(fresh.state_dict()[name], value), name
    assert not fresh.frozen.bias.requires_grad
    assert fresh.nothing == {"set": (1, [2.5, None, "x"])}
    assert fresh.array.tolist() == [0, 7, 0]
    assert fresh.draws[0] is generator  # others may draw from it too
    drawn = torch.rand(3, generator=generator)
    assert torch.equal(drawn, following)
    assert not torch.equal(drawn, expected)
    assert fresh.meter.counts == {"a": 5}
    assert fresh.extra == 9


def test_another_object_that_is_no_plain_data_must_be_derived_anew() -> None:
    module = Odd()
    state = ProgramState(module, [], 1)
    module.thing = object()
    assert state.changed() == {"tensors": {}, "attributes": {}, "derived": True}


def test_what_was_put_back_shares_nothing_with_what_others_hold() -> None:
    """A view of a buffer as it was at the start stays so."""
    module = Odd()
    state = ProgramState(module, [], 1)
    module.data.add_(1)
    saved = state.changed()
    fresh = Odd()
    held = fresh.data.detach()
    ProgramState(fresh, [], 1).put_back(saved)
    assert fresh.data[0, 0] == 1
    assert held[0, 0] == 0


def test_a_replica_taken_out_changes_no_other() -> None:
    module = nn.ParameterList([torch.arange(8.0).reshape(4, 2)])
    module.register_buffer("data", torch.arange(4))
    state = ProgramState(module, [], 4)
    rows = torch.tensor([1, 3])
    select_replicas(module, [], rows)
    state.select(rows)
    assert state.changed()["tensors"] == {}
    with torch.no_grad():
        module[0][1] += 1
    assert set(state.changed()["tensors"]) == {"0"}
