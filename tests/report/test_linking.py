"""Links made in text: first occurrences of terms, every citation, none where none belongs."""

import io
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from mtlkit.report.bibliography import bibliography_page
from mtlkit.report.edition import Edition
from mtlkit.report.glossary import glossary_page
from mtlkit.report.linking import link
from mtlkit.report.references.terms import terms

PAGE = """\
# A task in a heading, of `nahm2020`

Before: `task`, $task$, [a task elsewhere](https://example.org), a *task* and then a task.

## An epoch, as Kendall, Gal and Cipolla (2018) say

    an epoch

<p>an epoch</p>

It holds. Two Epochs, and it *holds*. An epoch more; a noisy
validation loss, a seed.

```{figure} picture.svg
A seed and a replica
```

- `nahm2020` says so; Kendall, Gal
  and Cipolla (2018) too. So do others (Sener and Koltun, 2018), and `nahm2020`.
- `[nahm2020]` is no key; [`yan2020`](https://example.org) leads elsewhere already.
- *Multi-Task Learning Using Uncertainty to Weigh Losses for Scene
  Geometry and Semantics*; *Multitask Learning*; Caruana (1997).

A replica.
"""
EMPTY = Edition([], [], "smoke")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Sphinx:
    folder = tmp_path_factory.mktemp("site")
    (folder / "lessons").mkdir()
    (folder / "index.md").write_text(
        "# Index\n\nA task.\n\n```{toctree}\nlessons/one\nglossary\nbibliography\n```\n"
    )
    (folder / "lessons" / "one.md").write_text(PAGE)
    (folder / "lessons" / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (folder / "glossary.md").write_text(glossary_page(EMPTY) + "\nA task.\n")
    (folder / "bibliography.md").write_text(bibliography_page(EMPTY) + "\nA task.\n")
    return build(folder)


def build(folder: Path) -> Sphinx:
    warnings = io.StringIO()
    with docutils_namespace():  # so that one process can build several sites
        app = Sphinx(
            folder,
            None,
            folder / "html",
            folder / "doctrees",
            "html",
            confoverrides={
                "extensions": ["myst_parser", "mtlkit.report.linking"],
                "html_theme": "basic",
                "myst_enable_extensions": ["dollarmath"],
            },
            status=None,
            warning=warnings,
            freshenv=True,
        )
        app.build()
    assert warnings.getvalue() == ""
    return app


def read(app: Sphinx, name: str) -> BeautifulSoup:
    return BeautifulSoup((Path(app.outdir) / f"{name}.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def page(app: Sphinx) -> Tag:
    main = read(app, "lessons/one").find(role="main")
    assert main is not None
    return main


def linked(page: Tag, kind: str) -> list[tuple[str, str]]:
    return [
        (" ".join(each.text.split()), each["href"].partition("#")[2])
        for each in page.select(f"a.{kind}")
    ]


def test_the_first_occurrence_of_each_term_is_linked_and_no_other(page: Tag) -> None:
    assert linked(page, "mtl-term") == [
        ("task", "term-task"),
        ("Epochs", "term-epoch"),
        ("holds", "term-holds"),
        ("noisy validation loss", "term-noisy-loss"),
        ("seed", "term-seed"),
        ("Multitask Learning", "term-multi-task-learning"),
        ("replica", "term-replica"),
    ]


def test_the_first_occurrence_is_the_first_that_may_be_linked(page: Tag) -> None:
    first = page.select_one("a.mtl-term")
    assert first is not None and first.parent is not None
    assert first.parent.name == "em"
    assert page.find_all("p")[-1].find("a", class_="mtl-term").text == "replica"


def test_a_links_title_is_the_definition(page: Tag) -> None:
    definitions = {term.id: term.definition for term in terms()}
    for each in page.select("a.mtl-term"):
        assert each["title"] == definitions[each["href"].partition("#")[2]]


def test_every_citation_is_linked(page: Tag) -> None:
    kendall = "Kendall, Gal and Cipolla (2018)"
    title = "Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and Semantics"
    assert linked(page, "mtl-cited") == [
        ("nahm2020", "nahm2020"),
        (kendall, "kendall2018"),
        ("Sener and Koltun, 2018", "sener2018"),
        ("nahm2020", "nahm2020"),
        (title, "kendall2018"),
        ("Caruana (1997)", "caruana1997"),
    ]
    assert page.select_one("a.mtl-cited > code") is not None


@pytest.mark.parametrize(
    "place", ["h1", "h2", "pre", "code", "figcaption", ".caption-text", ".math", "a a"]
)
def test_no_link_is_made_where_none_belongs(page: Tag, place: str) -> None:
    assert page.select(place) or place in ("figcaption", ".caption-text", "a a")
    assert page.select("figcaption, .caption-text")
    for kind in ("mtl-term", "mtl-cited"):
        assert not page.select(f"{place} a.{kind}")


def test_raw_html_is_left_as_it_is(page: Tag) -> None:
    assert "<p>an epoch</p>" in str(page)


def test_links_lead_to_ids_that_are_there(app: Sphinx, page: Tag) -> None:
    ids = {
        name: {tag["id"] for tag in read(app, name).find_all(id=True)}
        for name in ("glossary", "bibliography")
    }
    for kind, name in (("mtl-term", "glossary"), ("mtl-cited", "bibliography")):
        for each in page.select(f"a.{kind}"):
            address, _, anchor = each["href"].partition("#")
            assert address == f"../{name}.html"
            assert anchor in ids[name]


def test_each_page_starts_anew_and_the_two_that_are_led_to_get_none(app: Sphinx) -> None:
    assert [each["href"] for each in read(app, "index").select("a.mtl-term")] == [
        "glossary.html#term-task"
    ]
    for name in ("glossary", "bibliography"):
        assert not read(app, name).select("a.mtl-term, a.mtl-cited")


def test_linking_twice_is_linking_once(app: Sphinx) -> None:
    document = app.env.get_doctree("lessons/one")
    link(app, document, "lessons/one")
    once = document.pformat()
    assert "mtl-term" in once
    link(app, document, "lessons/one")
    assert document.pformat() == once


def test_without_a_glossary_and_a_bibliography_nothing_is_linked(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("# Index\n\nA task of `nahm2020`.\n")
    assert not read(build(tmp_path), "index").select("a.mtl-term, a.mtl-cited")
