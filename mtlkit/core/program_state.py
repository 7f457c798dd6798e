"""What a training has changed of a program, so that it can be written down and put back.

A program is built anew from its config before it goes on, so only what differs from its beginning
counts: data that never changes is not copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn

from mtlkit.core.plain_data import HELD, Unkept, digest, fingerprint, plain, restored

Saved = dict[str, Any]
"""Tensors on the CPU in dictionaries and lists of numbers and strings."""

_OF_ANY_MODULE = frozenset(vars(nn.Module()))


class ProgramState:
    """Tells what of a program differs from when this was made, and puts it back into a new one.

    That is: parameters and buffers; what optimisers remember; a module's extra state; and plain
    attributes of the program and its submodules, which are numbers, strings, tensors, arrays and
    random generators, also in lists, dictionaries and the like and objects with such attributes.

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
        self._start = self._fingerprints()
        self._replaced: Saved = {"tensors": {}, "attributes": {}}

    def select(self, rows: Int64[Tensor, " kept"]) -> None:
        """Follow `mtlkit.nn.select_replicas`: those rows are left."""
        places = rows.tolist()
        self._rows = {
            name: [digests[place] for place in places] for name, digests in self._rows.items()
        }
        replaced = self._replaced["tensors"]
        if self._replicas > 1:
            self._replaced["tensors"] = {name: value[rows] for name, value in replaced.items()}
        self._replicas = len(places)

    def changed(self) -> Saved:
        """Parameters, buffers and plain attributes that are not as they were.

        `derived` says whether an attribute that is no plain data has become another object, as
        what a look leaves behind: looking again is what brings that back.

        Raises
        ------
        Unkept
            If an attribute that is no plain data has changed in itself, or if nobody can tell.
        """
        tensors = {}
        for name, value in _tensors(self.module).items():
            here = value.detach().cpu()
            if self._row_digests(here) != self._rows.get(name):
                tensors[name] = here.clone()
        attributes, derived = {}, False
        for path, (value, found) in self._fingerprints().items():
            old, before = self._start.get(path, (None, None))
            if found[0] == "opaque" and value is old and (found != before or found[1] is None):
                raise Unkept(f"{path.lstrip('.')}, a {type(value).__name__}")
            if found[0] == "opaque" or (found[0] in HELD and value is not old):
                derived |= value is not old
            elif found != before:
                attributes[path] = plain(value)
        return {"tensors": tensors, "attributes": attributes, "derived": derived}

    def everything(self) -> Saved:
        """Those, and what the training needs to go on: optimisers, extra states.

        Raises
        ------
        Unkept
            As above, or if an optimiser or a module's extra state is no plain data.
        """
        return {
            **self.changed(),
            "learns": {name: p.requires_grad for name, p in self.module.named_parameters()},
            "optimisers": [
                _named("the state of an optimiser", one.state_dict()) for one in self.optimisers
            ],
            "extra": {
                name: _named(f"the extra state of {name or 'it'}", module.get_extra_state())
                for name, module in self.module.named_modules()
                if _has_extra_state(module)
            },
        }

    def put_back(self, saved: Mapping[str, Any]) -> None:
        """Bring a program to a saved state, and its optimisers if they were saved.

        It is either new or was brought to other saved states before, and only looked at since.
        """
        self._begin_again(saved)
        here = self._device()
        there = _tensors(self.module)
        for name, value in saved["tensors"].items():
            self._replaced["tensors"].setdefault(name, there[name].detach().cpu().clone())
            # A new storage each: others may hold the old one.
            there[name].data = value.to(there[name].device, copy=True)
        modules = dict(self.module.named_modules())
        for path, value in saved["attributes"].items():
            owner, name = _split(path)
            attributes = vars(modules[owner])
            if self._start.get(path, (None, ("opaque", None)))[1][0] != "opaque":
                self._replaced["attributes"].setdefault(path, plain(attributes[name]))
            setattr(modules[owner], name, restored(value, attributes.get(name), here))
        for name, learns in saved.get("learns", {}).items():
            there[name].requires_grad_(learns)
        for optimiser, state in zip(self.optimisers, saved.get("optimisers", ()), strict=False):
            _load(optimiser, restored(state, None, here))
        for name, state in saved.get("extra", {}).items():
            modules[name].set_extra_state(restored(state, None, here))

    def _begin_again(self, saved: Mapping[str, Any]) -> None:
        """Undo what the new state has as it was at the start, and an earlier one had not."""
        there, modules = _tensors(self.module), dict(self.module.named_modules())
        for name in self._replaced["tensors"].keys() - saved["tensors"].keys():
            value = self._replaced["tensors"].pop(name)
            there[name].data = value.to(there[name].device)
        for path, (value, found) in self._fingerprints().items():
            old, before = self._start.get(path, (None, None))
            derived = found[0] == "opaque" or (found[0] in HELD and value is not old)
            if path in saved["attributes"] or derived:
                continue
            owner, name = _split(path)
            if before is None:
                delattr(modules[owner], name)
            elif found != before and before[0] != "opaque":
                # Unless a state was put into it, the value of the start is as it was.
                kept = self._replaced["attributes"].pop(path, None)
                if kept is not None:
                    old = restored(kept, value if found[0] in HELD else old, self._device())
                setattr(modules[owner], name, old)

    def _fingerprints(self) -> dict[str, tuple[Any, tuple[str, Any]]]:
        """Each attribute, and its fingerprint."""
        known = {id(one): f"module {name}" for name, one in self.module.named_modules()}
        known |= {id(one): f"tensor {name}" for name, one in _tensors(self.module).items()}
        known |= {id(one): f"optimiser {n}" for n, one in enumerate(self.optimisers)}
        return {
            path: (value, fingerprint(value, known))
            for path, value in _attributes(self.module).items()
        }

    def _device(self) -> torch.device:
        return next((one.device for one in self.module.parameters()), torch.device("cpu"))

    def _row_digests(self, value: Shaped[Tensor, ...]) -> list[bytes]:
        """Of each replica's row where each has one, else of the whole."""
        if self._replicas > 1 and value.ndim and len(value) == self._replicas:
            return [digest(row) for row in value]
        return [digest(value)]


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


def _load(optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """As its own `load_state_dict`; whether steps may be captured is the matter of who runs them.

    Told beforehand, for that decides where Adam's step counts are put.
    """
    for group, saved in zip(optimiser.param_groups, state["param_groups"], strict=True):
        if "capturable" in group:
            saved["capturable"] = group["capturable"]
    optimiser.load_state_dict(state)


def _split(path: str) -> tuple[str, str]:
    """A module's path, and the name of its attribute."""
    owner, _, name = path.rpartition(".")
    return owner, name


def _named(what: str, value: Any) -> tuple[str, Any]:
    """Plain data, or an error that says what is none."""
    try:
        return plain(value)
    except Unkept:
        raise Unkept(what) from None
