"""UT-Zap50K: shoes on white, of a material and a type.

A. Yu and K. Grauman, Fine-grained visual comparisons with local learning, CVPR 2014. Of 116 pairs
of one of 16 materials (yan2020 counts 15) with one of 12 types, both published splits train on 83
and hold 33 out: the natural one 15 and 18, to validate and to test with; the compositional one all
33 to test with. Which pictures have one material, and which, stands in the splits, so that the
owners' own labels are not needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from mtlkit.data.official.captioned_writer import check_there, opened
from mtlkit.data.official.composed_writer import AtLeast, Words, made_files, write_pack
from mtlkit.data.official.entry import Download, Official
from mtlkit.data.official.pair_splits import DOWNLOADS, by_place, read_splits

ARCHIVE = "ut-zap50k-images.zip"
"""A folder for each category, in it one for each type, and in that one for each maker."""

AT_LEAST: Mapping[str, AtLeast] = {
    "natural": AtLeast((83, 33), {"train": 22_900, "validation": 3_000, "test": 2_900}),
    "compositional": AtLeast((83, 33), {"train": 24_000, "test": 4_000}),
}

_FOLDER = "ut-zap50k-images/"


def arrange(downloaded: Path, target: Path) -> None:
    """Make the pack of the pictures of one material; the others are left."""
    shown, splits = read_splits(downloaded, "ut-zap50k", "_image", _named)
    with opened(downloaded / ARCHIVE) as archive:
        places = by_place(archive.names, lambda name: _place(name.rpartition(_FOLDER)[2]))
        wanted = {one.file: _place(one.file) for one in shown}
        check_there(wanted.values(), places, archive.file, "that the splits name")
        write_pack(
            target,
            ("attribute", "object"),
            shown,
            splits,
            lambda file: archive.read(places[wanted[file]]),
        )


def _place(name: str) -> str:
    """A path without the dots that end a maker's name; the archive may write them `%2E`."""
    return re.sub(r"(\.|%2E)+(?=/)", "", name)


def _named(material: str, kind: str) -> Words:
    """Such as `("faux fur", "ankle boots")` for `Faux.Fur` and `Boots.Ankle`."""
    category, _, own = kind.lower().replace("_", ".").partition(".")
    words = own.replace(".", " ")
    if category == "boots" and words:
        words = f"{words} boots"
    return material.lower().replace("_", ".").replace(".", " "), words or category


UT_ZAP50K = Official(
    name="ut_zap50k",
    title="UT-Zap50K",
    what="29,000 photographs of shoes, material and type, 116 pairs",
    licence="non-commercial",
    page="https://vision.cs.utexas.edu/projects/finegrained/utzap50k/",
    downloads=(
        Download(
            ARCHIVE,
            0,
            "",
            ("http://vision.cs.utexas.edu/projects/finegrained/utzap50k/ut-zap50k-images.zip",),
        ),
        *DOWNLOADS,
    ),
    files=made_files(AT_LEAST, 0),
    arrange=arrange,
    by_hand="its owners and the authors of its splits state no checksums",
)
