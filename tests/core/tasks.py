"""What workers are asked for, in a module that other processes import."""

from __future__ import annotations

import os
import signal


def reciprocal(item: int) -> float:
    """Kills its process for 13."""
    if item == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return 1 / item


class Foreign:
    """What another process than the one that made it cannot load."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return _foreign, (os.getpid(),)


def _foreign(home: int) -> Foreign:
    if os.getpid() != home:
        raise ImportError("there is no such lesson")
    return Foreign()
