"""The region that a claim says its effect lies in."""

from __future__ import annotations

import math
from typing import Literal, SupportsFloat

import attrs

from mtlkit.core.interval import Interval


@attrs.frozen
class Region:
    """The open interval that a claim says the effect lies in, in the claim's unit.

    Raises
    ------
    ValueError
        If it is empty, or everything lies in it.
    """

    low: float = attrs.field(converter=float)
    high: float = attrs.field(converter=float)

    def __attrs_post_init__(self) -> None:
        if not self.low < self.high or (math.isinf(self.low) and math.isinf(self.high)):
            raise ValueError(f"region {self.low} to {self.high}: low < high, and one finite.")

    @classmethod
    def above(cls, margin: SupportsFloat) -> Region:
        """The effect is more than the margin: `above(0)` is "there is a rise"."""
        return cls(float(margin), math.inf)

    @classmethod
    def below(cls, margin: SupportsFloat) -> Region:
        """The effect is less than the margin: `below(0)` is "there is a fall"."""
        return cls(-math.inf, float(margin))

    @classmethod
    def within(cls, margin: SupportsFloat) -> Region:
        """Equivalence: the effect is smaller than the margin, whatever its sign."""
        return cls(-float(margin), float(margin))

    @classmethod
    def no_worse_loss(cls, margin: SupportsFloat) -> Region:
        """Non-inferiority, lower is better: a loss's difference may rise by less than the margin.

        Raises
        ------
        ValueError
            If the margin is not positive: "better" is `below(0)`.
        """
        return cls.below(_positive(margin))

    @classmethod
    def no_worse_score(cls, margin: SupportsFloat) -> Region:
        """Non-inferiority, higher is better: a score's difference may fall by less than the margin.

        Raises
        ------
        ValueError
            If the margin is not positive: "better" is `above(0)`.
        """
        return cls.above(-_positive(margin))

    def __contains__(self, effect: float) -> bool:
        return self.low < effect < self.high

    def distance(self, effect: float) -> float:
        """How far inside an effect lies: to the nearest boundary, negative outside."""
        return min(effect - self.low, self.high - effect)

    def nearest_boundary(self, effect: float) -> float:
        """The boundary that decides: an interval around the effect reaches it first."""
        return self.low if effect - self.low < self.high - effect else self.high

    def place(self, interval: Interval) -> Literal["inside", "outside", "across"]:
        """Where an interval lies: wholly inside, wholly outside, or across a boundary."""
        if self.low < interval.low and interval.high < self.high:
            return "inside"
        if interval.high <= self.low or interval.low >= self.high:
            return "outside"
        return "across"

    def text(self, unit: str) -> str:
        """The region in words.

        Examples
        --------
        >>> Region.below(0.05).text("dB"), Region.within(5).text("%"), Region(0, 2).text("")
        ('below +0.05 dB', 'within ±5 %', 'between 0 and +2')
        >>> Region.below(-0.5).text("")
        'below −0.5'
        """
        low, high = (_signed(bound) for bound in (self.low, self.high))
        if self.low == -math.inf:
            words = f"below {high}"
        elif self.high == math.inf:
            words = f"above {low}"
        elif self.low == -self.high:
            words = f"within ±{high[1:]}"
        else:
            words = f"between {low} and {high}"
        return f"{words} {unit}".rstrip()


def _signed(bound: float) -> str:
    return f"{bound:+.6g}".replace("-", "\N{MINUS SIGN}") if bound else "0"


def _positive(margin: SupportsFloat) -> float:
    if not float(margin) > 0:
        raise ValueError(f"margin = {margin}: allowed is a positive number.")
    return float(margin)
