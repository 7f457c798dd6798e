"""Pictures of compositions of words: the one door through which lessons get them, by a set's name.

A composition is an attribute and an object (an inverted seven), or a subject, a predicate and an
object (a circle above a square). Training shows some of them only.
"""

from __future__ import annotations

import functools

from mtlkit.core.lesson import Dataset
from mtlkit.data import official_compositions
from mtlkit.data.composed import (
    HELD_TEST,
    HELD_VALIDATION,
    PARTS,
    SEEN,
    Compositions,
    Pictures,
    checked_part,
)
from mtlkit.data.embedded import digits
from mtlkit.data.generated.compositions import SETS, EmbeddedSet
from mtlkit.data.generated.compositions.splits import held_out, highest_share, product
from mtlkit.errors import UsageError

__all__ = [
    "EMBEDDED",
    "HELD_TEST",
    "HELD_VALIDATION",
    "LOWEST_SHARE",
    "NAMES",
    "OFFICIAL",
    "PARTS",
    "SEEN",
    "Compositions",
    "Pictures",
    "compositions",
    "dataset",
    "most_pictures",
    "pictures",
    "unseen_shares",
]

EMBEDDED = tuple(SETS)
"""The sets that need no download."""

OFFICIAL = official_compositions.NAMES
"""Those that are downloaded, and had as features: see `mtlkit.data.official_compositions`."""

NAMES = (*EMBEDDED, *OFFICIAL)
"""The sets there are."""

LOWEST_SHARE = 0.05
"""Of compositions that can be held out."""


def unseen_shares(name: str) -> tuple[float, float]:
    """The lowest and the highest share of the compositions of a set that can be held out.

    With a higher one, some word would stand in no seen composition.

    Raises
    ------
    UsageError
        If there is no set of that name.
    """
    return LOWEST_SHARE, highest_share(_find(name).words)


def most_pictures(name: str, part: str) -> int | None:
    """The most pictures of one composition that a part has; None where there is no end of them.

    Raises
    ------
    UsageError
        If there is no set or part of that name.
    """
    return _find(name).most(checked_part(part))


def compositions(name: str, *, seed: int, unseen: float) -> Compositions:
    """The compositions of a set, some of which are held out of training.

    Half of those that are held out are met in validation, the other half in test: `round(unseen / 2
    * C)` of `C` each, at least 2, for every seed; which ones, the seed draws. Every word of every
    slot stands in at least two seen compositions where that is possible, else in at least one. With
    a higher share more are held out, and (where every word stands in two) none fewer.

    Parameters
    ----------
    name
        In `EMBEDDED`.
    seed
        Which compositions are held out.
    unseen
        Which share of all; allowed is what `unseen_shares` says.

    Raises
    ------
    UsageError
        If there is no such set or share.
    """
    found = _find(name)
    lowest, highest = unseen_shares(name)
    if not lowest <= unseen <= highest:
        raise UsageError(
            f"unseen = {unseen}: allowed is {lowest} to {highest} for {name}, so that no "
            f"{found.slots[0]} and no {found.slots[-1]} is never seen in training."
        )
    members = product(found.words)
    return Compositions(
        found.slots, found.words, members, held_out(name, found.words, seed, unseen)
    )


def pictures(name: str, part: str, *, seed: int, unseen: float, per_composition: int) -> Pictures:
    """Pictures of a part: equally many of each composition that is met there, one after the other.

    Those of a composition are the same ones whatever is held out and however many are asked for.
    The pictures that training, validation and test are made from have nothing in common.

    Parameters
    ----------
    name
        In `EMBEDDED`.
    part
        `"train"`, which shows the seen compositions only, `"validation"` or `"test"`.
    seed
        Of the split, and of the pictures.
    unseen
        See `compositions`.
    per_composition
        How many pictures of each; `most_pictures` says how many there are.

    Raises
    ------
    UsageError
        If there is no such set, part or share, or if there are not so many pictures.
    """
    most = most_pictures(name, part)
    if per_composition < 1 or (most is not None and per_composition > most):
        allowed = (
            "1 or more"
            if most is None
            else f"1 to {most}, the {part} pictures of the rarest {_find(name).slots[-1]} of {name}"
        )
        raise UsageError(f"per_composition = {per_composition}: allowed is {allowed}.")
    return _pictures(name, part, seed, unseen, per_composition)


# Three parts of five seeds, which a lesson goes through in turn, fit in.
@functools.lru_cache(maxsize=18)
def _pictures(name: str, part: str, seed: int, unseen: float, per_composition: int) -> Pictures:
    split = compositions(name, seed=seed, unseen=unseen)
    (shown,) = split.candidates(part).nonzero(as_tuple=True)
    images = _find(name).draw(seed, part, split.members[shown], per_composition)
    return Pictures(images, shown.repeat_interleave(per_composition))


def dataset(name: str) -> Dataset:
    """The name, with the checksum of the digits, or of the official files, where it has any.

    Raises
    ------
    UsageError
        If there is no set of that name, or if it is official and not here.
    """
    if name in OFFICIAL:
        return official_compositions.dataset(name)
    _find(name)
    return Dataset(name, digits.dataset().checksum if name == "digit_transforms" else "")


def _find(name: str) -> EmbeddedSet:
    if name in OFFICIAL:
        raise UsageError(
            f"data = {name}: its split is published and its pictures are had as features; allowed "
            f"here is one of {', '.join(EMBEDDED)}."
        )
    if name not in SETS:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(NAMES)}.")
    return SETS[name]
