"""Probes of torch, its partner torchvision, and what they run on."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator

from mtlkit.core import requirements
from mtlkit.core.probes.finding import (
    NOTE,
    OK,
    PROBLEM,
    SETUP,
    Finding,
    reason,
    torch_or_none,
)

_PAIR = ("torch", "torchvision")


def torch_pair() -> Iterator[Finding]:
    """Whether torch and torchvision were built for each other: one of its operators is called."""
    versions = [f"{name} {requirements.installed_version(name)}" for name in _PAIR]
    try:
        torch = importlib.import_module("torch")
        nms = importlib.import_module("torchvision.ops").nms
        boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.9], [5.0, 5.0, 6.0, 6.0]])
        kept = nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist()
    except Exception as error:  # libraries that do not match raise what they please
        yield Finding(
            PROBLEM,
            "torch pair",
            f"{' and '.join(versions)} do not work together ({reason(error)}): install both from "
            f"one source; {SETUP}.",
        )
        return
    if kept != [0, 2]:
        told = f"{' and '.join(versions)}: nms gives {kept}, not [0, 2]; {SETUP}."
        yield Finding(PROBLEM, "torch pair", told)
    else:
        yield Finding(OK, "torch pair", f"{' and '.join(versions)} work together")


def gpu() -> Iterator[Finding]:
    """Whether a GPU can be used, which one, and whether it multiplies."""
    torch = torch_or_none()
    if torch is None:
        yield Finding(NOTE, "gpu", "not looked at, since torch cannot be imported.")
        return
    if not torch.cuda.is_available():
        yield Finding(
            NOTE,
            "gpu",
            "none can be used; scales smoke and lesson are made for a processor, paper wants one.",
        )
        return
    properties = torch.cuda.get_device_properties(0)
    told = f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    try:
        ones = torch.ones(8, 8, device="cuda")
        product = float((ones @ ones).sum())
    except Exception as error:  # a driver's failures have many types
        product, told = 0.0, f"{told}: a product fails ({reason(error)})"
    if product == 512:
        yield Finding(OK, "gpu", told)
    else:
        advice = "update the GPU's driver, or use --device cpu"
        yield Finding(PROBLEM, "gpu", f"{told}; {advice}.")


def threads() -> Iterator[Finding]:
    """How many cores this process may use, and how many threads are set."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    torch = torch_or_none()
    used = "" if torch is None else f", torch uses {torch.get_num_threads()} threads"
    set_to = os.environ.get("OMP_NUM_THREADS", "not set")
    told = f"{cores} cores for this process{used}; OMP_NUM_THREADS is {set_to}"
    yield Finding(OK, "threads", f"{told}; training takes one thread whatever is set")
