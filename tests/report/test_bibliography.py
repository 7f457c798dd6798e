"""The bibliography: complete, consistent with the sources' lists, and a page whose links lead."""

import base64
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pybtex.database import parse_string

from mtlkit import lessons
from mtlkit.core.paths import project_root
from mtlkit.report.bibliography import COURSE, bibliography_page
from mtlkit.report.edition import Chapter, Edition
from mtlkit.report.references.works import BIBTEX, FOLDER, bibtex, sources, works

from . import examples

FIVE = ["nahm2020", "yan2020", "epfl_retrieval", "strezoski2020", "xiao2020"]
KEY = re.compile(r"\b(?:[a-z]+(?:19|20)\d\d|epfl_retrieval)\b")
REQUIRED = {
    "article": {"title", "journal", "year"},
    "inproceedings": {"title", "booktitle", "year"},
    "incollection": {"title", "booktitle", "publisher", "year"},
    "techreport": {"title", "institution", "year"},
    "misc": {"title", "year"},
}
# The numbers of the printed lists. The copy of strezoski2020 has lines 1 to 8, the first empty;
# epfl_retrieval cites 1 to 13 without a list, and says of these four what they are.
NUMBERS = {
    "nahm2020": range(1, 32),
    "yan2020": range(1, 37),
    "strezoski2020": range(2, 9),
    "xiao2020": range(1, 6),
    "epfl_retrieval": (4, 5, 8, 9),
}


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    chapter = Chapter(examples.LESSON, Path("unused.ipynb"), [])
    return BeautifulSoup(bibliography_page(Edition([chapter], [], "smoke")), "html.parser")


def entries() -> dict[str, list[tuple[str, str, set[str]]]]:
    return {
        name: [
            (key, entry.type, {*entry.fields, *entry.persons})
            for key, entry in parse_string(
                (FOLDER / name).read_text("utf-8"), "bibtex"
            ).entries.items()
        ]
        for name in BIBTEX
    }


def test_keys_are_unique_and_every_entry_has_the_fields_that_bibtex_requires() -> None:
    text = bibtex()
    keys = re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)
    assert Counter(keys).most_common(1)[0][1] == 1
    assert set(keys) == set(works())
    for found in entries().values():
        for key, kind, fields in found:
            assert REQUIRED[kind] | {"author"} <= fields, key


def test_cited_works_are_in_order_and_no_title_by_the_same_authors_stands_twice() -> None:
    keys = [key for key, _, _ in entries()["cited.bib"]]
    assert keys == sorted(keys)
    told = Counter((w.surnames, re.sub(r"\W", "", w.title).lower()) for w in works().values())
    # Caruana's article of 1997 and his chapter of 1998 have one title, and no others do.
    assert [key for key, count in told.items() if count > 1] == [
        (("Caruana",), "multitasklearning")
    ]


def test_the_five_sources_come_first_and_are_those_with_lessons() -> None:
    assert list(sources()) == FIVE == list(works())[:5]
    parts = [number for source in sources().values() for number, _ in source.lessons]
    assert set(parts) == set(range(1, 12))


@pytest.mark.parametrize("source", FIVE)
def test_every_numbered_work_of_a_source_stands_once(source: str) -> None:
    numbers = [
        work.cited_by[source] for work in works().values() if work.cited_by.get(source) is not None
    ]
    assert sorted(filter(None, numbers)) == list(NUMBERS[source])


def test_every_work_is_cited_by_a_source_or_by_a_lesson() -> None:
    for key, work in works().items():
        assert set(work.cited_by) <= set(FIVE), key
        assert key in FIVE or work.cited_by or work.lessons, key


def test_every_key_in_the_package_and_the_notebooks_has_an_entry() -> None:
    root = project_root()
    files = [*(root / "mtlkit").rglob("*.py"), *(root / "notebooks").glob("*.ipynb")]
    found = {key for file in files for key in KEY.findall(file.read_text("utf-8"))}
    assert found >= {"nahm2020", "xiao2020"}
    assert found <= set(works())


def test_every_claim_is_of_a_source_that_its_lesson_takes_up() -> None:
    for name in lessons.names():
        lesson = lessons.get(name)
        for claim in lesson.claims:
            taken_up = {number for number, _ in sources()[claim.source.document].lessons}
            assert lesson.number in taken_up, claim.id


@pytest.mark.parametrize("name", lessons.names())
def test_a_notebooks_references_are_those_listed_for_its_lesson(name: str) -> None:
    lesson = lessons.get(name)
    book = json.loads((project_root() / "notebooks" / lesson.notebook).read_text("utf-8"))
    (text,) = (
        "".join(cell["source"]).partition("## References")[2]
        for cell in book["cells"]
        if cell["cell_type"] == "markdown" and "## References" in "".join(cell["source"])
    )
    titles = {" ".join(title.split()) for title in re.findall(r"\*([^*]+)\*", text)}
    number = f"{lesson.number:02d}"
    listed = {w.title for key, w in works().items() if number in w.lessons}
    assert titles - {works()[key].title for key in FIVE} == listed


def test_each_work_has_its_key_as_id_and_links_on_the_page_lead_to_ids(page: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert set(works()) <= set(ids)
    inner = [link["href"][1:] for link in page.find_all("a") if link["href"].startswith("#")]
    assert inner and set(inner) <= set(ids)


def test_an_entry_says_who_cites_it_under_which_number_and_for_which_lessons(
    page: BeautifulSoup,
) -> None:
    entry = page.find(id="kendall2018")
    assert {"by-nahm2020", "by-xiao2020", "by-course"} < set(entry["class"])
    told = " ".join(entry.find(class_="mtl-note").text.split())
    assert "nahm2020 [5] (lessons 01, 02, 08), xiao2020 [4] (lessons 03, 05, 06, 11)" in told
    assert told.endswith("our own lessons 01, 02, 08")
    assert entry.find("a", string="arXiv:1705.07115")["href"] == "https://arxiv.org/abs/1705.07115"


def test_a_source_names_its_lessons_and_links_those_that_are_there(page: BeautifulSoup) -> None:
    source = page.find("section", id="nahm2020")
    (link,) = (a for a in source.find_all("a") if a["href"].startswith("lessons/"))
    assert link["href"] == "lessons/01_noisy_polynomials.html"
    assert "Lesson 08 (planned): chapter 6" in source.text


def test_the_download_is_the_bibtex_files_as_they_are(page: BeautifulSoup) -> None:
    link = page.find("a", download=True)
    assert link["download"].endswith(".bib")
    kind, _, data = link["href"].partition(";base64,")
    assert kind == "data:application/x-bibtex"
    file = base64.b64decode(data).decode()
    assert list(parse_string(file, "bibtex").entries) == list(works())


def test_every_choice_of_whose_works_to_show_counts_them_and_has_its_rules(
    page: BeautifulSoup,
) -> None:
    sheet = (FOLDER.parent / "static" / "references.css").read_text()
    for by in (*FIVE, COURSE):
        count = len(page.select(f".mtl-work.by-{by}"))
        assert f"({count})" in page.find(id=f"only-{by}").parent.text
        rules = re.findall(rf"#only-{by}:checked\) (\.mtl-\w+):not\((.*)\)", sheet)
        assert dict(rules) == {
            ".mtl-work": f".by-{by}, :target",
            ".mtl-letter": f":has(.by-{by}, :target)",
        }
