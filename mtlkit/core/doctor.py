"""Is everything here that the course needs? Findings, each with what to do about it.

Nothing beyond the standard library and the smallest packages is imported before it is looked for,
so that a broken installation is told and not met.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence

from mtlkit.core.lesson import Lesson
from mtlkit.core.probes import hardware, packages, places
from mtlkit.core.probes.browser import browser
from mtlkit.core.probes.finding import PROBLEM, Finding, Probe, reason
from mtlkit.core.probes.results import results

PROBES: Mapping[str, Probe] = {
    "python": packages.python,
    "packages": packages.packages,
    "torch pair": hardware.torch_pair,
    "gpu": hardware.gpu,
    "threads": hardware.threads,
    "extras": packages.extras,
    "data": places.data,
    "cache": places.cache,
    "disk": places.disk,
    "browser": browser,
}
"""What is looked at, in this order."""


def examine(lessons: Sequence[Lesson], probes: Mapping[str, Probe] = PROBES) -> Iterator[Finding]:
    """Look at everything in turn, and at each lesson's published studies.

    A probe that breaks is a problem and does not stop the others.
    """
    published: dict[str, Probe] = {
        f"results {one.name}": functools.partial(results, one) for one in lessons
    }
    for about, probe in {**probes, **published}.items():
        try:
            yield from probe()
        except Exception as error:  # a broken library may raise anything
            yield Finding(PROBLEM, about, f"could not be looked at: {reason(error)}.")
