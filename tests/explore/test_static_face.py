"""The Explorer's HTML: it can be read without a script, and holds every frame."""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import attrs
import pytest
from bs4 import BeautifulSoup

from mtlkit import lessons
from mtlkit.errors import UsageError
from mtlkit.explore import frames as frames_module
from mtlkit.explore import static_face
from mtlkit.explore.draw_plotly import spec
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.frames import Frames, publish_frames, published_frames
from mtlkit.explore.knobs import defaults, from_fragment
from mtlkit.explore.panels import Table
from mtlkit.explore.pooling import unpooled
from mtlkit.explore.rounding import rounded
from mtlkit.explore.subject import Subject, subject, subjects
from tests.explore import moving

FRAMES = moving.made_frames()
SUBJECT = subject(lessons.get("noisy_polynomials"))
LESSON, EXPLORATION = SUBJECT.lesson, SUBJECT.exploration


@pytest.fixture(scope="module")
def text() -> str:
    return static_face.face(moving.SUBJECT, FRAMES)


@pytest.fixture(scope="module")
def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def frames_in(soup: BeautifulSoup) -> list[list[dict[str, Any]]]:
    packed = base64.b64decode(soup.find("script", class_="mtl-frames").text)
    return unpooled(json.loads(zlib.decompress(packed)))  # type: ignore[no-any-return]


def test_a_page_finds_by_these_words_which_scripts_it_needs(text: str) -> None:
    for sign in ('class="mtl-explorer"', 'class="mtl-plot"', "mtl-copy"):
        assert sign in text


def test_the_hint_comes_first_and_says_what_to_try(soup: BeautifulSoup) -> None:
    first = soup.figure.find(True)
    assert first["class"] == ["mtl-hint"] and first.text == "Drag the size up & see."
    assert soup.figure["aria-label"] == "Explorer: Made up & tested"
    assert soup.figure["id"] == "explorer-made-up"


def test_sliders_are_native_labelled_and_say_their_value_with_its_unit(
    soup: BeautifulSoup,
) -> None:
    found = soup.find_all("input", type="range")
    assert [slider["name"] for slider in found] == ["size", "rate"]
    size = found[0]
    assert (size["min"], size["max"], size["step"], size["value"]) == ("0", "2", "1", "1")
    assert size["aria-valuetext"] == "2 m"
    assert size.find_parent("label").text == "size of it"
    assert size.find_parent(class_="mtl-knob").output.text == "2 m"


def test_a_view_knob_of_few_words_is_a_choice(soup: BeautifulSoup) -> None:
    boxes = soup.find_all("input", type="radio")
    assert [box.find_parent("label").text.strip() for box in boxes] == ["curve", "its mirror"]
    assert [box.has_attr("checked") for box in boxes] == [True, False]
    assert boxes[0].find_parent("fieldset").legend.text == "show"


def test_what_needs_a_script_is_off_until_there_is_one(soup: BeautifulSoup) -> None:
    assert soup.fieldset.has_attr("disabled")
    assert all(button.has_attr("hidden") for button in soup.find_all("button"))
    assert "need JavaScript" in soup.find(class_="mtl-still-only").text


def test_the_other_knobs_are_listed_as_live_only(soup: BeautifulSoup) -> None:
    fold = soup.find("details")
    assert fold.summary.text == "3 more knobs, live only"
    told = {name.text: name.find_next("dd").text for name in fold.find_all("dt")}
    assert told == {"width H": "8", "seed": "0", "ways": "A"}


def test_the_first_pictures_are_there_drawn_in_lines(soup: BeautifulSoup) -> None:
    first = FRAMES.at({"size": "2", "rate": "1", "shown": "curve"})
    plots = soup.find_all(class_="mtl-plot")
    assert [plot["aria-label"] for plot in plots] == [panel.alt for panel in first]
    titles = [title.text for title in soup.find_all(class_="mtl-title")]
    assert titles == [panel.title for panel in first]
    for plot in plots:
        assert plot.img["alt"] == plot["aria-label"]
        kind, _, drawn = plot.img["src"].partition(",")
        assert kind == "data:image/svg+xml"
        assert ElementTree.fromstring(unquote(drawn)).tag.endswith("}svg")


def test_it_says_what_the_pictures_cost(soup: BeautifulSoup) -> None:
    note = soup.find(class_="mtl-note").text
    for told in ("6 settings", "2 random seeds", "3 min", "CPU (made up)", "2026-01-02"):
        assert told in note


def test_every_frame_is_in_it_with_the_numbers_that_were_published(soup: BeautifulSoup) -> None:
    found = frames_in(soup)
    assert len(found) == len(FRAMES.frames) == 12
    for pictures, panels in zip(found, FRAMES.frames, strict=True):
        assert [picture["name"] for picture in pictures] == [panel.name for panel in panels]
        for picture, panel in zip(pictures, panels, strict=True):
            expected = spec(panel, titled=False)["data"]  # type: ignore[arg-type]
            traces = [{**look, **numbers} for look, numbers in picture["data"]]
            assert [trace["y"] for trace in traces] == [trace["y"] for trace in expected]
            assert [trace["name"] for trace in traces] == [trace["name"] for trace in expected]


def test_the_last_knob_turns_fastest(soup: BeautifulSoup) -> None:
    place = 0
    for name, values in FRAMES.moving.items():
        place = place * len(values) + values.index(moving.DIVERGED[name])
    curves = frames_in(soup)[place][0]
    numbers = [
        number
        for look, part in curves["data"]
        if look["mode"] == "lines" and look.get("hovertemplate") is None
        for number in part["y"]
    ]
    assert set(numbers) == {None}


def test_a_table_among_the_pictures_is_html() -> None:
    table = Table(title="The end", alt="Values.", columns=["a", "b"], rows=[["1", "a < b"]])
    frames = attrs.evolve(FRAMES, frames=tuple((table,) for _ in FRAMES.frames))
    soup = BeautifulSoup(static_face.face(moving.SUBJECT, frames), "html.parser")
    assert soup.find(class_="mtl-picture").find("table").caption.text == "The end"
    assert "a &lt; b" in frames_in(soup)[0][0]["html"]


def test_the_same_frames_make_the_same_text(text: str) -> None:
    assert static_face.face(moving.SUBJECT, moving.made_frames()) == text


EVERY = [each for name in lessons.names() for each in subjects(lessons.get(name)).values()]


@pytest.mark.parametrize("about", EVERY, ids=lambda each: each.file)
def test_every_published_explorer_keeps_within_its_budget(about: Subject) -> None:
    text = static_face.html(about)
    assert len(text.encode()) < 1_000_000
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    soup = BeautifulSoup(text, "html.parser")
    published = published_frames(about)
    assert len(frames_in(soup)) == math.prod(map(len, published.moving.values()))


def test_frames_of_other_knobs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static_face, "published_frames", lambda subject: FRAMES)
    with pytest.raises(UsageError, match="`mtlkit frames noisy_polynomials` makes them anew"):
        static_face.html(SUBJECT)


def test_it_opens_where_the_knobs_stand_and_links_from_where_they_start() -> None:
    opened = {**defaults(moving.KNOBS), "size": 4, "shown": "its mirror"}
    text = static_face.face(moving.SUBJECT, FRAMES, opened)
    soup = BeautifulSoup(text, "html.parser")
    size, rate = soup.find_all("input", type="range")
    assert (size["value"], size["aria-valuetext"], rate["value"]) == ("2", "4 m", "0")
    assert [box.has_attr("checked") for box in soup.find_all("input", type="radio")] == [
        False,
        True,
    ]
    first = FRAMES.at({"size": "4", "rate": "1", "shown": "its mirror"})
    titles = [title.text for title in soup.find_all(class_="mtl-title")]
    assert titles == [panel.title for panel in first]
    head = json.loads(soup.find("script", class_="mtl-head").text)
    assert [(knob["start"], knob["opened"]) for knob in head["knobs"]] == [(1, 2), (0, 0), (0, 1)]
    assert soup.find(class_="mtl-line").text == (
        "Explorer(lessons.get(\"made_up\"), size=4, shown='its mirror')"
    )


def told(plot: dict[str, Any]) -> list[dict[str, Any]]:
    """All of a picture's traces: numbers, bands, hover data, looks.

    A reference reaches across the axis, which each face keeps still in its own way.
    """
    axes = [axis["range"] for name, axis in plot["wide"].items() if name.startswith("xaxis")]
    return [{**trace, "x": "axis" if trace["x"] in axes else trace["x"]} for trace in plot["data"]]


@pytest.mark.parametrize("quantity", ["uncertainty", "clean error"])
def test_from_one_result_both_faces_show_exactly_the_same(tmp_path: Path, quantity: str) -> None:
    explorer = Explorer(LESSON, scale="smoke", device="cpu", live=True, quantity=quantity)
    result = explorer.result(60.0)
    face: Any = explorer._face
    live = face.widget.plots
    explorer.close()
    panels = tuple(map(rounded, EXPLORATION.panels(result, explorer.values)))
    made = {**FRAMES.provenance, "exploration": SUBJECT.name}
    publish_frames(Frames(LESSON.name, {}, (panels,), made), tmp_path)
    text = static_face.face(SUBJECT, published_frames(SUBJECT, tmp_path))
    (static,) = frames_in(BeautifulSoup(text, "html.parser"))
    for picture in static:
        picture["data"] = [{**look, **numbers} for look, numbers in picture["data"]]
    assert [plot["name"] for plot in static] == [plot["name"] for plot in live]
    assert len(static) == 3
    for one, other in zip(static, live, strict=True):
        assert told(one) == told(other)
        assert (one["title"], one["caption"]) == (other["title"], other["caption"])


def html_of_run(**turned: Any) -> BeautifulSoup:
    values = {**EXPLORATION.start("lesson"), **turned}
    panels = [moving.panels(defaults(moving.KNOBS))[0]]
    return BeautifulSoup(static_face.of_run(SUBJECT, values, panels), "html.parser")


def test_a_run_on_the_grid_opens_the_explorer_there() -> None:
    soup = html_of_run(degree=5, last_noise=5.0, noise_4=0.5)  # there is no task 4
    explorer = soup.find(class_="mtl-explorer")
    values = {slider["name"]: slider["aria-valuetext"] for slider in explorer.find_all("input")[:3]}
    assert values == {"degree": "5", "tasks": "3", "last_noise": "5"}
    assert not soup.find_all(class_="mtl-figure")


@pytest.mark.parametrize("turned", [{"degree": 9}, {"width": 8}, {"noise_1": 0.5}])
def test_a_run_off_the_grid_shows_its_own_figures_and_says_so(turned: dict[str, Any]) -> None:
    soup = html_of_run(**turned)
    assert soup.find(class_="mtl-explorer") is None
    assert len(soup.find_all(class_="mtl-figure")) == 1
    ((name, value),) = turned.items()
    said = soup.find(class_="mtl-run-alone").text
    assert "no frames of this setting" in said and f"{name}={value!r}" in said


@pytest.mark.parametrize("scale", ["smoke", "lesson"])
def test_a_run_that_nobody_turned_opens_the_explorer_at_its_start(scale: str) -> None:
    soup = html_of_run(**EXPLORATION.start(scale))
    assert str(soup.find(class_="mtl-explorer")["id"]) == "explorer-noisy-polynomials"
    assert soup.find("input", {"name": "degree"})["aria-valuetext"] == "8"


def test_frames_that_cannot_be_read_are_no_reason_to_show_something_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "noisy_polynomials" / "frames" / "generated.lesson" / "polynomials.json"
    monkeypatch.setattr(frames_module, "results_root", lambda: tmp_path)
    assert html_of_run().find(class_="mtl-figure") is not None  # none are published
    file.parent.mkdir(parents=True)
    file.write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        html_of_run()


def test_frames_of_older_code_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "mtl-stale" not in static_face.html(SUBJECT)
    frames = published_frames(SUBJECT)
    old = attrs.evolve(frames, provenance={**frames.provenance, "numerics": "0-old"})
    monkeypatch.setattr(static_face, "published_frames", lambda subject: old)
    note = BeautifulSoup(static_face.html(SUBJECT), "html.parser").find(class_="mtl-stale")
    assert note["role"] == "note" and "mtlkit frames noisy_polynomials" in note.text


def test_pictures_that_stand_side_by_side_are_drawn_for_half_the_width(soup: BeautifulSoup) -> None:
    widths = {}
    for place in soup.find_all(class_="mtl-picture"):
        drawn = ElementTree.fromstring(unquote(place.img["src"].partition(",")[2]))
        widths[place.find(class_="mtl-title").text] = float(drawn.get("width", "").rstrip("pt"))
    assert widths["Errors"] == widths["Points"] < 260 < 500 < widths["Rising: curve"]


@pytest.mark.parametrize(
    "link",
    [
        "size=4&rate=2",
        "#size=4&rate=2",
        "#explorer-made-up?size=4&rate=2",
        "file:///a/page.html?q=1#explorer-made-up?size=4&rate=2",
        "file:///a/page.html#size=4&rate=2",
    ],
)
def test_a_copied_link_restores_the_knobs_in_python(link: str) -> None:
    turned = {**defaults(moving.KNOBS), "size": 4, "rate": 2.0}
    assert from_fragment(moving.KNOBS, link) == turned


def test_the_link_of_the_start_turns_nothing() -> None:
    for link in ("", "#explorer-made-up", "file:///a/page.html#explorer-made-up"):
        assert from_fragment(moving.KNOBS, link) == defaults(moving.KNOBS)
