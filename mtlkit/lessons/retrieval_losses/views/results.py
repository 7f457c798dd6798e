"""The source's table beside ours, and how the losses learn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs
import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.data.printed import printed_table
from mtlkit.explore.palette import label
from mtlkit.explore.panels import (
    ColumnGroup,
    CurveFacet,
    Curves,
    Intervals,
    Reference,
    Series,
    Table,
)
from mtlkit.explore.study_figures import one, over_seeds
from mtlkit.explore.summaries import mean_line, mean_series
from mtlkit.lessons.retrieval_losses.views.common import (
    DIRECTIONS,
    RECALL,
    STANDARDISED,
    command,
    intervals,
    strategies_in,
    told_of,
)

_SHORT = {"image_to_text": "i2t", "text_to_image": "t2i"}

_PRINTED = {
    "recall_1": "r1",
    "recall_5": "r5",
    "recall_10": "r10",
    "mean_rank": "mr",
    "median_rank": "medr",
}
"""How the printed table calls our columns."""

_AS_PRINTED = (
    "Everything is scored by the cosine, as in the source; Barlow Twins by standardised embeddings "
    "(std.) too, as its loss sees them. The source's numbers are of MS COCO, and it does not say "
    "how many pictures are searched: what can be compared is the order of the losses."
)


def chance(rows: pd.DataFrame, direction: str, k: int = 10) -> float:
    """The recall at k of a random order, in percent.

    From pictures to captions, any of a picture's own counts: 1 less the share of choices of k
    captions that have none of them.
    """
    sizes = rows.groupby("direction")["items"].first()
    captions, pictures = int(sizes["image_to_text"]), int(sizes["text_to_image"])
    if direction == "text_to_image":
        return 100 * min(k / pictures, 1.0)
    own = round(captions / pictures)
    return 100 * (1 - math.comb(captions - own, k) / math.comb(captions, k))


def _ways(table: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """The rows of each loss by the cosine; at the end Barlow Twins, standardised."""
    cosine = table[table["scoring"] == "cosine"]
    found = {label(name): cosine[cosine["strategy"] == name] for name in strategies_in(table)}
    other = table[(table["scoring"] == "standardised") & (table["strategy"] == "barlow_twins")]
    return {**found, "Barlow Twins, std.": other} if len(other) else found


def _printed_values(table: pd.DataFrame, direction: str, column: str) -> list[float]:
    """What the source prints of each of `_ways`; NaN of what it has not."""
    printed = printed_table("epfl_retrieval_results").set_index("loss")
    values = printed[f"{_SHORT[direction]}_{_PRINTED[column]}"].to_dict()
    found = [float(values.get(name, math.nan)) for name in strategies_in(table)]
    return [*found, *[math.nan] * (len(_ways(table)) - len(found))]


_LOOKS = {"image_to_text": "task 1", "text_to_image": "task 2"}


def _series(table: pd.DataFrame, column: str, factor: float = 1.0) -> list[Series]:
    """A column of each of `_ways`, a series for each direction, with what is printed."""
    found = []
    for direction, words in DIRECTIONS.items():
        groups = [
            factor * rows.loc[rows["direction"] == direction, column]
            for rows in _ways(table).values()
        ]
        ours = mean_series(_LOOKS[direction], groups, label=words)
        found.append(attrs.evolve(ours, printed=_printed_values(table, direction, column)))
    return found


def losses(table: pd.DataFrame) -> Intervals:
    """Recall at 10 of every loss, both directions, with the printed values beside ours."""
    lowest = Reference(chance(table, "text_to_image"), "chance", "data")
    return intervals(
        table,
        "losses",
        one(_series(table, "recall_10", 100.0), [lowest]),
        list(_ways(table)),
        title="Which loss retrieves best: recall at 10",
        said="Recall at 10 of each loss, recomputed",
        caption=f"{_AS_PRINTED} {over_seeds(table)}",
        x_label="loss",
        y_label=RECALL,
        unit=" %",
    )


def _ranks(table: pd.DataFrame, column: str, name: str, words: str) -> Intervals:
    return intervals(
        table,
        "losses",
        one(_series(table, column)),
        list(_ways(table)),
        name=name,
        title=f"Which loss retrieves best: {words} rank",
        said=f"{words.capitalize()} rank of the best right answer by loss, recomputed",
        caption=f"1 is best. Ranks grow with the gallery. {_AS_PRINTED} {over_seeds(table)}",
        x_label="loss",
        y_label=f"{words} rank",
        log_y=True,
    )


def losses_mean_rank(table: pd.DataFrame) -> Intervals:
    """Mean rank of every loss, both directions, with the printed values beside ours."""
    return _ranks(table, "mean_rank", "losses_mean_rank", "mean")


def losses_median_rank(table: pd.DataFrame) -> Intervals:
    """Median rank of every loss, both directions, with the printed values beside ours."""
    return _ranks(table, "median_rank", "losses_median_rank", "median")


def losses_table(table: pd.DataFrame) -> Table:
    """The source's table, all ten columns, with ours below each of its rows."""
    rows = []
    for place, (name, found) in enumerate(_ways(table).items()):
        cells: dict[str, list[str]] = {"printed": [], "ours": []}
        for direction in DIRECTIONS:
            mine = found[found["direction"] == direction]
            for column in _PRINTED:
                factor = 100 if column.startswith("recall") else 1
                cells["ours"].append(_mean_and_half(factor * mine[column]))
                value = _printed_values(table, direction, column)[place]
                cells["printed"].append("–" if math.isnan(value) else f"{value:.1f}")
        if set(cells["printed"]) != {"–"}:
            rows.append([f"{name}, printed", *cells["printed"]])
        rows.append([f"{name}, ours", *cells["ours"]])
    heads = ["r@1", "r@5", "r@10", "mean rank", "median rank"]
    return Table(
        name="losses_table",
        title="The table of results, printed and recomputed",
        alt="Recall at 1, 5 and 10 in percent, mean and median rank, from picture to captions and "
        "from caption to picture, by loss: the source's row, and ours below it.",
        caption=told_of(
            table,
            f"Recalls in percent; ours are means of {table['seed'].nunique()} seeds with the "
            f"half-width of the 95 % interval. {_AS_PRINTED}",
        ),
        command=command("losses"),
        columns=["loss", *heads, *heads],
        groups=[
            ColumnGroup("", 1),
            *(ColumnGroup(words, len(heads)) for words in DIRECTIONS.values()),
        ],
        rows=rows,
    )


def _mean_and_half(values: pd.Series[float]) -> str:
    found = values.dropna().tolist()
    if not found:
        return "–"
    interval = mean_interval(found)
    return f"{interval.mean:.1f} ± {interval.high - interval.mean:.1f}"


def _ends(facets: Sequence[CurveFacet], decimals: int, unit: str = "") -> str:
    return ". ".join(
        (f"{facet.title}: " if facet.title else "")
        + ", ".join(
            f"{line.label or label(line.key)} {line.y[-1]:.{decimals}f}{unit}"
            for line in facet.lines
        )
        for facet in facets
    )


def curves(table: pd.DataFrame) -> Curves:
    """Recall at 10 on validation pictures by epoch, both directions, a line a loss."""
    percent = table.assign(recall=100 * table["recall_10"])
    facets = []
    for task, words in enumerate(DIRECTIONS.values(), start=1):
        rows = percent[percent["task"] == task]
        lines = [
            mean_line(name, rows[rows["strategy"] == name], "recall", least=0.0)
            for name in strategies_in(rows)
        ]
        facets.append(CurveFacet(title=words, lines=lines))
    return Curves(
        name="curves",
        title="Recall over the epochs",
        alt=f"Recall at 10 on validation pictures against the epoch. At the end: "
        f"{_ends(facets, 1, ' %')}.",
        caption=told_of(
            table,
            f"On validation pictures. {STANDARDISED} The learning rate is halved after epochs 1, 4 "
            f"and 10. {over_seeds(table)}",
        ),
        command=command("curves"),
        x_label="epoch",
        y_label=RECALL,
        facets=facets,
    )


def curves_others(table: pd.DataFrame) -> Curves:
    """The mean cosine of a picture with other pictures' captions: 1 is a collapse."""
    rows = table[table["task"] == 1]
    lines = [
        mean_line(name, rows[rows["strategy"] == name], "others") for name in strategies_in(rows)
    ]
    facets = [CurveFacet(lines=lines, references=[Reference(1.0, "all one point", "data")])]
    return Curves(
        name="curves_others",
        title="Do the embeddings collapse?",
        alt="Mean cosine of pictures with the captions of other pictures, against the epoch. At "
        f"the end: {_ends(facets, 2)}.",
        caption=told_of(
            table,
            "At 1 all pictures and captions are one point, and nothing can be found. "
            f"{STANDARDISED} Standardising takes their mean away, so that its line is near 0 "
            f"whatever it learns. On validation pictures. {over_seeds(table)}",
        ),
        command=command("curves"),
        x_label="epoch",
        y_label="cosine with others' captions",
        facets=facets,
    )


_NAMED = {
    "as printed": "task 1",
    "learned parameter": "task 2",
    "terms within modalities": "task 3",
}
"""Looks of the extensions, which are no losses."""


def extensions(table: pd.DataFrame) -> Curves:
    """Learning curves of the source's possible extensions, a facet a loss."""
    means = 100 * table.groupby(["extension", "strategy", "seed", "epoch"])["recall_10"].mean()
    rows = means.rename("recall").reset_index()
    facets = []
    for strategy in strategies_in(rows):
        own = rows[rows["strategy"] == strategy]
        lines = [
            mean_line(key, own[own["extension"] == name], "recall", label=name, least=0.0)
            for name, key in _NAMED.items()
        ]
        facets.append(CurveFacet(title=label(strategy), lines=lines))
    return Curves(
        name="extensions",
        title="The source's possible extensions",
        alt="Recall at 10 on validation pictures, mean of both directions, against the epoch. At "
        f"the end: {_ends(facets, 1, ' %')}.",
        caption=told_of(
            table,
            "Learned parameter: the margin, the temperature or Barlow Twins' λ is learned along "
            "with the network. Terms within modalities: the same loss between two views of the "
            "pictures, and between two views of the captions, is added with a weight of one half. "
            f"On validation pictures. {STANDARDISED} {over_seeds(table)}",
        ),
        command=command("extensions"),
        x_label="epoch",
        y_label="recall@10, both ways (%)",
        facets=facets,
    )


_PARAMETERS = {
    "sum_triplet": "margin of the sum triplet",
    "simclr_positive": "temperature of SimCLR",
    "barlow_twins": "λ of Barlow Twins",
}


def extensions_parameter(table: pd.DataFrame) -> Curves:
    """What becomes of a margin, temperature or lambda that is learned."""
    rows = table[(table["extension"] == "learned parameter") & (table["task"] == 1)]
    lines = [
        mean_line(
            name,
            rows[rows["strategy"] == name],
            "parameter",
            label=_PARAMETERS[name],
            geometric=True,
        )
        for name in strategies_in(rows)
    ]
    words = ", ".join(f"{line.label} from {line.y[0]:.3g} to {line.y[-1]:.3g}" for line in lines)
    return Curves(
        name="extensions_parameter",
        title="What a learned margin, temperature or λ becomes",
        alt=f"The loss' own parameter against the epoch, where it is learned: {words}.",
        caption=told_of(
            table,
            "Whatever lowers the training loss: a margin or a λ of 0 does so without anything "
            f"being learned. Geometric means of {rows['seed'].nunique()} seeds, with 95 % "
            "intervals.",
        ),
        command=command("extensions"),
        x_label="epoch",
        y_label="learned parameter",
        log_y=True,
        facets=[CurveFacet(lines=lines)],
    )
