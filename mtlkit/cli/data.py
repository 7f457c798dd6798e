"""`mtlkit data`: the real data sets, and how the official ones get here."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from mtlkit import lessons
from mtlkit.cli.progress import advance, progress_bar

if TYPE_CHECKING:
    from pathlib import Path

    from mtlkit.core.lesson import Lesson
    from mtlkit.data.official.arrive import Transfer
    from mtlkit.data.official.entry import Embedded, Official


_EXPLANATION = """\
`mtlkit data get NAME` downloads a set; nothing else ever does.
Tried: `download` if someone saw the set arrive from its owners, and load;
`files` if only the official files, had from elsewhere, were seen to load."""


@click.group()
def data() -> None:
    """The real data sets: list them, get them, verify them, say where they are."""


@data.command("list")
def list_() -> None:
    """List what there is, whether it is here, and which lessons can use it."""
    from mtlkit.core.paths import data_root
    from mtlkit.data.catalogue import EMBEDDED, OFFICIAL

    users = {lesson.number: _reads(lesson) for lesson in map(lessons.get, lessons.names())}
    rows = [_embedded(entry) for entry in EMBEDDED.values()]
    rows += [_official(entry, data_root()) for entry in OFFICIAL.values()]
    click.secho(_line("name", "here", "download", "lessons", "licence", "tried"), bold=True)
    for (name, *columns), what in rows:
        using = " ".join(f"{number:02d}" for number, names in users.items() if name in names)
        here, download, licence, tried = columns
        click.echo(_line(name, here, download, using or "none", licence, tried))
        click.echo(f"    {what}")
    click.echo(f"\nHere is {data_root()}{_origin()}.")
    click.echo(_EXPLANATION)


def _line(name: str, here: str, download: str, using: str, licence: str, tried: str) -> str:
    return f"{name:14} {here:7} {download:>8}  {using:11} {licence:15} {tried}".rstrip()


def _embedded(entry: Embedded) -> tuple[tuple[str, ...], str]:
    return (entry.name, "always", "none", entry.licence, ""), f"{entry.what}, in {entry.library}"


def _official(entry: Official, root: Path) -> tuple[tuple[str, ...], str]:
    from mtlkit.core.probes.places import readable
    from mtlkit.data.official.store import flaws, folder_of, is_absent

    broken = flaws(entry, folder_of(entry, root), read=False)
    here = "no" if is_absent(entry, root) else "in part" if broken else "yes"
    download = readable(entry.size) if entry.size else "unstated"
    return (entry.name, here, download, entry.licence, _tried(entry)), entry.what


def _tried(entry: Official) -> str:
    if entry.arrived:
        return f"download {entry.arrived}"
    return f"files {entry.loaded}" if entry.loaded else "not yet"


def _reads(lesson: Lesson) -> set[str]:
    """The data sets that a lesson can use: its scales' own, and those that a setting allows."""
    import attrs

    from mtlkit.core.config import Choice

    kinds = [field.metadata.get("kind") for field in attrs.fields(lesson.experiment.Config)]
    choices = {name for kind in kinds if isinstance(kind, Choice) for name in kind.names}
    return {lesson.default_data, *lesson.source_data, *choices}


def _origin() -> str:
    return (
        ", as MTLKIT_DATA says"
        if os.environ.get("MTLKIT_DATA")
        else "; MTLKIT_DATA can name another"
    )


@data.command()
@click.argument("name")
def get(name: str) -> None:
    """Download the data set NAME, or go on where a download broke off.

    It arrives whole, each byte official, or not at all.
    """
    from mtlkit.core.paths import data_root
    from mtlkit.core.probes.places import readable
    from mtlkit.data import catalogue
    from mtlkit.data.official import arrive
    from mtlkit.data.official.entry import Embedded
    from mtlkit.data.official.store import folder_of

    entry = catalogue.find(name)
    if isinstance(entry, Embedded):
        click.echo(f"{name} comes with {entry.library}: there is nothing to download.")
        return
    with progress_bar(name) as bar:

        def report(transfer: Transfer) -> None:
            share = transfer.done / transfer.total
            if not bar.n:  # what an earlier try brought says nothing about the time left
                bar.initial = bar.n = bar.last_print_n = share
            advance(bar, share, f"{readable(transfer.done)} of {readable(transfer.total)}")

        def waiting() -> None:
            bar.write(f"{name}: waiting for another process that is getting it", file=sys.stderr)

        fetched = arrive.get(entry, data_root(), report=report, waiting=waiting)
    where = folder_of(entry, data_root())
    click.echo(f"{name} is {'now' if fetched else 'already'} in {where}, {entry.state}.")
    click.echo(f"Its owners' page: {entry.page} (licence: {entry.licence}).")


@data.command()
@click.argument("name")
def verify(name: str) -> None:
    """Read every byte of the data set NAME: is it the official one?

    A set that is made here from official files, of which some are chosen, is whole or not; its
    checksum is printed, which results name. Exit code 1 if it is not in order, or not here.
    """
    from mtlkit.core.paths import data_root
    from mtlkit.data import catalogue
    from mtlkit.data.official.entry import Embedded, Made
    from mtlkit.data.official.store import flaws, folder_of, is_absent, sha256

    entry = catalogue.find(name)
    if isinstance(entry, Embedded):
        click.echo(f"{name} comes with {entry.library}; its checksum stands in every provenance.")
        return
    folder, bring = folder_of(entry, data_root()), f"`mtlkit data get {name}`"
    if is_absent(entry, data_root()):
        click.echo(f"{name} is not in {data_root()}: {bring} brings it.")
        sys.exit(1)
    found = flaws(entry, folder, read=True)
    for flaw in found:
        click.echo(f"{flaw.file} {flaw.words}")
    if found:
        click.echo(f"{bring} mends it.")
        sys.exit(1)
    files = "1 file" if len(entry.files) == 1 else f"{len(entry.files)} files"
    click.echo(f"{name} in {folder} is {entry.state}: {files}, every byte read.")
    for file in entry.files:
        if isinstance(file, Made):
            click.echo(f"{file.path} is made here from official files, of which some are chosen,")
            click.echo("so that its checksum is no official one, and names this copy:")
            click.echo(f"sha256:{sha256(folder / file.path)}")


@data.command()
def where() -> None:
    """Print the folder of the official data sets."""
    from mtlkit.core.paths import data_root

    click.echo(data_root())
