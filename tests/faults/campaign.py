"""Every fault that is tried, and how often in the campaign."""

from __future__ import annotations

import random
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs

from mtlkit.core.faults import Tried

from . import clocks, damaging, filling, killing, sharing, starving
from .world import Trial, Unbroken

Try = Callable[[Path, Unbroken, random.Random], Trial]


@attrs.frozen
class Fault:
    """A fault.

    Parameters
    ----------
    name, title, means
        As in `mtlkit.core.faults.Tried`.
    tries
        Ways to bring it about; trials take them in turn. Each gets a new folder, the study without
        a fault, and random numbers.
    trials
        How many the campaign makes.
    study
        Of the toy lesson.
    mounts
        Whether it needs to mount a file system.
    """

    name: str
    title: str
    means: str
    tries: Sequence[Try]
    trials: int
    study: str = "rates"
    mounts: bool = False

    def trials_in(self, root: Path, unbroken: Unbroken, trials: int, seed: int) -> Iterator[Trial]:
        """Try it; the same seed draws the same moments."""
        for number in range(trials):
            draw = random.Random(f"{seed}/{self.name}/{number}")
            folder = root / f"{self.name}.{number}"
            folder.mkdir()
            yield self.tries[number % len(self.tries)](folder, unbroken, draw)

    def told(self, trials: Sequence[Trial]) -> Tried:
        """What came of them."""
        return Tried(
            name=self.name,
            title=self.title,
            means=self.means,
            trials=len(trials),
            survived=sum(trial.survived for trial in trials),
            kept=sum(trial.kept for trial in trials),
            again=sum(trial.again for trial in trials),
            seconds=round(statistics.median(trial.seconds for trial in trials), 4),
            date=datetime.now(UTC).date().isoformat(),
            # Without the folders of this machine.
            failures=tuple(re.sub(r"/\S*/", "", t.why) for t in trials if not t.survived),
        )


FAULTS = (
    Fault(
        "kill",
        "kill -9 at any moment of a study",
        "Killed twice, at random times, then left in peace.",
        [killing.at_any_time],
        25,
    ),
    Fault(
        "kill_cache",
        "kill -9 in a write to the cache",
        "Killed twice, each time right before one change that it makes to the cache’s files.",
        [killing.at_a_cache_write],
        30,
    ),
    Fault(
        "kill_file",
        "kill -9 within a file",
        "Killed twice, with a file half written.",
        [killing.within_a_file],
        25,
    ),
    Fault(
        "kill_publishing",
        "kill -9 while a table is published",
        "Killed twice, each time right before one change to the published files.",
        [killing.at_publishing],
        20,
    ),
    Fault(
        "kill_checkpoint",
        "kill -9 in a checkpoint",
        "Killed twice, before a change to a checkpoint’s files or within one; training went on "
        "from the last whole checkpoint.",
        [killing.at_a_checkpoint, killing.within_a_checkpoint],
        30,
    ),
    Fault(
        "two",
        "Two processes, one cache",
        "Both ended with the same table, and every entry can be read.",
        [sharing.two_at_once],
        10,
    ),
    Fault(
        "four",
        "Four processes, one cache",
        "All ended with the same table, and every entry can be read.",
        [sharing.four_at_once],
        6,
    ),
    Fault(
        "no_locks",
        "Four processes, one cache on a disk without locks",
        "The same, though none could know what the others were at; only time was lost.",
        [sharing.four_without_locks],
        6,
    ),
    Fault(
        "one_of_two",
        "kill -9 to one of two processes",
        "The other waited no longer than for the other’s end, and finished all.",
        [sharing.one_of_two_killed],
        16,
    ),
    Fault(
        "damage",
        "Entries cut short, emptied, gone, or with a bit flipped",
        "Every file of an entry in turn; a line named each, and its run alone was computed again.",
        [damaging.truncated, damaging.flipped, damaging.emptied, damaging.removed],
        16,
    ),
    Fault(
        "damaged_checkpoint",
        "A damaged checkpoint",
        "Killed, then a file that it left cut short, emptied or with a bit flipped; an older "
        "checkpoint, or none, was used.",
        [damaging.checkpoint],
        16,
    ),
    Fault(
        "disk_cache",
        "Disk full while an entry is written",
        "One sentence named the folder, all that was finished stayed, and with space the command "
        "went on.",
        [filling.cache],
        12,
        mounts=True,
    ),
    Fault(
        "disk_pack",
        "Disk full while a table is published",
        "One sentence named the folder; no half of a table was left.",
        [filling.pack],
        8,
        mounts=True,
    ),
    Fault(
        "disk_checkpoint",
        "Disk full while a checkpoint is written",
        "One line said so, and the training went on without.",
        [filling.checkpoint],
        8,
        mounts=True,
    ),
    Fault(
        "long_file",
        "A write that fails",
        "Files could not grow beyond a limit; one sentence said so, and later the command went on.",
        [filling.long_file],
        8,
    ),
    Fault(
        "memory",
        "Too little memory for a stack of seeds",
        "Smaller stacks trained all the same.",
        [starving.refused],
        6,
        study="large",
    ),
    Fault(
        "memory_of_one",
        "Too little memory for one seed",
        "One sentence said so; with memory the command went on.",
        [starving.refused_for_one],
        6,
        study="large",
    ),
    Fault(
        "worker",
        "kill -9 to a worker of --jobs 2",
        "As a system without memory does; the rest of the workers finished all.",
        [starving.worker_killed],
        4,
    ),
    Fault(
        "class",
        "A class of thirty with one cache that nobody may write to",
        "Thirty processes of another user; each had the table, nobody changed the shared folder, "
        "and two runs that it lacked went to each user’s own.",
        [sharing.class_of_thirty],
        1,
    ),
    Fault(
        "clock",
        "A clock that jumps by up to an hour",
        "At every reading, back or forth, and with files from the future; killed once. No time "
        "that was told is negative.",
        [clocks.jumps],
        12,
    ),
)
