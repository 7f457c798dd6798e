"""Plain data: numbers, strings, tensors, random generators, and what is built of these alone.

It can be written down as pairs of a kind and what it holds, read without running code, and put back
into a program built anew. Of anything else one can only tell whether it has changed.
"""

from __future__ import annotations

import hashlib
import pickle
import random
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from functools import _lru_cache_wrapper, partial
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped
from torch import Tensor, nn

Pair = tuple[str, Any]
"""A kind, and what a value of it holds."""

HELD = ("object", "stateful")
"""Kinds of values that are put back into the object that is there."""

_SCALARS = (type(None), bool, int, float, str, bytes)

_SEQUENCES: Mapping[str, Any] = {
    one.__name__: one for one in (list, tuple, set, frozenset, Counter, OrderedDict, dict)
}

_FACTORIES: Mapping[str, Any] = {
    "None": None,
    **{one.__name__: one for one in (int, float, str, list, tuple, dict, set)},
}
"""What a `defaultdict` may begin its entries with."""

_CODE = (FunctionType, BuiltinFunctionType, _lru_cache_wrapper, ModuleType, type)

_HEAP_TYPE = 1 << 9


class Unkept(Exception):
    """State that can neither be written down nor be had anew."""


def plain(value: Any) -> Pair:
    """Plain data that `torch.load` takes without running code; tensors are copies on the CPU.

    Raises
    ------
    Unkept
        For anything else.
    """
    return _walked(value, lambda tensor: (tensor.detach().cpu().clone(), tensor.device.type))


def fingerprint(value: Any, known: Mapping[int, str]) -> Pair:
    """What is equal for equal plain data.

    For a value that is none, the kind is `"opaque"`, and a digest of how it would be pickled is
    held; None if it cannot be.

    Parameters
    ----------
    known
        Names, by identity, of objects that may change without the value counting as changed.
    """
    try:
        return _walked(value, digest)
    except Unkept:
        sha = hashlib.sha256()
        try:
            _Pickler(_Into(sha.update), known).dump(value)
        except Exception:  # whatever a class has to say against being pickled
            return ("opaque", None)
        return ("opaque", sha.digest())


def digest(value: Shaped[Tensor, ...]) -> bytes:
    """Of a tensor's numbers, type and shape."""
    # `BatchNorm` changes buffers without a new version of them, so only their numbers tell.
    flat = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    shape = f"{value.dtype} {tuple(value.shape)}".encode()
    return hashlib.sha256(shape + hashlib.sha256(flat.numpy().data).digest()).digest()


def restored(saved: Pair, old: Any, here: torch.device) -> Any:
    """Plain data as it was; generators and objects that are there already take theirs over.

    Parameters
    ----------
    old
        What is there, None if nothing.
    here
        Where tensors of its type of device are put; others go to the first device of theirs.
    """
    kind, held = saved
    again = partial(restored, here=here)
    if kind == "tensor":
        value, where = held
        return value.to(_device(where, old, here), copy=True)
    if kind in ("array", "number"):
        array = held[0].numpy().copy()
        return array if kind == "array" else array[()]
    if kind in _SEQUENCES:
        return _SEQUENCES[kind](_entries(kind, held, old, again))
    if kind == "deque":
        longest, items = held
        return deque(_entries("list", items, old, again), longest)
    if kind == "defaultdict":
        factory, items = held
        return defaultdict(_FACTORIES[factory], _entries("dict", items, old, again))
    if kind == "stateful":
        old.load_state_dict(again(held, None))
        return old
    if kind == "object":
        for name, one in held:
            object.__setattr__(old, name, again(one, getattr(old, name, None)))
        return old
    if kind in _GENERATORS:
        return _GENERATORS[kind](held, old, again)
    return held


def _entries(kind: str, held: Any, old: Any, again: Callable[[Pair, Any], Any]) -> Any:
    if issubclass(_SEQUENCES[kind], dict):
        own = old if isinstance(old, dict) else {}
        keys = [again(key, None) for key, _ in held]
        return {key: again(one, own.get(key)) for key, (_, one) in zip(keys, held, strict=True)}
    there = list(old)[: len(held)] if isinstance(old, list | tuple | deque) else []
    there += [None] * (len(held) - len(there))
    return [again(one, before) for one, before in zip(held, there, strict=True)]


def _device(where: str, old: Any, here: torch.device) -> torch.device:
    if isinstance(old, Tensor) and old.device.type == where:
        return old.device
    return here if here.type == where else torch.device(where)


def _torch_generator(held: Any, old: Any, again: Callable[[Pair, Any], Any]) -> torch.Generator:
    (state, _), where = held
    # `again` knows where the program is.
    there: Tensor = again(("tensor", (torch.empty(0), where)), None)
    fits = isinstance(old, torch.Generator) and old.device.type == where
    found: torch.Generator = old if fits else torch.Generator(there.device)
    found.set_state(state)
    return found


def _numpy_generator(held: Any, old: Any, again: Callable[[Pair, Any], Any]) -> np.random.Generator:
    state = again(held, None)
    kind = getattr(np.random, state["bit_generator"])
    fits = isinstance(old, np.random.Generator) and type(old.bit_generator) is kind
    found: np.random.Generator = old if fits else np.random.Generator(kind())
    found.bit_generator.state = state
    return found


def _random_state(held: Any, old: Any, again: Callable[[Pair, Any], Any]) -> np.random.RandomState:
    fits = isinstance(old, np.random.RandomState)
    found: np.random.RandomState = old if fits else np.random.RandomState()
    found.set_state(again(held, None))
    return found


def _python_random(held: Any, old: Any, again: Callable[[Pair, Any], Any]) -> random.Random:
    found: random.Random = old if type(old) is random.Random else random.Random()
    found.setstate(again(held, None))
    return found


_GENERATORS: Mapping[str, Callable[[Any, Any, Callable[[Pair, Any], Any]], Any]] = {
    "generator": _torch_generator,
    "numpy generator": _numpy_generator,
    "random state": _random_state,
    "random": _python_random,
}


def _walked(value: Any, tensor: Callable[[Tensor], Any], above: tuple[int, ...] = ()) -> Pair:
    """Plain data as pairs of a kind and what it holds; `tensor` says what becomes of tensors."""
    if id(value) in above or isinstance(value, nn.Module | nn.Parameter | torch.optim.Optimizer):
        raise Unkept
    inner = partial(_walked, tensor=tensor, above=(*above, id(value)))
    if type(value) in _SCALARS:
        return ("scalar", value)
    if isinstance(value, Tensor):
        return ("tensor", tensor(_told(value)))
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return ("number", tensor(_of_numpy(np.array(value))))
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return ("array", tensor(_of_numpy(np.array(value))))
    found = _walked_generator(value, inner, tensor) or _walked_container(value, inner)
    if found is not None:
        return found
    if isinstance(value, type):
        raise Unkept
    if hasattr(value, "state_dict") and hasattr(value, "load_state_dict"):
        return ("stateful", inner(value.state_dict()))
    return ("object", [(name, inner(one)) for name, one in _parts(value).items()])


def _walked_generator(
    value: Any, inner: Callable[[Any], Pair], tensor: Callable[[Tensor], Any]
) -> Pair | None:
    if isinstance(value, torch.Generator):
        return ("generator", (tensor(value.get_state()), value.device.type))
    if type(value) is np.random.Generator:
        bits = value.bit_generator
        # Which children come next cannot be set.
        spawned = getattr(bits.seed_seq, "n_children_spawned", 0)
        if spawned or getattr(np.random, type(bits).__name__, None) is not type(bits):
            raise Unkept
        return ("numpy generator", inner(bits.state))
    if type(value) is np.random.RandomState:
        state = value.get_state(legacy=False)
        if state["bit_generator"] != "MT19937":
            raise Unkept
        return ("random state", inner(state))
    if type(value) is random.Random:
        return ("random", inner(value.getstate()))
    return None


def _walked_container(value: Any, inner: Callable[[Any], Pair]) -> Pair | None:
    kind = type(value).__name__
    if isinstance(value, dict):
        held = [(_key(inner(key)), _item(inner(one))) for key, one in value.items()]
        if type(value) is defaultdict:
            for name, factory in _FACTORIES.items():
                if value.default_factory is factory:
                    return (kind, (name, held))
        elif _SEQUENCES.get(kind) is type(value):
            return (kind, held)
        raise Unkept
    if type(value) is deque:
        return (kind, (value.maxlen, [_item(inner(one)) for one in value]))
    if _SEQUENCES.get(kind) is type(value):
        entry = _key if isinstance(value, set | frozenset) else _item
        return (kind, [entry(inner(one)) for one in value])
    return None


def _item(found: Pair) -> Pair:
    """An entry of a container, which may have grown: no object is there to put another into."""
    if found[0] in HELD:
        raise Unkept
    return found


def _key(found: Pair) -> Pair:
    """What is found again by a copy of it; a tensor is equal to itself alone."""
    if found[0] not in ("scalar", "number", "tuple", "frozenset"):
        raise Unkept
    return found


def _parts(value: Any) -> dict[str, Any]:
    """Attributes of an object that has nothing else."""
    cls: Any = type(value)
    base = next(one for one in cls.__mro__ if not one.__flags__ & _HEAP_TYPE)
    own = cls.__reduce__ is object.__reduce__ and cls.__reduce_ex__ is object.__reduce_ex__
    slots = [
        name
        for one in cls.__mro__
        for name, what in vars(one).items()
        if isinstance(what, MemberDescriptorType)
    ]
    if base is not object or not own or not (slots or hasattr(value, "__dict__")):
        raise Unkept
    found = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    return found | getattr(value, "__dict__", {})


def _told(value: Tensor) -> Tensor:
    # What an optimiser steps must stay the same object.
    steps = value.requires_grad and value.is_leaf
    if steps or value.layout is not torch.strided or value.is_conj() or value.is_neg():
        raise Unkept
    return value


def _of_numpy(value: Any) -> Tensor:
    try:
        return torch.from_numpy(value)
    except TypeError:
        raise Unkept from None


class _Into:
    """A file that only passes on what is written."""

    def __init__(self, write: Callable[[Any], object]) -> None:
        self.write = write


class _Pickler(pickle.Pickler):
    """Tells what is known by name, tensors by their numbers, and code by its identity."""

    def __init__(self, file: Any, known: Mapping[int, str]) -> None:
        super().__init__(file)
        self.known = known

    def persistent_id(self, value: Any) -> Any:
        if id(value) in self.known:
            return self.known[id(value)]
        if isinstance(value, _CODE):
            return id(value)
        if isinstance(value, Tensor) and value.layout is torch.strided:
            return digest(value.detach().resolve_conj().resolve_neg())
        if isinstance(value, torch.Generator):
            return digest(value.get_state())
        return None
