"""What a training has changed of a program, so that it can be written down and put back.

A program is built anew from its config before it goes on, so only what differs from its beginning
counts: data that never changes is not copied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn

Saved = dict[str, Any]
"""Tensors on the CPU in dictionaries and lists of numbers and strings."""

_OF_ANY_MODULE = frozenset(vars(nn.Module()))

_SCALARS = (type(None), bool, int, float, str, bytes)

_HELD = ("object", "stateful")
"""Kinds of values that are put back into the object that is there."""


class _Opaque(Exception):
    """A value that is no plain data."""


class ProgramState:
    """Tells what of a program differs from when this was made, and puts it back into a new one.

    That is: parameters and buffers; what optimisers remember; a module's extra state; and plain
    attributes of the program and its submodules, which are numbers, strings, tensors, arrays and
    random generators, also in lists, tuples, dictionaries and objects with such attributes.

    Parameters
    ----------
    module
        Whose state it is.
    optimisers
        Those that step it.
    replicas
        How many there are, each a row of every parameter and buffer if there are several.
    """

    def __init__(
        self, module: nn.Module, optimisers: Sequence[torch.optim.Optimizer], replicas: int
    ) -> None:
        self.module, self.optimisers = module, optimisers
        self._replicas = replicas
        self._rows = {name: self._row_digests(value) for name, value in _tensors(module).items()}
        # The values too, so that no new object gets the identity of one that is gone.
        self._start = {
            path: (value, _fingerprint(value)) for path, value in _attributes(module).items()
        }

    def select(self, rows: Int64[Tensor, " kept"]) -> None:
        """Follow `mtlkit.nn.select_replicas`: those rows are left."""
        places = rows.tolist()
        self._rows = {
            name: [digests[place] for place in places] for name, digests in self._rows.items()
        }
        self._replicas = len(places)

    def changed(self) -> Saved:
        """Parameters, buffers and plain attributes that are not as they were.

        `derived` says whether an attribute that is no plain data has become another object, as
        what a look leaves behind: looking again is what brings that back.
        """
        tensors = {}
        for name, value in _tensors(self.module).items():
            here = value.detach().cpu()
            if self._row_digests(here) != self._rows.get(name):
                tensors[name] = here.clone()
        attributes, derived = {}, False
        for path, value in _attributes(self.module).items():
            old, before = self._start.get(path, (None, None))
            found = _fingerprint(value)
            if found is None or (found[0] in _HELD and value is not old):
                derived |= value is not old
            elif found != before:
                attributes[path] = _plain(value)
        return {"tensors": tensors, "attributes": attributes, "derived": derived}

    def everything(self) -> Saved:
        """Those, and what the training needs to go on: optimisers, extra states."""
        return {
            **self.changed(),
            "learns": {name: p.requires_grad for name, p in self.module.named_parameters()},
            "optimisers": [_plain(one.state_dict()) for one in self.optimisers],
            "extra": {
                name: _plain(module.get_extra_state())
                for name, module in self.module.named_modules()
                if _has_extra_state(module)
            },
        }

    def put_back(self, saved: Mapping[str, Any]) -> None:
        """Bring a new program, and its optimisers if they were saved, to a saved state."""
        there = _tensors(self.module)
        for name, value in saved["tensors"].items():
            # A new storage each: others may hold the old one.
            there[name].data = value.to(there[name].device, copy=True)
        modules = dict(self.module.named_modules())
        for path, value in saved["attributes"].items():
            owner, _, name = path.rpartition(".")
            old = vars(modules[owner]).get(name)
            setattr(modules[owner], name, _restored(value, old))
        for name, learns in saved.get("learns", {}).items():
            there[name].requires_grad_(learns)
        for optimiser, state in zip(self.optimisers, saved.get("optimisers", ()), strict=False):
            optimiser.load_state_dict(_restored(state, None))
        for name, state in saved.get("extra", {}).items():
            modules[name].set_extra_state(_restored(state, None))

    def _row_digests(self, value: Shaped[Tensor, ...]) -> list[bytes]:
        """Of each replica's row where each has one, else of the whole."""
        if self._replicas > 1 and value.ndim and len(value) == self._replicas:
            return [_digest(row) for row in value]
        return [_digest(value)]


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    return dict(module.named_parameters()) | dict(module.named_buffers())


def _attributes(module: nn.Module) -> dict[str, Any]:
    """What was set on the module and its submodules, by path; optimisers have their own place."""
    return {
        f"{prefix}.{name}": value
        for prefix, one in module.named_modules()
        for name, value in vars(one).items()
        if name not in _OF_ANY_MODULE and name != "optimisers"
    }


def _has_extra_state(module: nn.Module) -> bool:
    return type(module).get_extra_state is not nn.Module.get_extra_state


def _digest(value: Tensor) -> bytes:
    # `BatchNorm` changes buffers without a new version of them, so only their numbers tell.
    flat = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    shape = f"{value.dtype} {tuple(value.shape)}".encode()
    return hashlib.sha256(shape + hashlib.sha256(flat.numpy().data).digest()).digest()


def _fingerprint(value: Any) -> Any:
    """What is equal for equal plain data; None for what is none."""
    try:
        return _walked(value, _digest)
    except _Opaque:
        return None


def _plain(value: Any) -> Any:
    """Plain data that `torch.load` takes without running code; tensors are copies.

    Raises
    ------
    _Opaque
        For anything else.
    """
    return _walked(value, lambda tensor: tensor.detach().cpu().clone())


def _walked(
    value: Any, tensor: Callable[[Tensor], Any], above: tuple[int, ...] = ()
) -> tuple[str, Any]:
    """Plain data as pairs of a kind and what it holds; `tensor` says what becomes of tensors."""
    if id(value) in above or isinstance(value, nn.Module | nn.Parameter | torch.optim.Optimizer):
        raise _Opaque
    inner = partial(_walked, tensor=tensor, above=(*above, id(value)))
    if type(value) in _SCALARS:
        return ("scalar", value)
    if isinstance(value, Tensor):
        return ("tensor", tensor(value))
    if isinstance(value, torch.Generator):
        return ("generator", tensor(value.get_state()))
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return ("array", tensor(torch.from_numpy(np.array(value))))
    if type(value) in (list, tuple):
        return (type(value).__name__, [_item(inner(one)) for one in value])
    if isinstance(value, dict):
        return ("dict", [(_item(inner(key)), _item(inner(one))) for key, one in value.items()])
    if hasattr(value, "state_dict") and hasattr(value, "load_state_dict"):
        return ("stateful", inner(value.state_dict()))
    if hasattr(value, "__dict__") and not callable(value) and not isinstance(value, ModuleType):
        return ("object", [(name, inner(one)) for name, one in vars(value).items()])
    raise _Opaque


def _item(found: tuple[str, Any]) -> tuple[str, Any]:
    """An entry of a container, which may have grown: no object is there to put another into."""
    if found[0] in _HELD:
        raise _Opaque
    return found


def _restored(saved: Any, old: Any) -> Any:
    """Plain data as it was; generators and objects that are there already take theirs over."""
    kind, held = saved
    if kind == "tensor":
        return held.to(old.device if isinstance(old, Tensor) else None, copy=True)
    if kind == "array":
        return held.numpy().copy()
    if kind == "generator":
        return (old if isinstance(old, torch.Generator) else torch.Generator()).set_state(held)
    if kind in ("list", "tuple"):
        there = list(old)[: len(held)] if isinstance(old, list | tuple) else []
        there += [None] * (len(held) - len(there))
        found = [_restored(one, before) for one, before in zip(held, there, strict=True)]
        return found if kind == "list" else tuple(found)
    if kind == "dict":
        own = old if isinstance(old, dict) else {}
        keys = [_restored(key, None) for key, _ in held]
        return {key: _restored(one, own.get(key)) for key, (_, one) in zip(keys, held, strict=True)}
    if kind == "stateful":
        old.load_state_dict(_restored(held, None))
        return old
    if kind == "object":
        for name, one in held:
            object.__setattr__(old, name, _restored(one, vars(old).get(name)))
        return old
    return held
