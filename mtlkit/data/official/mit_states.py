"""MIT-States: photographs of objects, scenes and materials in many states.

P. Isola, J. Lim and E. Adelson, Discovering states and transformations in image collections, CVPR
2015. Of the 1,962 pairs of one of 115 adjectives with one of 245 nouns, both published splits train
on 1,262 (yan2020 prints 1,292 for the compositional one) and hold 700 out: the natural one half of
its validation and of its test pairs, 300 and 400; the compositional one all 700 to test with.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mtlkit.data.official.captioned_writer import check_there, opened
from mtlkit.data.official.composed_writer import AtLeast, Words, made_files, write_pack
from mtlkit.data.official.entry import Download, Official
from mtlkit.data.official.pair_splits import DOWNLOADS, by_place, read_splits

ARCHIVE = "release_dataset.zip"
"""A folder for each pair, `images/ADJECTIVE NOUN`."""

AT_LEAST: Mapping[str, AtLeast] = {
    "natural": AtLeast((1_262, 700), {"train": 30_000, "validation": 10_000, "test": 12_900}),
    "compositional": AtLeast((1_262, 700), {"train": 34_000, "test": 19_000}),
}


def arrange(downloaded: Path, target: Path) -> None:
    """Make the pack of the pictures that the splits name; those without an adjective are left."""
    shown, splits = read_splits(downloaded, "mit-states", "image", _named)
    with opened(downloaded / ARCHIVE) as archive:
        # The splits were made of folders whose names have `_` where the archive has a space.
        places = by_place((name for name in archive.names if "/images/" in f"/{name}"), _place)
        check_there([one.file for one in shown], places, archive.file, "that the splits name")
        write_pack(
            target,
            ("attribute", "object"),
            shown,
            splits,
            lambda file: archive.read(places[file]),
        )


def _place(name: str) -> str:
    folder, _, file = f"/{name}".rpartition("/images/")[2].partition("/")
    return f"{folder.replace(' ', '_')}/{file}"


def _named(attribute: str, thing: str) -> Words:
    return attribute.replace("_", " "), thing.replace("_", " ")


MIT_STATES = Official(
    name="mit_states",
    title="MIT-States",
    what="53,000 photographs of objects in states, 1,962 pairs",
    licence="none stated",
    page="http://web.mit.edu/phillipi/Public/states_and_transformations/index.html",
    downloads=(
        Download(
            ARCHIVE,
            0,
            "",
            (
                "http://wednesday.csail.mit.edu/joseph_result/state_and_transformation/"
                "release_dataset.zip",
            ),
        ),
        *DOWNLOADS,
    ),
    files=made_files(AT_LEAST, 0),
    arrange=arrange,
    by_hand="its owners and the authors of its splits state no checksums",
)
