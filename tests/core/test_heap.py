"""Large arrays that come and go are faulted in once while memory is kept, and given back after."""

import json
import subprocess
import sys

import pytest
import torch
from torch import nn

from mtlkit.core import heap
from mtlkit.core.heap import LARGE, freed_memory_kept

CODE = """
import json, resource, torch
from pathlib import Path
from torch import nn
from mtlkit.core.heap import freed_memory_kept

def step():
    return [torch.empty(12 * 2**20).fill_(1.0) for _ in range(3)] and None  # 48 MiB each

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

def of_five_steps():
    step()
    before = faults()
    for _ in range(5):
        step()
    return faults() - before

module = nn.Linear(2**12, 2**12)
start = resident()
plain = of_five_steps()
with freed_memory_kept(module):
    of_five_steps()  # until the heap has room for them side by side
    with freed_memory_kept(module):
        kept = of_five_steps()
    still = of_five_steps()
    held = resident() - start
print(json.dumps([plain, kept, still, held, resident() - start, of_five_steps()]))
"""


@pytest.mark.skipif(heap._glibc() is None, reason="another C library")
def test_pages_are_asked_for_once_and_given_back() -> None:
    said = subprocess.run(
        [sys.executable, "-c", CODE], check=True, capture_output=True, text=True
    ).stdout
    plain, kept, still, held, after, again = json.loads(said)
    assert plain > 100 and again > 100
    assert max(kept, still) < plain / 20
    assert held > 100 * 2**20  # the three arrays of the last step
    assert after < held / 2


def test_what_is_small_leaves_the_allocator_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def enter(libc: object) -> None:
        raise AssertionError("called")

    monkeypatch.setattr(heap, "_enter", enter)
    small = nn.Linear(LARGE // 8, 1)
    with freed_memory_kept(small):
        pass
    with freed_memory_kept(nn.Linear(2**13, 2**13, device="meta")):
        pass
    if heap._glibc() is not None:
        with pytest.raises(AssertionError), freed_memory_kept(nn.Linear(LARGE // 4 + 1, 1)):
            pass


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_glibc", lambda: None)
    with freed_memory_kept(nn.Linear(2**12, 2**12)):
        assert torch.ones(2).sum() == 2


@pytest.mark.skipif(heap._glibc() is None, reason="another C library")
def test_it_is_left_after_an_error() -> None:
    module = nn.Linear(2**12, 2**12)
    with pytest.raises(ZeroDivisionError), freed_memory_kept(module):
        1 / 0  # noqa: B018
    assert heap._inside == 0
