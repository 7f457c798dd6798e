"""The two published splits of attribute-object pairs, of MIT-States and of UT-Zap50K alike.

The compositional split is that of Nagarajan and Grauman (Attributes as operators, ECCV 2018):
every pair is either to train on or to test on, and nothing is held out to validate with. The
natural split is that of Purushwalkam, Nickel, Gupta and Ranzato (Task-driven modular networks for
zero-shot compositional learning, ICCV 2019): validation and test have pictures of seen pairs
besides those of unseen ones. Each comes in an archive with lists of pairs, a line for each, and
with a list of all pictures and what they show, which torch has saved.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from mtlkit.data.official.captioned_index import first_of
from mtlkit.data.official.composed_index import PARTS
from mtlkit.data.official.composed_writer import Published, Shown, Words
from mtlkit.data.official.entry import Download
from mtlkit.errors import UsageError

COMPOSITIONAL = "attr-ops-data.tar.gz"
NATURAL = "compositional_split_natural.tar.gz"

DOWNLOADS = (
    Download(
        COMPOSITIONAL,
        0,
        "",
        ("https://www.cs.utexas.edu/~tushar/attribute-ops/attr-ops-data.tar.gz",),
    ),
    Download(
        NATURAL,
        0,
        "",
        (
            "https://senthilpurushwalkam.com/publications/compositional/"
            "compositional_split_natural.tar.gz",
        ),
    ),
)
"""Both state neither length nor checksum."""

_SETS = {"train": "train", "val": "validation", "test": "test"}
"""Our name of a part in the list of pictures of the natural split."""

_UNREADABLE = (
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    pickle.PickleError,
)


@attrs.frozen
class _Row:
    """A line of a list of pictures: its name, what it shows, and the part it is in, if told."""

    image: str
    pair: Words
    part: str


def read_splits(
    downloaded: Path, folder: str, key: str, named: Callable[[str, str], Words]
) -> tuple[list[Shown], dict[str, Published]]:
    """The pictures that the splits name, and the splits.

    Pictures whose pair is in no list, as those without an attribute, are left out.

    Parameters
    ----------
    downloaded
        Where both archives are.
    folder
        Of the data set in the archives: `mit-states` or `ut-zap50k`.
    key
        What the name of a picture's file is called in the lists of pictures.
    named
        The words of an attribute and an object as the lists write them.

    Raises
    ------
    UsageError
        If an archive is not of that form, or a list has a pair to train on and to test with, or a
        pair with a word that is in no list of words to train on.
    """
    shown: list[Shown] = []
    numbers: dict[tuple[str, Words], int] = {}
    splits = {}
    for name, archive, tail in (
        ("natural", NATURAL, "-natural"),
        ("compositional", COMPOSITIONAL, ""),
    ):
        file = downloaded / archive
        lists = {
            part: f"{folder}/compositional-split{tail}/{short}_pairs.txt"
            for short, part in _SETS.items()
            if tail or part != "validation"
        }
        rows = f"{folder}/metadata{'_compositional-split-natural' if tail else ''}.t7"
        found = _members(file, [*lists.values(), rows])
        pairs = {part: _pairs(file, path, found[path]) for part, path in lists.items()}
        pairs.setdefault("validation", [])
        _check_words(file, pairs)
        if not tail:
            _check_apart(file, pairs)
        part_of = {pair: part for part in PARTS for pair in pairs[part]}
        parts: dict[str, list[int]] = {part: [] for part in PARTS}
        for row in _rows(file, rows, found[rows], key, has_set=bool(tail)):
            part = _SETS.get(row.part, "") if tail else part_of.get(row.pair, "")
            if not part or row.pair not in part_of:
                continue
            one = Shown(row.image, named(*row.pair))
            number = numbers.setdefault((one.file, one.words), len(shown))
            if number == len(shown):
                shown.append(one)
            parts[part].append(number)
        listed = {part: [named(*pair) for pair in pairs[part]] for part in PARTS}
        splits[name] = Published(listed, parts)
    return shown, splits


def by_place(names: Iterable[str], place: Callable[[str], str]) -> dict[str, str]:
    """The names of an archive's files by what the splits call them.

    Old archives do not say that their names are UTF-8, and Python reads them as code page 437,
    where those who made the splits saw the right letters.
    """
    found = {}
    for name in names:
        found[place(name)] = name
        with contextlib.suppress(UnicodeError):
            found[place(name.encode("cp437").decode())] = name
    return found


def _members(file: Path, ends: Sequence[str]) -> dict[str, bytes]:
    """The files of an archive whose paths end so; the rest of it is not unpacked."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(file) as packed:
            for member in packed:
                for end in ends:
                    if f"/{member.name}".endswith(f"/{end}") and member.isfile():
                        content = packed.extractfile(member)
                        found[end] = content.read() if content else b""
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise UsageError(f"{file}: cannot be unpacked ({error}).") from None
    if missing := [end for end in ends if end not in found]:
        raise UsageError(f"{file}: {first_of(missing)} in it is missing.")
    return found


def _pairs(file: Path, path: str, content: bytes) -> list[Words]:
    pairs: list[Words] = []
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if not (words := tuple(line.split())):
            continue
        if len(words) != 2:
            raise UsageError(f"{file}: line {number} of {path} is no attribute and object.")
        pairs.append(words)
    return pairs


def _check_words(file: Path, pairs: Mapping[str, Sequence[Words]]) -> None:
    """Make sure that training shows every attribute and every object with something."""
    for slot, kind in enumerate(("attribute", "object")):
        known = {pair[slot] for pair in pairs["train"]}
        for part in PARTS[1:]:
            for pair in pairs[part]:
                if pair[slot] not in known:
                    raise UsageError(
                        f"{file}: the pair {' '.join(pair)} of the part {part} has the {kind} "
                        f"{pair[slot]}, which no pair to train on has."
                    )


def _check_apart(file: Path, pairs: Mapping[str, Sequence[Words]]) -> None:
    train = set(pairs["train"])
    if both := [" ".join(pair) for pair in pairs["test"] if pair in train]:
        raise UsageError(
            f"{file}: the compositional split has {first_of(both)} to train on and to test with."
        )


def _rows(file: Path, path: str, content: bytes, key: str, *, has_set: bool) -> list[_Row]:
    import torch  # not needed to list the sets

    try:
        # Nothing but numbers and text is made of the file: it cannot run anything.
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        return [
            _Row(
                str(row[key]),
                (str(row["attr"]), str(row["obj"])),
                str(row["set"]) if has_set else "",
            )
            for row in found
        ]
    except _UNREADABLE:
        raise UsageError(
            f"{file}: {path} in it is no list of pictures, each with {key}, attr"
            f"{', obj and set' if has_set else ' and obj'}."
        ) from None
