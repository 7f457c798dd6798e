"""The states of an Explorer in words, the same for every lesson."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mtlkit.core.lesson import Snapshot
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.palette import styles

Json = dict[str, Any]

_TOO_EARLY = 0.05
"""Of the run: before that there is nothing to reckon the time left from."""


def status(
    run: int,
    state: str,
    words: str,
    *,
    detail: str = "",
    progress: float | None = None,
    left: str = "",
) -> Json:
    """What the page shows of a run: `progress` from 0 to 1, where there is some."""
    return {
        "run": run,
        "state": state,
        "words": words,
        "detail": detail,
        "progress": progress,
        "left": left,
    }


def training(snapshot: Snapshot, parts: Sequence[str], words: Words) -> str:
    """What is being trained: `strategy 1 of 2: equal weights, epoch 3 of 120`.

    Parameters
    ----------
    parts
        What is trained in turn, if that is known.
    words
        What the lesson calls that.
    """
    part = styles([snapshot.part])[snapshot.part].label
    told = f"{part}, {words.count} {snapshot.epoch} of {snapshot.epochs}"
    if snapshot.part not in parts or len(parts) == 1:
        return told
    return f"{words.part} {parts.index(snapshot.part) + 1} of {len(parts)}: {told}"


def time_left(progress: float, seconds: float) -> str:
    """How long a run will go on that has taken so long so far.

    Examples
    --------
    >>> time_left(0.5, 3.2), time_left(0.01, 3.2), time_left(0.1, 40.0)
    ('about 3 s left', '', 'about 6 min left')
    """
    if progress < _TOO_EARLY:
        return ""
    return f"{duration(seconds * (1 - progress) / progress)} left"


def duration(seconds: float) -> str:
    """About how long.

    Examples
    --------
    >>> duration(3.2), duration(0.2), duration(360.0)
    ('about 3 s', 'about 1 s', 'about 6 min')
    """
    if seconds >= 100:
        return f"about {seconds / 60:.0f} min"
    return f"about {max(seconds, 1):.0f} s"


def done(seconds: float, *, trained: bool) -> str:
    """How a run ended well."""
    return f"done in {seconds:.1f} s" if trained else "done: from the cache"


MORE_TO_COME = "; a picture that takes longer is on its way"


def failed(error: BaseException) -> str:
    """How a run ended badly."""
    return f"failed: {str(error) or type(error).__name__}"
