"""Making a folder of pictures with captions from the official files of a data set."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from mtlkit.data.official.captioned_index import (
    CAPTIONS,
    PICTURES,
    SPLITS,
    Picture,
    first_of,
    read_index,
)
from mtlkit.data.official.entry import Made
from mtlkit.data.official.store import sha256
from mtlkit.errors import UsageError

_JPEG = b"\xff\xd8"
"""How a JPEG file begins."""

_UNREADABLE = (OSError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What is raised on a file in an archive that is missing or damaged."""


def write_pack(
    target: Path, pictures: Iterable[tuple[Picture, bytes]], classes: Sequence[str] = ()
) -> None:
    """Write `captions.json` and `pictures.jpeg`.

    Parameters
    ----------
    target
        A folder that is there.
    pictures
        Each with its bytes as they were published; taken one after the other, so that no more than
        one need be in memory.
    classes
        Their names, where pictures have labels.

    Raises
    ------
    UsageError
        If one is no JPEG picture.
    """
    rows: list[dict[str, Any]] = []
    digest = hashlib.sha256()
    with (target / PICTURES).open("wb") as file:
        for one, content in pictures:
            if not content.startswith(_JPEG):
                raise UsageError(f"{one.file}: is no JPEG picture.")
            file.write(content)
            digest.update(content)
            row = {"file": one.file, "split": one.split, "bytes": len(content)}
            label = {"label": one.label} if classes else {}
            rows.append({**row, **label, "captions": one.captions})
    found = {"sha256": digest.hexdigest(), "classes": list(classes), "images": rows}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (target / CAPTIONS).write_text(f"{text}\n", encoding="utf-8")


def made_files(counts: Mapping[str, int], size: int) -> tuple[Made, Made]:
    """The two files of a pack, for the catalogue.

    Parameters
    ----------
    counts
        The fewest pictures of the parts `train`, `validation` and `test`.
    size
        About how many bytes its pictures have.
    """

    def captions_flaw(path: Path, read: bool) -> str:
        return flaw_of_captions(path, read, counts)

    captions = 500 * sum(counts.values())
    return Made(CAPTIONS, captions, captions_flaw), Made(PICTURES, size, flaw_of_pictures)


def flaw_of_captions(path: Path, read: bool, counts: Mapping[str, int]) -> str:
    """What is wrong with `captions.json`, in words; empty if nothing.

    Parameters
    ----------
    read
        Read all of it; else only see whether it is cut off.
    counts
        The fewest pictures of each part.
    """
    if not read:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 3))
            return "" if file.read() == b"]}\n" else "is cut off"
    try:
        index = read_index(path.parent)
    except UsageError as error:
        return str(error).removeprefix(f"{path}: ").removesuffix(".")
    for part, count in counts.items():
        found = len(index.part(part))
        if found < count:
            return f"has {found:,} instead of {count:,} pictures in its part {part}"
    return "" if index.is_packed else f"does not say where its pictures are in {PICTURES}"


def flaw_of_pictures(path: Path, read: bool) -> str:
    """What is wrong with `pictures.jpeg`, in words; empty if nothing.

    Parameters
    ----------
    read
        Compare all of it with `captions.json`; else only see whether pictures begin it.
    """
    with path.open("rb") as file:
        if file.read(len(_JPEG)) != _JPEG:
            return "has no JPEG pictures"
    if not read:
        return ""
    try:
        index = read_index(path.parent)
    except UsageError:
        return f"has no {CAPTIONS} beside it that can be read"
    same = index.sha256 == sha256(path)
    return "" if same else f"has other bytes than the pictures of {CAPTIONS}"


@attrs.frozen
class Archive:
    """An open zip archive.

    Parameters
    ----------
    file
        Where it is.
    names
        Its files, without those that a Macintosh adds.
    """

    file: Path
    names: tuple[str, ...]
    _read: Callable[[str], bytes]

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises
        ------
        UsageError
            If it is missing or damaged.
        """
        try:
            return self._read(name)
        except _UNREADABLE:
            raise UsageError(f"{self.file}: {name} in it is missing or damaged.") from None

    def text(self, name: str, encoding: str = "utf-8") -> str:
        """A file of text.

        Raises
        ------
        UsageError
            If it is missing or damaged, or in another encoding.
        """
        try:
            return self.read(name).decode(encoding)
        except UnicodeDecodeError:
            raise UsageError(f"{self.file}: {name} in it is no text in {encoding}.") from None

    def json(self, name: str) -> Any:
        """A JSON file.

        Raises
        ------
        UsageError
            If it is missing or damaged.
        """
        text = self.text(name)
        try:
            return json.loads(text)
        except ValueError:
            raise UsageError(f"{self.file}: {name} in it is no JSON file.") from None

    def ending(self, end: str) -> str:
        """The one file whose path ends so.

        Raises
        ------
        UsageError
            If there is none.
        """
        found = [name for name in self.names if name == end or name.endswith(f"/{end}")]
        if not found:
            raise UsageError(f"{self.file}: {end} in it is missing or damaged.")
        return found[0]


@contextmanager
def opened(file: Path) -> Iterator[Archive]:
    """A zip archive, open.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        packed = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{file}: cannot be unpacked ({error}).") from None
    with packed:
        names = [name for name in packed.namelist() if not name.endswith("/")]
        own = [name for name in names if not name.startswith("__MACOSX/")]
        yield Archive(file, tuple(own), packed.read)


def check_there(
    names: Iterable[str], there: Iterable[str], where: Path, which: str = "that have captions"
) -> None:
    """Make sure that an archive has pictures before any is copied; `which` says what they are.

    Raises
    ------
    UsageError
        If one is missing, naming it; if several are, how many.
    """
    has = set(there)
    missing = [name for name in dict.fromkeys(names) if name not in has]
    if missing:
        raise UsageError(f"{where}: lacks pictures {which}: {first_of(missing)}.")


def split_at_random(names: Sequence[str], name: str, held_out: Mapping[str, int]) -> dict[str, str]:
    """The split of each picture, drawn once, for sets whose owners publish none.

    Parameters
    ----------
    names
        Of the pictures; their order does not matter.
    name
        Of the set.
    held_out
        How many to validate and to test with; the others are to train on.
    """
    import torch  # not needed to list the sets

    from mtlkit.core.streams import stream

    ordered = sorted(names)
    order = torch.randperm(len(ordered), generator=stream(0, f"{name}/split")).tolist()
    splits = dict.fromkeys(ordered, SPLITS["train"])
    start = 0
    for part in ("test", "validation"):
        for row in order[start : start + held_out[part]]:
            splits[ordered[row]] = SPLITS[part]
        start += held_out[part]
    return splits


def rarest(labels: Mapping[str, Iterable[str]], at_least: int = 1) -> dict[str, str]:
    """One label of each picture that has several: that which the fewest pictures have.

    It says most of the picture; a frequent one, as sky, says little. Of two that are equally rare
    the first by name. Pictures without a label are left out.

    Parameters
    ----------
    labels
        Those of each picture.
    at_least
        A label that fewer pictures have does not count.
    """
    sets = {name: set(those) for name, those in labels.items()}
    counts = Counter(label for those in sets.values() for label in those)
    kept = {name: [one for one in those if counts[one] >= at_least] for name, those in sets.items()}
    return {
        name: min(those, key=lambda one: (counts[one], one))
        for name, those in kept.items()
        if those
    }
