"""What a lesson calls what it trains, so that its Explorer speaks its language."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Words:
    """The nouns of an exploration; by default those of strategies trained for epochs.

    Parameters
    ----------
    part
        What is trained in turn, and stands in `history` as `strategy`: "architecture", "method".
    count
        What a snapshot counts, and what curves over it name on their x axis: "epoch", "step".
    total
        The setting that says how many of these a run may have, so that axes stand still from the
        start; empty where none does.
    what
        What a turn of a knob trains anew, with its article.
    """

    part: str = "strategy"
    count: str = "epoch"
    total: str = "epochs"
    what: str = "the networks"

    @property
    def parts(self) -> str:
        """Several of what is trained in turn: "strategies", "losses"."""
        if self.part.endswith("y"):
            return f"{self.part[:-1]}ies"
        return f"{self.part}es" if self.part.endswith("s") else f"{self.part}s"
