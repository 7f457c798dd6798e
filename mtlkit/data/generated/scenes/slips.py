"""Noise in captions: misspelt words, and words that have nothing to do with the picture."""

from __future__ import annotations

import string
from collections.abc import Sequence

_STRAY_WORDS = """
2019 album amazing april art august autumn awesome beach best birthday bokeh bw camera canon
city classic closeup cool cute day december diary dream edit evening explore family favourite
film flash friends fun garden happy hdr hello holiday home iso400 july june kitchen landscape
lamp lens london love macro march mobile monday morning music nature new nikon november
october old paris party phone photo portrait project random rainy school sea september sky
snow spring street summer sunday sunset test today travel trip untitled upload wallpaper
weekend winter wow year zoom
"""

STRAY_WORDS = tuple(_STRAY_WORDS.split())
"""What users of a photograph archive write under anything; none is a word for part of a scene."""


def misspell(word: str, chance: Sequence[float]) -> str:
    """The word with one letter swapped with the next, dropped, doubled or replaced.

    Never the word itself: where a swap would leave it, and where a drop would leave nothing, a
    letter is replaced.

    Parameters
    ----------
    word
        At least one letter.
    chance
        Three uniform numbers below 1: for the sort of slip, for its place, for the letter.
    """
    sort, place, letter = chance
    at = int(place * len(word))
    match int(sort * 4):
        case 0 if len(word) > 1:
            at = int(place * (len(word) - 1))
            if word[at] != word[at + 1]:
                return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1 if len(word) > 1:
            return word[:at] + word[at + 1 :]
        case 2:
            return word[: at + 1] + word[at:]
        case _:
            pass
    others = [one for one in string.ascii_lowercase if one != word[at]]
    return word[:at] + others[int(letter * len(others))] + word[at + 1 :]
