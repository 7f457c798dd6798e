"""CITATION.cff: well formed, of this version and licence, and at one with the bibliography."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from pybtex.database import Entry, parse_string

import mtlkit

ROOT = Path(__file__).parents[1]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
SOURCES = {"nahm2020", "yan2020", "epfl_retrieval", "strezoski2020", "xiao2020"}
REFERENCES = {each["notes"]: each for each in CITATION["references"]}

# What version 1.2.0 of the format allows, as far as it is used here: field, and type of its value.
WORK = {"title": str, "authors": list, "type": str}
TOP = {
    **WORK,
    **dict.fromkeys(("cff-version", "message", "abstract", "version", "license"), str),
    **dict.fromkeys(("keywords", "references"), list),
}
REFERENCE = {
    **WORK,
    **dict.fromkeys(("department", "number", "url", "notes", "scope", "doi"), str),
    **dict.fromkeys(("month", "year", "start", "end"), int),
    **dict.fromkeys(("institution", "conference"), dict),
    "date-published": str,
}
PERSON = {"family-names": str, "given-names": str, "name-particle": str}
ENTITY = {"name": str}

each_source = pytest.mark.parametrize("key", sorted(SOURCES))


def _fits(value: dict[str, Any], allowed: dict[str, type], required: set[str]) -> bool:
    """Whether a mapping has only allowed fields of the right type, not empty, and all required."""
    typed = all(isinstance(item, allowed.get(name, ())) and item for name, item in value.items())
    return typed and required <= value.keys()


def _people(authors: list[dict[str, Any]]) -> bool:
    return bool(authors) and all(
        _fits(one, PERSON, {"family-names", "given-names"}) or _fits(one, ENTITY, set(ENTITY))
        for one in authors
    )


def test_it_has_what_the_format_requires_and_nothing_it_does_not_know() -> None:
    assert _fits(CITATION, TOP, {"cff-version", "message", "title", "authors"})
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] in ("software", "dataset")
    assert _people(CITATION["authors"])
    for reference in CITATION["references"]:
        assert _fits(reference, REFERENCE, set(WORK)), reference["title"]
        assert _people(reference["authors"]), reference["title"]
        assert reference["type"] in ("report", "slides", "conference-paper")
        for place in ("institution", "conference"):
            assert _fits(reference.get(place, {"name": "none"}), ENTITY, set(ENTITY))
        assert 1 <= reference.get("month", 1) <= 12
        assert re.match(r"https?://.", reference.get("url", "http://none"))
        assert re.fullmatch(r"10\.\d{4,9}/\S+", reference.get("doi", "10.0000/none"))
        published = date.fromisoformat(reference.get("date-published", "2020-01-21"))
        assert published.year == reference.get("year", published.year) or "doi" in reference


def test_version_licence_and_authors_are_the_package_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert CITATION["version"] == mtlkit.__version__
    assert CITATION["license"] == project["license"]
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(f"{CITATION['license']} ")
    assert [{"name": author["name"]} for author in project["authors"]] == CITATION["authors"]
    assert CITATION["keywords"] == project["keywords"]


def test_the_references_are_the_five_sources() -> None:
    assert len(CITATION["references"]) == len(SOURCES)
    assert REFERENCES.keys() == SOURCES


def _entry(key: str) -> Entry:
    folder = files("mtlkit.report") / "references"
    return parse_string((folder / "sources.bib").read_text(encoding="utf-8"), "bibtex").entries[key]


@each_source
def test_a_reference_says_what_the_bibliography_says(key: str) -> None:
    reference, entry = REFERENCES[key], _entry(key)
    assert reference["title"].lower() == entry.fields["title"].lower()
    people = [
        (one.first_names + one.middle_names, one.prelast_names, one.last_names)
        for one in entry.persons["author"]
    ]
    parts = ("given-names", "name-particle", "family-names")
    authors = [tuple(one.get(part, "").split() for part in parts) for one in reference["authors"]]
    assert authors == people
    for field in ("number", "url", "doi"):
        assert reference.get(field) == entry.fields.get(field)
    if (year := entry.fields["year"]).isdigit():
        assert str(reference["year"]) == year
    else:
        assert "year" not in reference
    if pages := entry.fields.get("pages"):
        assert f"{reference['start']}--{reference['end']}" == pages


@each_source
def test_a_reference_says_what_the_readme_says(key: str) -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    (line,) = re.findall(rf"- `{key}`: (.*?)(?= - `|$| ## )", text)
    reference = REFERENCES[key]
    assert f"*{reference['title']}*" in line
    first = reference["authors"][0]
    assert line.startswith(f"{first['given-names']} {first['family-names']}")
    assert reference.get("number", "") in line
