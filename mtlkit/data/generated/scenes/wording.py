"""What people say of a scene: sentences and tags, with synonyms and gaps, always true."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs

from mtlkit.data.generated.scenes.attributes import COLOUR, SHAPE, SIZE

SHAPE_WORDS = (
    ("circle", "disc"),
    ("square", "box"),
    ("triangle", "wedge"),
    ("cross", "plus"),
    ("star",),
    ("ring", "hoop"),
)
COLOUR_WORDS = (
    ("purple", "violet"),
    ("blue", "cobalt"),
    ("red", "crimson"),
    ("green", "emerald"),
    ("orange", "amber"),
    ("yellow", "lemon"),
)
SIZE_WORDS = (("small", "little", "tiny"), ("big", "large"))
RELATION_WORDS = (
    ("left of", "to the left of"),
    ("right of", "to the right of"),
    ("above", "over"),
    ("below", "under", "beneath"),
)
BACKGROUND_WORDS = (
    ("pale", "white"),
    ("dark", "black"),
    ("striped", "lined"),
    ("dotted", "spotted"),
)
GROUND_WORDS = ("background", "backdrop", "ground")
AXIS_TAGS = ("sidebyside", "stacked")
"""Tags have no order, so they cannot tell which of two objects is on the left."""

OPENINGS = ("", "", "", "there is", "we see", "a picture of", "an image shows")
BEFORE_GROUND = ("on", "against")
CANONICAL = 0.6
"""How often one takes the usual word where there are others."""

CHANCES = 24
"""Random numbers that are enough for any caption."""

MOST_WORDS = 24
"""More than any caption has, before stray words come in."""


@attrs.frozen
class Facts:
    """A scene as its attributes' numbers; relation -1 with one object."""

    objects: Sequence[Sequence[int]]
    relation: int
    background: int


def sentence(facts: Facts, chance: Iterator[float]) -> list[str]:
    """The words of a sentence; most leave something out."""
    things = [_thing(one, chance) for one in facts.objects]
    form = next(chance)
    grounded = form < 0.12
    if len(things) == 2:
        relation = facts.relation
        if next(chance) < 0.5:  # the second is right of the first, if the first is left of it
            things.reverse()
            relation ^= 1
        match int(10 * next(chance)):
            case 0:  # who looks at one thing only
                things.pop()
            case 1 | 2:
                things.insert(1, ["and"])
            case number:
                between = _one(RELATION_WORDS[relation], chance).split()
                things.insert(1, ["sits", *between] if number == 3 and not grounded else between)
    words = [word for thing in things for word in thing]
    if grounded:
        return [*_ground(facts.background, chance), "with", *words]
    if form < 0.5:
        before = BEFORE_GROUND[next(chance) < 0.5]
        words = [*words, before, *_ground(facts.background, chance)]
    opening = () if "sits" in words else OPENINGS[int(len(OPENINGS) * next(chance))].split()
    return [*opening, *words]


def tags(facts: Facts, chance: Iterator[float]) -> list[str]:
    """Tags that one user might give, in any order, none twice and at least one."""
    found = []
    for one in facts.objects:
        for share, words in (
            (0.8, SHAPE_WORDS[one[SHAPE]]),
            (0.8, COLOUR_WORDS[one[COLOUR]]),
            (0.35, SIZE_WORDS[one[SIZE]]),
        ):
            if next(chance) < share:
                found.append(_one(words, chance))
    if next(chance) < 0.3:
        found.append(_one(BACKGROUND_WORDS[facts.background], chance))
    if facts.relation >= 0 and next(chance) < 0.2:
        found.append(AXIS_TAGS[facts.relation // 2])
    return list(dict.fromkeys(found)) or [SHAPE_WORDS[facts.objects[0][SHAPE]][0]]


WORDINGS: dict[str, Callable[[Facts, Iterator[float]], list[str]]] = {
    "sentences": sentence,
    "tags": tags,
}


def _thing(one: Sequence[int], chance: Iterator[float]) -> list[str]:
    words = []
    if next(chance) < 0.5:
        words.append(_one(SIZE_WORDS[one[SIZE]], chance))
    if next(chance) < 0.85:
        words.append(_one(COLOUR_WORDS[one[COLOUR]], chance))
    return _with_article([*words, _one(SHAPE_WORDS[one[SHAPE]], chance)])


def _ground(background: int, chance: Iterator[float]) -> list[str]:
    return _with_article([_one(BACKGROUND_WORDS[background], chance), _one(GROUND_WORDS, chance)])


def _with_article(words: list[str]) -> list[str]:
    return ["an" if words[0][0] in "aeiou" else "a", *words]


def _one(words: Sequence[str], chance: Iterator[float]) -> str:
    """The first word, or now and then one of the others."""
    drawn = next(chance)
    if drawn < CANONICAL or len(words) == 1:
        return words[0]
    return words[1 + int((drawn - CANONICAL) / (1 - CANONICAL) * (len(words) - 1))]
