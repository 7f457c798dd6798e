"""What a training changed of a module: found, written as plain data, put back into a new one."""

from __future__ import annotations

import io
import random
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mtlkit.core.plain_data import Unkept
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


class One(nn.Module):
    """A weight and one attribute more."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.value: Any = value


class Slotted:
    """Without a dictionary."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


def drawn_numpy(value: Any) -> object:
    return value.normal(size=5).tolist()


def drawn_random(value: Any) -> object:
    return [value.gauss() for _ in range(5)]


def counted(value: Any) -> object:
    value["x"] = value["x"] + 2
    return type(value), dict(value)


def appended(value: Any) -> object:
    value.append(len(value))
    return type(value), list(value)


def added(value: Any) -> object:
    value.add((1, len(value)))
    return type(value), set(value)


def in_slot(value: Any) -> object:
    value.count += 1
    return value.count


def in_order(value: Any) -> object:
    value.move_to_end(next(iter(value)))
    return type(value), list(value.items())


@pytest.mark.parametrize(
    ("make", "use"),
    [
        (lambda: np.random.default_rng(3), drawn_numpy),
        (lambda: np.random.Generator(np.random.MT19937(3)), drawn_numpy),
        (lambda: np.random.RandomState(3), drawn_numpy),
        (lambda: random.Random(3), drawn_random),
        (lambda: deque([1, 2], 3), appended),
        (lambda: {(1, 9)}, added),
        (lambda: Counter("ax"), counted),
        (lambda: defaultdict(int), counted),
        (lambda: OrderedDict(a=1, b=2, c=3), in_order),
        (Slotted, in_slot),
        (lambda: {"rng": [np.random.default_rng(3)]}, lambda value: drawn_numpy(value["rng"][0])),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_what_is_used_goes_on_where_it_was(
    make: Callable[[], object], use: Callable[[Any], object], late: bool
) -> None:
    """Also when it was not there at the start."""
    if late and make is Slotted:
        pytest.skip("an object is put back into the one that is there")
    module = One(None if late else make())
    state = ProgramState(module, [], 1)
    module.value = make() if late else module.value
    use(module.value)
    saved = stored(state.everything())
    fresh = One(None if late else make())
    ProgramState(fresh, [], 1).put_back(saved)
    for _ in range(2):
        assert use(fresh.value) == use(module.value)


def iterated() -> Any:
    yield from range(9)


class Own(list[int]):
    """A list that is more."""


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ([Meter()], lambda value: value[0].counts.update(a=2)),
        ({"meter": Meter()}, lambda value: value["meter"].counts.update(a=2)),
        (Own(), lambda value: value.append(1)),
        (defaultdict(lambda: 1), lambda value: value["x"]),
        ([nn.Linear(1, 1)], lambda value: value[0].weight.data.add_(1)),
        (torch.zeros(2, requires_grad=True), lambda value: value.data.add_(1)),
        (iter([1, 2, 3]), next),
        (iterated(), next),
    ],
)
def test_what_changes_in_itself_and_is_no_plain_data_is_not_lost_silently(
    value: object, change: Callable[[Any], object]
) -> None:
    module = One(value)
    state = ProgramState(module, [], 1)
    change(module.value)
    with pytest.raises(Unkept, match=f"value, a {type(value).__name__}"):
        state.changed()


def test_what_is_no_plain_data_and_does_not_change_is_in_nobodys_way() -> None:
    module = One([Meter(), nn.ReLU(), lambda x: x, range(3), torch.device("cpu"), np.float64])
    module.value.append(module.weight)
    module.value.append(module)
    state = ProgramState(module, [], 1)
    with torch.no_grad():
        module.weight.add_(1)
    assert set(state.changed()["tensors"]) == {"weight"}


def test_numbers_of_numpy_stay_such() -> None:
    module = One(None)
    adam = torch.optim.Adam(module.parameters(), lr=np.float64(0.1))  # type: ignore[arg-type]
    state = ProgramState(module, [adam], 1)
    module.value = [np.int32(3), np.bool_(True)]
    saved = stored(state.everything())
    fresh = One(None)
    other = torch.optim.Adam(fresh.parameters(), lr=0.2)
    ProgramState(fresh, [other], 1).put_back(saved)
    assert other.param_groups[0]["lr"] == 0.1
    assert [type(one) for one in fresh.value] == [np.int32, np.bool_]
    assert fresh.value == [3, True]


def test_optimisers_may_be_captured_as_before_they_took_over_a_state() -> None:
    module = One(None)
    adam = torch.optim.Adam(module.parameters())
    saved = stored(ProgramState(module, [adam], 1).everything())
    for captures in (True, False):
        adam.param_groups[0]["capturable"] = captures
        ProgramState(module, [adam], 1).put_back(saved)
        assert adam.param_groups[0]["capturable"] is captures


class Turning(nn.Module):
    """All of it returns to its beginning every second turn."""

    flag: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("flag", torch.zeros(2))
        self.turn = 0
        self.trail: list[int] = []
        self.draw = torch.Generator().manual_seed(1)
        self.meter = Meter()

    def go(self, turn: int) -> None:
        self.turn = turn
        self.flag.fill_(turn)
        self.trail[:] = [0] * turn
        self.draw.manual_seed(1)
        torch.rand(turn, generator=self.draw)
        self.meter.counts = {"a": 1 + turn}
        if turn:
            self.more = turn
        elif "more" in vars(self):
            del self.more


def test_what_was_put_back_before_leaves_no_trace() -> None:
    module = Turning()
    state = ProgramState(module, [], 1)
    saved = []
    for turn in (3, 0, 2):
        module.go(turn)
        saved.append(stored(state.changed()))
    fresh = Turning()
    begun = ProgramState(fresh, [], 1)
    for number, turn in ((0, 3), (1, 0), (0, 3), (2, 2), (1, 0)):
        begun.put_back(saved[number])
        module.go(turn)
        assert fresh.flag.tolist() == [turn, turn]
        assert (fresh.turn, fresh.trail) == (turn, [0] * turn)
        assert fresh.meter.counts == {"a": 1 + turn}
        assert ("more" in vars(fresh)) == bool(turn)
        assert torch.equal(fresh.draw.get_state(), module.draw.get_state())


def test_what_a_look_changes_after_that_is_undone() -> None:
    module = Turning()
    state = ProgramState(module, [], 1)
    saved = stored(state.changed())
    state.put_back(saved)
    module.turn = 1
    state.put_back(saved)
    assert module.turn == 0


def test_a_tensor_that_began_as_none_comes_back_to_its_device() -> None:
    module = One(None)
    state = ProgramState(module, [], 1)
    module.value = torch.ones(2)
    saved = stored(state.changed())
    kind, (value, where) = saved["attributes"][".value"]
    assert where == "cpu"
    # As if it had lain elsewhere.
    saved["attributes"][".value"] = kind, (value, "meta")
    state.put_back(saved)
    assert module.value.device.type == "meta"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU can be used here")
def test_on_cuda_what_began_as_none_comes_back_to_the_programs_device() -> None:
    module = One(None).cuda()
    state = ProgramState(module, [], 1)
    module.value = {"mean": torch.ones(2, device="cuda"), "kept": torch.ones(2)}
    saved = stored(state.changed())
    fresh = One(None).cuda()
    ProgramState(fresh, [], 1).put_back(saved)
    assert fresh.value["mean"].device == fresh.weight.device
    assert fresh.value["kept"].device.type == "cpu"
