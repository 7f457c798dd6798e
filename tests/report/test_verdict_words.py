"""The sentence names what was claimed and found, and never contradicts the verdict."""

import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.core.claim import Cell, Claim, Source
from mtlkit.core.region import Region
from mtlkit.core.verdict import judge, judge_printed
from mtlkit.report.verdict_words import in_words
from tests.report.examples import ROWS

MARGINS = st.floats(-100, 100).map(lambda value: round(value, 3))
SAMPLES = st.tuples(st.floats(-300, 300), st.lists(st.floats(-9, 9), min_size=0, max_size=6)).map(
    lambda told: tuple(told[0] + away for away in told[1])
)
REGIONS = st.one_of(
    MARGINS.map(Region.above),
    MARGINS.map(Region.below),
    MARGINS.filter(lambda margin: margin > 0).map(Region.within),
)


class Study:
    study, data, scale, table = "table", "digits", "lesson", pd.DataFrame()


def claim(region: Region, samples: list[tuple[float, ...]], study: str | None) -> Claim:
    cells = [Cell(f"case {number}", values) for number, values in enumerate(samples)]
    return Claim(
        "lesson.claim", "lesson", "A title", Source("doc", "place"), "quote", "statement", study,
        "figure", "dB", region, lambda table: cells, "",
    )  # fmt: skip


def numbers(text: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?[\d.]+(?:e[+-]?\d+)?", text.replace("−", "-"))]


def agrees(row: dict[str, Any], sentence: str) -> None:
    """What the sentence says of the place fits the numbers that it shows, read as a reader does."""
    claimed, _, outcome = sentence.partition("; ")
    assert row["region"] in claimed
    low = -float("inf") if row["region_low"] is None else row["region_low"]
    high = float("inf") if row["region_high"] is None else row["region_high"]
    shown = re.search(r"we (?:found|worked out) (\S+) dB", outcome)
    ends = re.search(r"interval from (\S+) to ([^\s,]+)", outcome)
    (effect,) = numbers(shown[1])
    assert effect == pytest.approx(row["effect"], rel=0.5, abs=1)
    first = last = effect
    if ends:
        first, last = (numbers(end)[0] for end in ends.groups())
    if "wholly inside" in outcome or ", inside" in outcome:
        assert low < first <= last < high
    elif "wholly outside" in outcome or ", outside" in outcome:
        assert last <= low or first >= high
    else:
        assert "partly inside what was claimed and partly outside" in outcome
        assert first <= low < last or first < high <= last


@given(REGIONS, st.lists(SAMPLES, min_size=1, max_size=5))
def test_the_sentence_agrees_with_the_verdict(
    region: Region, samples: list[tuple[float, ...]]
) -> None:
    row = judge(claim(region, samples, "table"), Study, ()).as_dict()
    sentence = in_words(row)
    verdict = row["verdict"]
    assert ("it stays open" in sentence) == (verdict == "inconclusive")
    assert ("would decide" in sentence) == (verdict == "inconclusive")
    if verdict == "not testable here":
        assert row["region"] in sentence
        assert "no value" in sentence or "single seed" in sentence
        return
    agrees(row, sentence)
    if verdict == "holds":
        assert "outside" not in sentence
    if verdict == "fails":
        assert "outside" in sentence
        assert "wholly inside" not in sentence


@given(REGIONS, st.lists(st.floats(-300, 300), min_size=1, max_size=5))
def test_the_sentence_on_what_is_printed_agrees_too(region: Region, values: list[float]) -> None:
    row = judge_printed(claim(region, [(value,) for value in values], None)).as_dict()
    sentence = in_words(row)
    agrees(row, sentence)
    assert ("outside" in sentence) == (row["verdict"] == "fails")
    assert "interval" not in sentence
    assert "from what is printed" in sentence


def test_one_in_many_that_is_out_by_itself_alone_stays_open() -> None:
    # 40 comparisons; one lies outside at 95 %, and not when their number is allowed for.
    samples = [(1.0, 1.1, 0.9, 1.05)] * 39 + [(-0.2, -0.6, -0.3, -0.4)]
    row = judge(claim(Region.above(0), samples, "table"), Study, ()).as_dict()
    assert row["verdict"] == "inconclusive"
    assert row["cells"][-1]["verdict"] == "fails"
    assert "by chance, so it stays open" in in_words(row)
    assert "39 of them came out so" in in_words(row)


def test_of_several_that_hold_the_least_certain_is_told() -> None:
    # The first lies nearer the border, the second is the less certain.
    samples = [(1.0, 1.1, 0.9, 1.0), (9.0, 15.0, 6.0, 12.0)]
    row = judge(claim(Region.above(0), samples, "table"), Study, ()).as_dict()
    assert "both came out so: in the least certain one (case 1) we found" in in_words(row)
    printed = judge_printed(claim(Region.above(0), [(3.0,), (1.0,)], None)).as_dict()
    assert "in the one nearest the border (case 1) we worked out 1 dB" in in_words(printed)
    same = judge(claim(Region.above(0), [(3.0, 3.0), (1.0, 1.0)], "table"), Study, ()).as_dict()
    assert "both came out so: in one (case" in in_words(same)


def test_of_two_the_other_one_is_told_too() -> None:
    for other, told in ((9.0, "the other came out inside"), (-9.0, "not come out inside either")):
        values = [(-20.0,), (other,)]
        row = judge_printed(claim(Region.above(0), values, None)).as_dict()
        assert told in in_words(row)


def test_rounding_does_not_move_a_number_over_the_border() -> None:
    row = {**ROWS[0], "effect": -1.0, "low": -2.0, "high": 0.499}
    assert "from −2.0 to 0.5, wholly inside" in in_words({**row, "region_high": 0.6})
    assert "from −2.0 to 0.499, wholly inside" in in_words({**row, "region_high": 0.5})


def test_seeds_that_all_agree_have_no_interval() -> None:
    row = {**ROWS[0], "effect": 4.0, "low": 4.0, "high": 4.0}
    assert in_words(row).endswith(
        "we found 4 squared units of y, the same for every seed, inside what was claimed."
    )
