"""Watching which optimisers a piece of code makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import torch


@contextmanager
def optimisers_made() -> Iterator[list[torch.optim.Optimizer]]:
    """Those made inside, in order."""
    made: list[torch.optim.Optimizer] = []
    plain = torch.optim.Optimizer.__init__

    def keep(self: torch.optim.Optimizer, *arguments: object, **more: object) -> None:
        plain(self, *arguments, **more)
        made.append(self)

    with mock.patch.object(torch.optim.Optimizer, "__init__", keep):
        yield made
