"""The search box against brute force on the pictures and captions themselves."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import torch

from mtlkit import lessons
from mtlkit.core.result import Result
from mtlkit.core.runner import run_setting
from mtlkit.data import captioned
from mtlkit.errors import UsageError
from mtlkit.explore.panels import ImageGrid, Table
from mtlkit.lessons.retrieval_losses import views
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.views import search
from mtlkit.lessons.retrieval_losses.views.explorer import QUERIES

LESSON = lessons.get("retrieval_losses")
TRAINED = ("simclr", "barlow_twins")


@pytest.fixture(scope="module", params=["bag", "transformer"])
def run(request: pytest.FixtureRequest) -> Result:
    config = RetrievalConfig.preset("smoke", strategies=TRAINED, text_encoder=request.param)
    return run_setting(LESSON, config, [3], "cpu")


def test_the_gallery_is_that_of_the_test_part(run: Result) -> None:
    found = search.gallery(run)
    told = captioned.load("scenes", "test", seed=3, size=30)
    np.testing.assert_array_equal(found.pixels, told.images.permute(0, 2, 3, 1).numpy())
    assert [found.of(at) for at in range(30)] == list(told.captions)
    assert [found.captions[at] for at in found.first] == [own[0] for own in told.captions]
    np.testing.assert_array_equal(found.owner, run.arrays["captions_of/3"])


@pytest.mark.parametrize("strategy", TRAINED)
def test_a_typed_caption_lies_where_the_run_had_placed_it(run: Result, strategy: str) -> None:
    kept = run.arrays[f"texts_{strategy}/3"]
    for at, caption in list(enumerate(search.gallery(run).captions))[::23]:
        np.testing.assert_allclose(
            search.embedded(run, strategy, caption), kept[at], rtol=0, atol=1e-5
        )


@pytest.mark.parametrize("strategy", TRAINED)
def test_the_nearest_pictures_are_those_of_a_search_one_by_one(run: Result, strategy: str) -> None:
    pictures = run.arrays[f"images_{strategy}/3"]
    caption = search.gallery(run).captions[42]
    query = run.arrays[f"texts_{strategy}/3"][42]
    scores = [sum(float(a) * float(b) for a, b in zip(p, query, strict=True)) for p in pictures]
    found = search.by_caption(run, strategy, f"  {caption.upper()}! ")
    assert list(found.places) == sorted(range(30), key=lambda at: -scores[at])[:5]
    assert found.scores == pytest.approx(sorted(scores, reverse=True)[:5], abs=1e-5)
    own = search.gallery(run).owner[42]
    assert found.right == tuple(place == own for place in found.places)
    assert found.rank == 1 + sum(score > scores[own] + 1e-6 for score in scores)
    assert found.count == 30


def test_the_nearest_captions_are_those_of_a_search_one_by_one(run: Result) -> None:
    texts, picture = run.arrays["texts_simclr/3"], run.arrays["images_simclr/3"][7]
    scores = [float(torch.dot(torch.tensor(text), torch.tensor(picture))) for text in texts]
    found = search.by_picture(run, "simclr", 7)
    assert list(found.places) == sorted(range(150), key=lambda at: -scores[at])[:5]
    own = [at for at in range(150) if search.gallery(run).owner[at] == 7]
    assert found.right == tuple(place in own for place in found.places)
    best = max(scores[at] for at in own)
    assert found.rank == 1 + sum(score > best + 1e-6 for score in scores)


def test_every_search_of_all_ranks_agrees_with_the_tables(run: Result) -> None:
    table = run.tables["retrieval"]
    row = table[
        (table["strategy"] == "simclr")
        & (table["split"] == "test")
        & (table["scoring"] == "cosine")
        & (table["direction"] == "image_to_text")
    ].iloc[0]
    ranks = np.array([search.by_picture(run, "simclr", at).rank for at in range(30)])
    assert row["recall_5"] == pytest.approx((ranks <= 5).mean())
    assert row["mean_rank"] == pytest.approx(ranks.mean())


def test_what_nobody_said_has_no_right_answer(run: Result) -> None:
    found = search.by_caption(run, "simclr", "star star star")
    assert found.rank is None
    assert not any(found.right)
    panel = views.found_pictures(run, "simclr", "star star star")
    assert isinstance(panel, ImageGrid)
    assert "no picture is marked" in panel.caption


def test_unknown_words_are_named_and_passed_over(run: Result) -> None:
    panel = views.found_pictures(run, "simclr", "an elephant beside a yellow ring")
    plain = search.by_caption(run, "simclr", "an a yellow ring")
    mixed = search.by_caption(run, "simclr", "an elephant beside a yellow ring")
    assert mixed.places == plain.places
    assert "Not known, and passed over: “elephant”, “beside”." in panel.caption


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Caption is empty"),
        ("?!", "Caption is empty"),
        ("elephant", "the word “elephant” is not among"),
        ("ein roter Kreis", "none of the words “ein”, “roter”, “kreis” is among"),
        ("一个红色的圆", "the word “一个红色的圆” is not among"),
        ("<b>bold</b>", "none of the words “b”, “bold” is among"),
    ],
)
def test_a_caption_without_a_known_word_gets_a_sentence(run: Result, typed: str, told: str) -> None:
    with pytest.raises(UsageError, match="aption"):
        search.embedded(run, "simclr", typed)
    panel = views.found_pictures(run, "simclr", typed)
    assert isinstance(panel, Table)
    assert told in panel.caption
    assert panel.name == "found_pictures"


def test_a_picture_that_is_not_there_is_refused_and_the_last_one_shown(run: Result) -> None:
    with pytest.raises(UsageError, match="picture = 31: allowed is 1 to 30"):
        search.by_picture(run, "simclr", 30)
    assert views.found_captions(run, "simclr", 200).title.startswith(
        "Captions nearest to picture 30"
    )
    shown = views.query_picture(run, 200)
    np.testing.assert_array_equal(shown.images[0].pixels, search.gallery(run).pixels[29])


def test_right_answers_are_marked_in_words_too(run: Result) -> None:
    caption = search.gallery(run).captions[0]
    panel = views.found_pictures(run, "simclr", caption)
    assert isinstance(panel, ImageGrid)
    found = search.by_caption(run, "simclr", caption)
    assert tuple(image.marked for image in panel.images) == found.right
    assert (panel.mark, panel.sign) == ("its own picture", "✓")
    assert f"is at rank {found.rank}." in panel.caption
    table = views.found_captions(run, "simclr", 1)
    right = search.by_picture(run, "simclr", 0).right
    assert [row[-1] for row in table.rows] == ["✓ its own" if each else "–" for each in right]


def test_the_first_queries_offered_are_of_the_lessons_gallery() -> None:
    told = captioned.load("scenes", "test", seed=0, size=500).captions[:200]
    said = {caption for own in told for caption in own}
    assert [query in said for query in QUERIES] == [True] * 4 + [False] * 5


def test_a_run_with_a_ready_text_encoder_has_no_box_to_type_in(run: Result) -> None:
    ready = attrs.evolve(
        run, config={**run.config, "text_encoder": "frozen_distilbert", "start": "random"}
    )
    with pytest.raises(UsageError, match="text_encoder = frozen_distilbert"):
        search.embedded(ready, "simclr", "a red ring")
