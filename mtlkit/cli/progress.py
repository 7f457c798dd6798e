"""How far a command is, on standard error."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm


def progress_bar(name: str) -> Any:
    """Progress with the time left; in a log, a line a minute of what takes longer than one."""
    rest = 0.1 if sys.stderr.isatty() else 60
    return tqdm(
        total=1.0,
        desc=name,
        delay=rest,
        mininterval=rest,
        bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed} gone, {remaining} left {postfix}",
    )


def advance(bar: Any, share: float, doing: str) -> None:
    """Move the bar to a share of the whole, from 0 to 1, and say what is under way."""
    bar.set_postfix_str(doing, refresh=False)
    bar.update(max(0.0, share - bar.n))
