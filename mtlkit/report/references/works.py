"""The five sources and the works they or the lessons cite, read from BibTeX."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path

import attrs
from pybtex.database import Entry, Person, parse_string  # type: ignore[import-untyped]

FOLDER = Path(__file__).parent
BIBTEX = ("sources.bib", "cited.bib")

_CITED_BY = re.compile(r"(\w+)(?: \[(\d+)\])?")


@attrs.frozen
class Work:
    """A work that can be cited.

    Parameters
    ----------
    key
        Its BibTeX key, and its HTML id on the bibliography page.
    surnames
        Of its authors, in order.
    others
        Whether it has authors beyond those named.
    citation
        The whole reference as HTML, but for links.
    links
        Where to find it: a name and an address each.
    cited_by
        The sources that cite it, each with the work's number in its list (None without one).
    lessons
        The numbers of the lessons that cite it themselves, or ("all",).
    """

    key: str
    surnames: tuple[str, ...]
    others: bool
    year: str
    title: str
    citation: str
    links: tuple[tuple[str, str], ...]
    cited_by: Mapping[str, int | None]
    lessons: tuple[str, ...]

    @property
    def in_text(self) -> str:
        """The authors as a sentence names them.

        Examples
        --------
        >>> works()["kendall2018"].in_text, works()["lu2017"].in_text
        ('Kendall, Gal and Cipolla', 'Lu et al.')
        """
        if self.others:
            return f"{self.surnames[0]} et al."
        *first, last = self.surnames
        return f"{', '.join(first)} and {last}" if first else last


@attrs.frozen
class Source:
    """What a source is, in our words.

    Parameters
    ----------
    what, list, note
        What it is about; what is known of its reference list; what else to know.
    lessons
        Number of a lesson, and the part of the source that it takes up.
    """

    what: str
    list: str
    lessons: tuple[tuple[int, str], ...]
    note: str = ""


@functools.cache
def works() -> Mapping[str, Work]:
    """All works by key: the sources first, then what is cited, each in its file's order."""
    found = {}
    for name in BIBTEX:
        for key, entry in parse_string(
            (FOLDER / name).read_text("utf-8"), "bibtex"
        ).entries.items():
            found[key] = _work(key, entry)
    return found


@functools.cache
def sources() -> Mapping[str, Source]:
    """The five sources by key, in the order of the course's design."""
    tables = tomllib.loads((FOLDER / "sources.toml").read_text("utf-8"))
    return {
        key: Source(**{**table, "lessons": tuple((n, part) for n, part in table["lessons"])})
        for key, table in tables.items()
    }


def bibtex() -> str:
    """Both files as one, for a reader to keep."""
    return "\n".join((FOLDER / name).read_text("utf-8") for name in BIBTEX)


def _work(key: str, entry: Entry) -> Work:
    people = entry.persons["author"]
    named = [person for person in people if str(person) != "others"]
    others = len(named) < len(people)
    fields = {name.lower(): _plain(text) for name, text in entry.fields.items()}
    return Work(
        key,
        tuple(_surname(person) for person in named),
        others,
        fields["year"],
        fields["title"],
        _citation([_name(person) for person in named], others, fields),
        tuple(_links(fields)),
        {
            source: int(number) if number else None
            for source, number in _CITED_BY.findall(fields.get("citedby", ""))
        },
        tuple(filter(None, fields.get("lessons", "").split(", "))),
    )


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("{", "").replace("}", "")).replace("--", "–")


def _surname(person: Person) -> str:
    return _plain(" ".join(person.prelast_names + person.last_names + person.lineage_names))


def _name(person: Person) -> str:
    first = " ".join(person.first_names + person.middle_names)
    return _plain(f"{first} {_surname(person)}".strip())


def _citation(names: list[str], others: bool, fields: Mapping[str, str]) -> str:
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    authors = f"{', '.join(names)} et al." if others else listed
    where = fields.get("journal") or fields.get("booktitle") or fields.get("howpublished") or ""
    volume = fields.get("volume", "")
    if volume and "number" in fields:
        volume = f"{volume}({fields['number']})"
    if "institution" in fields:
        where, report = fields["institution"], fields.get("number", "")
        volume = f"Technical Report {report}" if report else "Technical Report"
    pages = fields.get("pages", "")
    parts = [where, volume, ("pp. " if "–" in pages else "p. ") + pages if pages else ""]
    published = ", ".join(escape(part) for part in parts if part)
    year = "" if fields["year"] == "n.d." else f" ({escape(fields['year'])})"
    note = f" [{escape(fields['note'])}]" if "note" in fields else ""
    title = f"<cite>{escape(fields['title'])}</cite>"
    return f"{escape(authors)}{year}. {title}." + (f" {published}." if published else "") + note


def _links(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    links = []
    if "doi" in fields:
        links.append((f"doi:{fields['doi']}", f"https://doi.org/{fields['doi']}"))
    if "eprint" in fields:
        links.append((f"arXiv:{fields['eprint']}", f"https://arxiv.org/abs/{fields['eprint']}"))
    if "url" in fields:
        links.append(("web page", fields["url"]))
    return links
