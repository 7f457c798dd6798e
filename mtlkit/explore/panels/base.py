"""What every panel has, and what small pictures with the same axes have."""

from __future__ import annotations

import attrs

from mtlkit.explore.panels.checks import items_of, said


@attrs.frozen(kw_only=True)
class Panel:
    """What every panel says of itself.

    Parameters
    ----------
    name
        Its name in the lesson's `views`, such as `figure_4_2`: what links lead to.
    title
        A heading of a few words.
    alt
        One sentence that tells a reader who cannot see the figure what it shows.
    caption
        What to look at, under the figure.
    command
        The shell command that makes the figure's numbers, shown under it.

    Raises
    ------
    UsageError
        At construction, if something is missing or lengths differ.
    """

    name: str = ""
    title: str = attrs.field(validator=said)
    alt: str = attrs.field(validator=said)
    caption: str = ""
    command: str = ""


@attrs.frozen
class Reference:
    """A horizontal line across a facet, such as a true value.

    Drawn dotted in the colour of `key`; the legend has each `label` once.
    """

    value: float = attrs.field(converter=float)
    label: str = "truth"
    key: str = "truth"


@attrs.frozen(kw_only=True)
class Facet:
    """One of several small pictures with the same axes."""

    title: str = ""
    references: tuple[Reference, ...] = attrs.field(default=(), converter=items_of)
