"""What the search box finds, as panels."""

from __future__ import annotations

from mtlkit.core.result import Result
from mtlkit.errors import UsageError
from mtlkit.explore.palette import label
from mtlkit.explore.panels import GridImage, ImageGrid, Table
from mtlkit.lessons.retrieval_losses.views.common import told_of
from mtlkit.lessons.retrieval_losses.views.runs import run_command
from mtlkit.lessons.retrieval_losses.views.search import (
    by_caption,
    by_picture,
    first_seed,
    gallery,
    known_words,
    searchable,
)

_OWN = "its own picture"


def found_pictures(result: Result, strategy: str, caption: str) -> ImageGrid | Table:
    """The five pictures nearest to a typed caption; a sentence where it has no known word."""
    strategy = searchable(result, strategy)
    try:
        found = by_caption(result, strategy, caption)
    except UsageError as refused:
        return _nothing(result, caption, str(refused))
    pictures = gallery(result)
    _, unknown = known_words(result, caption)
    notes = []
    if unknown:
        notes.append(f"Not known, and passed over: {', '.join(f'“{word}”' for word in unknown)}.")
    if found.rank is None:
        notes.append("No caption of the gallery says just this, so no picture is marked as right.")
    else:
        notes.append(f"The picture of which just this is said is at rank {found.rank}.")
    listed = "; ".join(
        f"picture {place + 1} with {score:.2f}, of which is said “{pictures.of(place)[0]}”"
        + (" (right)" if right else "")
        for place, score, right in zip(found.places, found.scores, found.right, strict=True)
    )
    return ImageGrid(
        name="found_pictures",
        title=f"Nearest to “{caption}”, {label(strategy)}",
        alt=f"The {len(found.places)} nearest of {found.count} pictures: {listed}.",
        caption=told_of(
            result.config["data"],
            f"Scores are cosines; {found.count} test pictures of seed {first_seed(result)} are "
            f"searched. {' '.join(notes)}",
        ),
        command=run_command(result),
        images=[
            GridImage(pictures.pixels[place], f"{rank}. {score:.2f} picture {place + 1}", right)
            for rank, (place, score, right) in enumerate(
                zip(found.places, found.scores, found.right, strict=True), start=1
            )
        ],
        mark=_OWN,
        sign="✓",
    )


def _nothing(result: Result, caption: str, why: str) -> Table:
    return Table(
        name="found_pictures",
        title="Nothing to look for",
        alt=f"No picture is shown: {why}",
        caption=told_of(result.config["data"], f"{why[0].upper()}{why[1:]}"),
        command=run_command(result),
        columns=["typed", "known words"],
        rows=[[caption or "(nothing)", "none"]],
    )


def query_picture(result: Result, picture: int) -> ImageGrid:
    """A picture of the gallery, counted from 1; of one that is not there it is the last."""
    pictures = gallery(result)
    at = min(picture, len(pictures.pixels)) - 1
    own = pictures.of(at)
    return ImageGrid(
        name="query_picture",
        title=f"Picture {at + 1} of the gallery",
        alt=f"Picture {at + 1}, of which is said: {'; '.join(own)}.",
        caption=told_of(result.config["data"], f"Its own captions: {'; '.join(own)}."),
        command=run_command(result),
        images=[GridImage(pictures.pixels[at], f"picture {at + 1}")],
    )


def found_captions(result: Result, strategy: str, picture: int) -> Table:
    """The five captions nearest to a picture of the gallery, counted from 1."""
    strategy = searchable(result, strategy)
    pictures = gallery(result)
    at = min(picture, len(pictures.pixels)) - 1
    found = by_picture(result, strategy, at)
    rows = [
        [pictures.captions[place], str(rank), f"{score:.2f}", "✓ its own" if right else "–"]
        for rank, (place, score, right) in enumerate(
            zip(found.places, found.scores, found.right, strict=True), start=1
        )
    ]
    return Table(
        name="found_captions",
        title=f"Captions nearest to picture {at + 1}, {label(strategy)}",
        alt=f"The {len(rows)} nearest of {found.count} captions with their scores, and which of "
        "them are the picture's own.",
        caption=told_of(
            result.config["data"],
            f"Scores are cosines; {found.count:,} captions of seed {first_seed(result)} are "
            f"searched. The best of the picture's own is at rank {found.rank}.",
        ),
        command=run_command(result),
        columns=["caption", "rank", "score", "right"],
        rows=rows,
    )
