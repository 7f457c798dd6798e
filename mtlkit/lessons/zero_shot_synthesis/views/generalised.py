"""Table 5.1: the area under seen and unseen accuracy, and the open world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.data.printed import printed_table
from mtlkit.explore.by_level import at_levels, levels_of
from mtlkit.explore.panels import (
    ColumnGroup,
    IntervalFacet,
    Intervals,
    Reference,
    Series,
    Table,
)
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    CLOSED,
    SETS,
    baselines_in,
    by_strategy,
    chance_of,
    command,
    intervals,
    label,
    look,
    named_set,
    over_seeds,
    percent,
    sets_in,
    strategies_in,
    told_of,
)

AREA = "AUC (%)"

PARTS = ("test", "validation")

_SHORT = {"test": "test", "validation": "val"}

PRINTED: Mapping[str, str] = {
    "attoperator": "AttOperator",
    "redwine": "RedWine",
    "labelembed+": "LabelEmbed+",
    "tmn": "TMN",
    "tfg_tds": "TDS",
}
"""What figures call the methods of the printed table; TMN is not re-run."""

_CHOSEN = (
    "AUC: the area under unseen against seen accuracy over all calibration biases, at the epoch "
    "with the best validation AUC."
)


def printed_areas(name: str, part: str) -> dict[str, list[float]]:
    """What Table 5.1 has of a set, in percent: at top 1, 2 and 3, by the method's label."""
    table = printed_table("yan2020_table_5_1")
    rows = table[(table["dataset"] == name) & (table["split"] == _SHORT[part])]
    return {
        PRINTED[row["model"]]: [float(row[f"top{k}"]) for k in (1, 2, 3)]
        for row in rows.to_dict("records")
    }


def printed_sets() -> list[str]:
    """The sets of Table 5.1."""
    return list(printed_table("yan2020_table_5_1")["dataset"].unique())


def _of(table: pd.DataFrame, name: str, part: str) -> pd.DataFrame:
    found = (table["compositions"] == name) & (table["part"] == part)
    return percent(table[found], "area", "closed", "open")


def _tops(table: pd.DataFrame) -> tuple[list[int], list[str]]:
    ks = levels_of(table, "k")
    return ks, [f"top {k}" for k in ks]


def table_5_1(table: pd.DataFrame) -> Intervals:
    """AUC at top 1, 2 and 3, of each method, in test."""
    ks, tops = _tops(table)
    facets = [
        IntervalFacet(
            title=named_set(name), series=by_strategy(_of(table, name, "test"), "k", ks, "area")
        )
        for name in sets_in(table)
    ]
    return intervals(
        table,
        "table_5_1",
        facets,
        tops,
        title="Table 5.1: seen and unseen compositions together",
        said="AUC on test by method and by how many guesses count, recomputed",
        caption=f"{_CHOSEN} Top k: k guesses, of which one has to be right. On test; the table has "
        "validation too. "
        f"{over_seeds(table[table['k'] == ks[0]], 'area')}",
        x_label="guesses that count",
        y_label=AREA,
        unit=" %",
    )


def table_5_1_table(table: pd.DataFrame) -> Table:
    """Ours and the printed figures, test first."""
    ks, _ = _tops(table)
    ours, theirs = sets_in(table), printed_sets()
    printed = {(part, name): printed_areas(name, part) for part in PARTS for name in theirs}
    strategies = {label(name): name for name in strategies_in(table)}
    methods = [*strategies, *(name for name in PRINTED.values() if name not in strategies)]
    lines = []
    for part in PARTS:
        for method in methods:
            cells = []
            for name in ours:
                rows = _of(table, name, part)
                own = rows[rows["strategy"] == strategies.get(method)]
                cells += [_mean_and_half(values) for values in at_levels(own, "k", ks, "area")]
            for name in theirs:
                values = printed[part, name].get(method, [])
                cells += [f"{values[k - 1]:.1f}" if values else "–" for k in ks]
            lines.append([f"{method}, {part}", *cells])
    heads = [f"top {k}" for k in ks]
    return Table(
        name="table_5_1_table",
        title="Table 5.1, printed and recomputed: AUC in percent",
        alt=f"AUC in percent at {', '.join(heads)} by method, in test and validation: ours on the "
        "left, the source's, of other data, on the right.",
        caption=told_of(
            table,
            f"Ours: means of {table['seed'].nunique()} seeds with the half-width of the 95 % "
            "interval. Printed: one number a cell, the source's, of other data. TMN (the "
            "task-modular network) is the source's only; the other generators, VisProd and ridge "
            f"prototypes are ours only. {_CHOSEN}",
        ),
        command=command("table_5_1"),
        columns=["method", *heads * (len(ours) + len(theirs))],
        groups=[
            ColumnGroup("", 1),
            *(ColumnGroup(f"ours: {named_set(name)}", len(heads)) for name in ours),
            *(ColumnGroup(f"printed: {named_set(name)}", len(heads)) for name in theirs),
        ],
        rows=lines,
    )


def _mean_and_half(values: pd.Series[float]) -> str:
    found = values.dropna().tolist()
    if not found:
        return "–"
    interval = mean_interval(found)
    return f"{interval.mean:.1f} ± {interval.high - interval.mean:.1f}"


def printed_ratios(name: str, part: str) -> list[float]:
    """TDS over the best earlier method of Table 5.1, at top 1, 2 and 3."""
    areas = printed_areas(name, part)
    own = areas.pop("TDS")
    return [value / max(others) for value, *others in zip(own, *areas.values(), strict=True)]


def _ratios(table: pd.DataFrame, name: str, part: str, ks: Sequence[int]) -> Series:
    """TDS over the baseline with the best mean, seed by seed."""
    rows = _of(table, name, part)
    groups = []
    for k in ks:
        own = rows[rows["k"] == k]
        areas = own.set_index(["strategy", "seed"])["area"].unstack(0)
        best = areas[baselines_in(own)].mean().idxmax()
        groups.append(areas["tds"] / areas[best])
    return mean_series(SETS[name][0], groups, label=named_set(name))


def table_5_1_ratio(table: pd.DataFrame) -> Intervals:
    """TDS over the best other method: twice, says the source of MIT-States."""
    ks, tops = _tops(table)
    lines = [Reference(2, "twice as good", "truth"), Reference(1, "as good", "data")]
    printed = [
        IntervalFacet(
            title=f"as printed, {part}",
            series=[
                Series(
                    key=SETS[name][0],
                    values=[printed_ratios(name, part)[k - 1] for k in ks],
                    label=named_set(name),
                )
                for name in printed_sets()
            ],
            references=lines,
        )
        for part in PARTS
    ]
    ours = [
        IntervalFacet(
            title=f"ours, {part}",
            series=[_ratios(table, name, part, ks) for name in sets_in(table)],
            references=lines,
        )
        for part in PARTS
    ]
    return intervals(
        table,
        "table_5_1",
        [*printed, *ours],
        tops,
        name="table_5_1_ratio",
        title="“Over 2×”: TDS against the best other method",
        said="AUC of TDS divided by that of the best other method",
        caption="Printed: against the best earlier method of the source's table, its own numbers "
        "divided. Ours: against the baseline with the best mean in that place, seed by seed. "
        f"{over_seeds(table[table['k'] == ks[0]], 'area')}",
        x_label="guesses that count",
        y_label="AUC of TDS / best other",
        decimals=2,
    )


def open_world(table: pd.DataFrame) -> Intervals:
    """Top-1 of pictures of unseen compositions, among these and among all, without bias."""
    facets = []
    for name in sets_in(table):
        rows = _of(table, name, "test")
        rows = rows[rows["k"] == 1]
        series = []
        for strategy in strategies_in(rows):
            own = rows[rows["strategy"] == strategy]
            series.append(mean_series(look(strategy), [own["closed"], own["open"]]))
        chance = Reference(chance_of(rows).value, "chance among unseen", "data")
        facets.append(IntervalFacet(title=named_set(name), series=series, references=[chance]))
    return intervals(
        table,
        "table_5_1",
        facets,
        ["closed world", "open world"],
        name="open_world",
        title="The same pictures, among unseen compositions and among all",
        said="Top-1 accuracy on pictures of unseen test compositions",
        caption="Closed world: only unseen compositions are answers. Open world: seen ones too, "
        "and no bias corrects for them. At the epoch with the best validation AUC. "
        f"{over_seeds(table[table['k'] == 1], 'area')}",
        x_label="compositions that may be answered",
        y_label=CLOSED,
        unit=" %",
    )
