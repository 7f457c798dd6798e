"""Claims and verdicts: their error rates by simulation, their laws, and the ledger's rows."""

import json
import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.core.claim import Cell, Claim, Source
from mtlkit.core.ledger import ledger
from mtlkit.core.region import Region
from mtlkit.core.verdict import Verdict, judge, judge_printed


@attrs.frozen
class Study:
    study: str = "table_1"
    data: str = "generated"
    scale: str = "lesson"
    table: pd.DataFrame = attrs.field(factory=pd.DataFrame, eq=False)


@attrs.frozen
class Lesson:
    claims: tuple[Claim, ...]
    name: str = "toy"
    default_data: str = "generated"
    source_data: tuple[str, ...] = ("generated",)


def claim(region: Region, cells: Sequence[Cell] = (), **changes: Any) -> Claim:
    told = {
        "id": "toy.rises",
        "lesson": "toy",
        "title": "It rises",
        "source": Source("nahm2020", "Table 4.1"),
        "quote": "it rises",
        "statement": "The error rises.",
        "study": "table_1",
        "figure": "table_1",
        "unit": "%",
        "region": region,
        "cells": lambda table: cells,
        "explanation": "Because.",
    }
    return Claim(**(told | changes))


def verdict_on(region: Region, *values: Sequence[float]) -> Verdict:
    cells = [Cell(f"cell {number}", row) for number, row in enumerate(values)]
    return judge(claim(region, cells), Study(), ("generated",))


def told(verdict: Verdict) -> dict[str, Any]:
    """All that is told, whatever the order of the cells."""
    row = verdict.as_dict()
    return row | {"cells": sorted(row["cells"], key=lambda cell: str(cell["label"]))}


# False verdicts, at the stated rate -----------------------------------------------------------

REPETITIONS = 1000


def most(rate: float) -> float:
    """More than this many in all the repetitions would refute the rate."""
    return float(scipy.stats.binom.ppf(1 - 1e-4, REPETITIONS, rate))


def fewest(rate: float) -> float:
    return float(scipy.stats.binom.ppf(1e-4, REPETITIONS, rate))


def outcomes(region: Region, effects: Sequence[float], shared: bool = False) -> list[Verdict]:
    """Verdicts on five seeds with the true effects, one cell each."""
    random = np.random.default_rng(11)
    noise = random.normal(size=(REPETITIONS, 1 if shared else len(effects), 5))
    return [verdict_on(region, *(row + np.array(effects)[:, None])) for row in noise]


def count(verdicts: list[Verdict], outcome: str) -> int:
    return sum(verdict.verdict == outcome for verdict in verdicts)


@pytest.mark.parametrize(
    ("region", "boundary"),
    [
        (Region.above(0), 0.0),
        (Region.below(3), 3.0),
        (Region.no_worse_loss(0.5), 0.5),
        (Region.no_worse_score(0.5), -0.5),
        (Region.within(9), 9.0),
        (Region.within(9), -9.0),
    ],
)
def test_an_effect_on_the_boundary_is_misjudged_at_the_stated_rate(
    region: Region, boundary: float
) -> None:
    verdicts = outcomes(region, [boundary])
    for outcome in ("holds", "fails"):
        assert fewest(0.025) <= count(verdicts, outcome) <= most(0.025)


@pytest.mark.parametrize("margin", [0.05, 1.0])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_narrow_equivalence_is_not_more_often_misjudged(margin: float, side: int) -> None:
    verdicts = outcomes(Region.within(margin), [side * margin])
    assert count(verdicts, "holds") <= most(0.025)
    assert count(verdicts, "fails") <= most(0.05)


@pytest.mark.parametrize("shared", [False, True])
def test_a_true_conjunction_is_not_refuted_by_its_number_of_cells(shared: bool) -> None:
    verdicts = outcomes(Region.within(4), [4.0, -4.0] * 3, shared)
    assert count(verdicts, "fails") <= most(0.05)
    by_cell = sum(any(cell.verdict == "fails" for cell in v.cells) for v in verdicts)
    assert shared or by_cell > most(0.05)  # so the correction is needed


def test_one_cell_on_the_boundary_keeps_a_conjunction_from_holding() -> None:
    verdicts = outcomes(Region.above(0), [9.0, 0.0, 9.0])
    assert fewest(0.025) <= count(verdicts, "holds") <= most(0.025)


def test_clear_effects_are_told() -> None:
    assert count(outcomes(Region.above(0), [9.0, 8.0]), "holds") == REPETITIONS
    assert count(outcomes(Region.above(0), [9.0, -9.0]), "fails") == REPETITIONS


# The rule, written a second time ---------------------------------------------------------------

whole = st.integers(-12, 12)
regions = st.one_of(
    st.builds(Region.above, whole),
    st.builds(Region.below, whole),
    st.builds(Region.within, st.integers(1, 12)),
)
tables = st.tuples(st.integers(1, 4), st.integers(2, 6)).flatmap(
    lambda shape: st.lists(
        st.lists(whole, min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


def by_the_rule(region: Region, rows: list[list[int]], n: int) -> str:
    """The verdict if `n` seeds had the means and deviations of the rows."""

    def interval(row: list[int], confidence: float) -> tuple[float, float]:
        error = np.std(row, ddof=1) / math.sqrt(n)
        half = scipy.stats.t.ppf((1 + confidence) / 2, n - 1) * error
        return float(np.mean(row) - half), float(np.mean(row) + half)

    for row in rows:
        low, high = interval(row, 1 - 0.05 / len(rows))
        if high <= region.low or low >= region.high:
            return "fails"
    at_95 = [interval(row, 0.95) for row in rows]
    if all(region.low < low and high < region.high for low, high in at_95):
        return "holds"
    return "inconclusive"


@given(regions, tables)
def test_the_verdict_and_the_seeds_that_would_decide_follow_the_rule(
    region: Region, rows: list[list[int]]
) -> None:
    verdict, seeds = verdict_on(region, *rows), len(rows[0])
    assert verdict.verdict == by_the_rule(region, rows, seeds)
    needed = verdict.seeds_to_decide
    if verdict.verdict != "inconclusive":
        assert needed is None
    elif needed is None:
        assert by_the_rule(region, rows, 10_000) == "inconclusive"
    else:
        assert needed > seeds
        assert by_the_rule(region, rows, needed) != "inconclusive"
        assert by_the_rule(region, rows, needed - 1) == "inconclusive"


@given(regions, tables)
def test_the_deciding_cell_has_the_verdict_of_the_claim(
    region: Region, rows: list[list[int]]
) -> None:
    verdict = verdict_on(region, *rows)
    cell = verdict.deciding
    assert cell is not None
    assert cell in verdict.cells
    if verdict.verdict in ("holds", "fails"):
        assert cell.verdict == verdict.verdict
    else:
        assert cell.verdict != "holds"
    row = verdict.as_dict()
    assert (row["cell"], row["effect"]) == (cell.label, cell.effect)
    assert (row["low"], row["high"]) == (cell.low, cell.high)


def test_of_failing_cells_the_one_furthest_out_in_standard_errors_is_shown() -> None:
    far_but_noisy, near_but_sure = [-30.0, -20.0, -10.0, -25.0], [-1.0, -1.01, -0.99, -1.0]
    verdict = verdict_on(Region.above(0), [1.0, 2.0, 3.0, 4.0], far_but_noisy, near_but_sure)
    assert verdict.verdict == "fails"
    assert verdict.as_dict()["cell"] == "cell 2"


def test_equal_values_out_of_the_region_are_the_furthest_out() -> None:
    verdict = verdict_on(Region.above(0), [-30.0, -29.0, -31.0], [-1.0, -1.0, -1.0], [0.0, 0.1])
    assert (verdict.verdict, verdict.as_dict()["cell"]) == ("fails", "cell 1")


@pytest.mark.parametrize("close", [[1.0, 3.0], [1.0, 3.0002]])
def test_one_cell_that_no_number_decides_keeps_the_claim_undecided(close: list[float]) -> None:
    needs_more = [2.0, 5.0, 9.0]
    alone = verdict_on(Region.above(2), needs_more).seeds_to_decide
    assert alone is not None and alone > 3
    assert verdict_on(Region.above(2), close, needs_more).seeds_to_decide is None


# Laws ------------------------------------------------------------------------------------------


@given(regions, tables)
def test_negating_effect_and_region_leaves_the_verdict(
    region: Region, rows: list[list[int]]
) -> None:
    one = verdict_on(region, *rows)
    other = verdict_on(Region(-region.high, -region.low), *([-v for v in row] for row in rows))
    assert (one.verdict, one.seeds_to_decide) == (other.verdict, other.seeds_to_decide)
    assert one.as_dict()["cell"] == other.as_dict()["cell"]
    assert one.as_dict()["effect"] == -other.as_dict()["effect"]


@given(regions, tables, st.integers(-20, 20))
def test_the_unit_does_not_matter(region: Region, rows: list[list[int]], power: int) -> None:
    unit = 2.0**power  # exact, so that the law is too
    scaled = Region(region.low * unit, region.high * unit)
    one = verdict_on(region, *rows)
    other = verdict_on(scaled, *([v * unit for v in row] for row in rows))
    assert (one.verdict, one.seeds_to_decide) == (other.verdict, other.seeds_to_decide)
    assert one.as_dict()["cell"] == other.as_dict()["cell"]


@given(regions, tables, st.randoms(use_true_random=False))
def test_the_order_of_cells_and_seeds_does_not_matter(
    region: Region, rows: list[list[int]], random: Any
) -> None:
    cells = [Cell(f"cell {number}", row) for number, row in enumerate(rows)]
    seeds = random.sample(range(len(rows[0])), len(rows[0]))
    shuffled = [Cell(cell.label, [cell.values[seed] for seed in seeds]) for cell in cells]
    random.shuffle(shuffled)
    one = judge(claim(region, cells), Study(), ())
    other = judge(claim(region, shuffled), Study(), ())
    assert told(one) == told(other)


# Seeds that gave no value, and too few ---------------------------------------------------------


@given(regions, tables, st.sampled_from([math.nan, math.inf, -math.inf]))
def test_lost_seeds_are_dropped_and_counted(
    region: Region, rows: list[list[int]], missing: float
) -> None:
    whole_row, broken = (
        verdict_on(region, *rows),
        verdict_on(region, [*rows[0], missing], *rows[1:]),
    )
    assert (broken.verdict, broken.seeds_to_decide) == (
        whole_row.verdict,
        whole_row.seeds_to_decide,
    )
    assert broken.cells == (attrs.evolve(whole_row.cells[0], lost=1), *whole_row.cells[1:])
    assert f"1 of {len(rows[0]) + 1} seeds in cell 0" in broken.note
    assert whole_row.note == ""


SURE, OPPOSITE = [5.0, 5.1, 4.9], [-5.0, -5.1, -4.9]


@pytest.mark.parametrize(
    ("rows", "expected", "effect"),
    [
        ([[5.0]], "not testable here", 5.0),
        ([[5.0, math.nan]], "not testable here", 5.0),
        ([[math.nan] * 3], "not testable here", None),
        ([SURE, [5.0]], "not testable here", 5.0),
        ([OPPOSITE, [5.0]], "fails", -5.0),
    ],
)
def test_fewer_than_two_seeds_test_nothing(
    rows: list[list[float]], expected: str, effect: float | None
) -> None:
    row = verdict_on(Region.above(0), *rows).as_dict()
    assert row["verdict"] == expected
    assert row["effect"] == (effect if effect is None else pytest.approx(effect))
    assert row["seeds_to_decide"] is None
    assert (row["low"] is None) == (expected == "not testable here")


def test_a_study_without_the_setting_tests_nothing() -> None:
    row = verdict_on(Region.above(0)).as_dict()
    assert (row["verdict"], row["cells"], row["effect"]) == ("not testable here", [], None)
    assert "no such setting" in row["note"]


# Printed evidence ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected", "shown"),
    [([4.2], "holds", 4.2), ([5.0], "fails", 5.0), ([4.2, 7.0, 6.0, 1.0], "fails", 7.0)],
)
def test_a_printed_claim_is_judged_exactly(
    values: list[float], expected: str, shown: float
) -> None:
    cells = [Cell(f"cell {value}", [value]) for value in values]
    row = judge_printed(claim(Region.below(5), cells, study=None)).as_dict()
    assert (row["verdict"], row["effect"]) == (expected, shown)
    assert (row["low"], row["high"], row["evidence"]) == (None, None, "printed")
    assert [cell["verdict"] for cell in row["cells"]] == [
        "holds" if value < 5 else "fails" for value in values
    ]


@pytest.mark.parametrize("cells", [[], [Cell("a", [1, 2])], [Cell("a", [math.nan])]])
def test_a_printed_claim_has_one_number_per_cell(cells: list[Cell]) -> None:
    with pytest.raises(ValueError, match="one finite value per cell"):
        judge_printed(claim(Region.below(5), cells, study=None))


# What is told, and the ledger ------------------------------------------------------------------

KEYS = {
    *("id", "lesson", "source", "statement", "verdict", "effect", "low", "high", "data"),
    *(
        "scale",
        "evidence",
        "quote",
        "unit",
        "region",
        "title",
        "figure",
        "cells",
        "seeds",
        "seeds_to_decide",
    ),
    *("explanation", "by_construction", "study"),
}


@given(regions, st.lists(st.lists(st.floats(width=32), max_size=4), max_size=3))
def test_a_verdict_goes_through_json_and_back(region: Region, rows: list[list[float]]) -> None:
    row = verdict_on(region, *rows).as_dict()
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert row.keys() >= KEYS
    assert (row["source"], row["region"]) == ("nahm2020, Table 4.1", region.text("%"))


def rise(table: pd.DataFrame) -> list[Cell]:
    table["rise"] = table["after"] - table["before"]
    return [Cell(str(task), rows["rise"]) for task, rows in table.groupby("task")]


TABLE = pd.DataFrame(
    {
        "seed": [0, 1, 2, 0, 1, 2],
        "task": [1, 1, 1, 2, 2, 2],
        "before": [0.0, 1.0, 2.0, 0.0, 1.0, 2.0],
        "after": [5.0, 6.1, 6.9, 5.0, 6.0, 7.0],
    }
)


def test_the_ledger_has_a_row_per_claim_data_and_scale() -> None:
    read = attrs.evolve(claim(Region.above(0)), cells=rise)
    absent = attrs.evolve(read, id="toy.absent", study="figure_9")
    only_smoke = attrs.evolve(read, id="toy.smoke", study="figure_2")
    printed = claim(Region.below(5), [Cell("sum", [4])], id="toy.printed", study=None)
    studies = {
        "toy": [
            Study(table=TABLE),
            Study(table=TABLE, data="digits", scale="paper"),
            Study(table=TABLE, scale="smoke"),
            Study(study="figure_2", table=TABLE, scale="smoke"),
        ]
    }
    rows = ledger([Lesson((read, absent, only_smoke, printed))], studies.__getitem__)
    assert [(v.claim.id, v.data, v.scale, v.evidence, v.verdict) for v in rows] == [
        ("toy.rises", "generated", "lesson", "source data", "holds"),
        ("toy.rises", "digits", "paper", "stand-in", "holds"),
        ("toy.absent", "generated", "lesson", "source data", "not testable here"),
        ("toy.smoke", "generated", "lesson", "source data", "not testable here"),
        ("toy.printed", "printed", "none", "printed", "holds"),
    ]
    assert "figure_9" in rows[2].note
    assert "rise" not in TABLE  # a claim reads a copy


def test_the_ledger_refuses_an_id_that_is_taken_or_in_a_wrong_place() -> None:
    mine = claim(Region.above(0))
    foreign = claim(Region.above(0), id="other.rises", lesson="other")
    for claims in ((mine, attrs.evolve(mine, study=None)), (foreign,)):
        with pytest.raises(ValueError, match="claim id = "):
            ledger([Lesson(claims)], lambda name: [])


@pytest.mark.parametrize("name", ["rises", "other.rises", "toy.", "toy.It rises", "toyrises"])
def test_an_id_is_the_lesson_and_a_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"allowed is toy\."):
        claim(Region.above(0), id=name)


@pytest.mark.parametrize("field", ["title", "quote", "statement"])
def test_a_claim_quotes_and_states(field: str) -> None:
    with pytest.raises(ValueError, match="a quote and a statement"):
        claim(Region.above(0), **{field: " "})


def test_a_claim_is_judged_on_its_own_study_and_names_its_cells_apart() -> None:
    with pytest.raises(ValueError, match="reads table_1, and got figure_9"):
        judge(claim(Region.above(0)), Study(study="figure_9"), ())
    with pytest.raises(ValueError, match="same label"):
        judge(claim(Region.above(0), [Cell("a", [1, 2]), Cell("a", [1, 2])]), Study(), ())
