"""The page: How fast it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape

from mtlkit.core.measurement import Measurement, Ratio, Spread, measurements
from mtlkit.explore.figure import show
from mtlkit.report.edition import Edition
from mtlkit.report.html_table import html_table
from mtlkit.report.measured_figures import figures
from mtlkit.report.words import duration

_INTRODUCTION = """\
# How fast it is

Should you use this for your ten thousand runs? What makes them cheap here is that many seeds train
at once, as one *stack* of networks, and that no run is computed twice. This page says what the
stack is worth, where it is worth nothing, and what else takes time. Every number was measured by
the project's own benchmarks: `make bench` measures all of them again on your machine.

{answer}

**How to read the tables.** *Ours* and *theirs* ran turn by turn, so that a busy moment hits both. A
speed of 3× means that ours took a third of the time; it is the median over the turns, and the range
goes from the slowest turn to the fastest. Goals were set beforehand, and one that was missed is
shown as missed.
"""

_EXPECTED: Mapping[str, tuple[str, str]] = {
    "stacked_training": ("Many seeds at once", ""),
    "peers": ("Against other libraries", ""),
    "matmul_peak": ("Share of the machine’s peak", ""),
    "growth": ("How cost grows", ""),
    "gpu_replicas": ("On a GPU", " It needs a GPU."),
    "start_up": ("Start-up", ""),
    "make_targets": ("Building and testing all", " It takes half an hour."),
}
"""What the page has a section for even if it is not measured: heading, and what to know."""

_STEPS, _RUNS = 1_000, 10_000
"""Of the example that the page begins with."""

_LONG = 10
"""So many rows of a table are shown at once."""


def measured_page(edition: Edition) -> str:
    """The page as MyST Markdown, from the records in `results/benchmarks`."""
    return page(measurements())


def page(measured: Mapping[str, Measurement]) -> str:
    """The same, from any records by their names."""
    parts = [_INTRODUCTION.format(answer=_answer(measured.get("stacked_training")))]
    for name, (title, known) in _EXPECTED.items():
        told = _section(measured[name]) if name in measured else _missing(name, known)
        parts += [f"## {title}\n", told]
    others = [record for name, record in measured.items() if name not in _EXPECTED]
    if others:
        parts.append("## Lesson by lesson\n")
    for record in sorted(others, key=lambda record: record.title):
        parts += [f"### {_plain(record.title)}\n", _section(record)]
    return "\n".join(parts)


def _missing(name: str, known: str) -> str:
    return f"Not measured yet: `python -m benchmarks {name}` does it.{known}\n"


def _answer(measured: Measurement | None) -> str:
    """What ten thousand runs cost either way, and where the loop is as good."""
    rows = [row for row in measured.rows if isinstance(row, Ratio)] if measured else []
    timed = [row for row in rows if row.at.keys() >= {"replicas", "width", "steps"}]
    usual = [row for row in timed if row.at["width"] == 64]
    if not usual:
        return ""
    best = min(usual, key=lambda row: row.ours_seconds / (row.at["replicas"] * row.at["steps"]))
    share = _RUNS * _STEPS / (best.at["replicas"] * best.at["steps"])
    slower = [row for row in timed if row.ratio < 1]
    told = (
        f"It is slower in {len(slower)} of the {len(timed)} cases measured: "
        f"{'; '.join(f'{_plain(row.name)} ({_times(row.ratio)})' for row in slower)}."
        if slower
        else f"In none of the {len(timed)} cases measured it was slower than the loop."
    )
    return (
        f"**In short.** {_RUNS:,} runs of {_STEPS:,} steps each, of lesson 01's network at width "
        f"64, take one core of the machine below {duration(share * best.theirs_seconds)} in a "
        f"plain loop over the seeds, and {duration(share * best.ours_seconds)} with "
        f"{best.at['replicas']:g} seeds in a stack: {_times(best.ratio)} as fast. {told} A stack "
        "pays where a network is so small that the calls cost more than the arithmetic; one that "
        "fills the processor by itself gains nothing from company."
    )


def _section(measured: Measurement) -> str:
    """What is compared, the pictures, the tables, and where it was measured."""
    drawn = "".join(show(panel).html() for panel in figures(measured))
    ratios = [row for row in measured.rows if isinstance(row, Ratio)]
    spreads = [row for row in measured.rows if isinstance(row, Spread)]
    tables = (_folded(_ratios(measured.title, ratios), len(ratios)) if ratios else "") + (
        _folded(_spreads(measured.title, spreads), len(spreads)) if spreads else ""
    )
    return (
        f"{_plain(measured.sentence)}\n\n```{{raw}} html\n"
        f"{_goals([*ratios, *spreads])}{drawn}{tables}"
        f'<p class="mtl-note">{escape(_where(measured))}</p>\n```\n'
    )


def _folded(table: str, rows: int) -> str:
    """A long table waits to be opened."""
    if rows <= _LONG:
        return table
    return f"<details><summary>All {rows} rows</summary>{table}</details>"


def _goals(rows: Sequence[Ratio | Spread]) -> str:
    """How many goals were met, and which were not."""
    judged = [row for row in rows if row.met is not None]
    if not judged:
        return ""
    missed = [_name(row.name) for row in judged if not row.met]
    if not missed:
        return f"<p>Goals: {len(judged)}, all of them met.</p>"
    return (
        f"<p>Goals: {len(judged)}, of which {len(missed)} missed: "
        f"<strong>{'; '.join(missed)}</strong>.</p>"
    )


def _where(measured: Measurement) -> str:
    used = ", ".join(f"{name} {version}" for name, version in measured.versions.items())
    count = measured.threads
    threads = "" if count is None else ", one thread" if count == 1 else f", {count} threads"
    return f"Measured on {measured.date}: {measured.machine.words()}; {used}{threads}."


def _ratios(title: str, rows: Sequence[Ratio]) -> str:
    goals = any(row.goal is not None for row in rows)
    cells = [
        [
            _name(row.name),
            _seconds(row.theirs_seconds),
            _seconds(row.ours_seconds),
            _times(row.ratio),
            f"{_times(row.least)} to {_times(row.most)}",
            *([_goal(row, "at least", _times)] if goals else []),
        ]
        for row in rows
    ]
    columns = ("What", "Theirs", "Ours", "Speed", "Range", *(["Goal"] if goals else []))
    return html_table(f"{title}: speed", columns, cells)


def _spreads(title: str, rows: Sequence[Spread]) -> str:
    goals = any(row.goal is not None for row in rows)
    cells = []
    for row in rows:
        said = partial(_quantity, unit=row.unit)
        least, most = min(row.values), max(row.values)
        spread = f"{said(least)} to {said(most)}" if len(row.values) > 1 else "measured once"
        goal = [_goal(row, "at most", said)] if goals else []
        cells.append([_name(row.name), said(row.median), spread, *goal])
    columns = ("What", "Median", "Range", *(["Goal"] if goals else []))
    return html_table(f"{title}: measured", columns, cells)


def _goal(row: Ratio | Spread, bound: str, said: Callable[[float], str]) -> str:
    if row.goal is None:
        return ""
    told = f"{bound} {said(row.goal)}"
    return f"{told}: met" if row.met else f'{told}<strong class="mtl-old">missed</strong>'


def _plain(text: str) -> str:
    """As Markdown in which no letter opens a tag."""
    return escape(text, quote=False)


def _name(text: str) -> str:
    """As HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _times(ratio: float) -> str:
    return f"{ratio:.2f}×" if ratio < 10 else f"{ratio:.0f}×"


def _quantity(value: float, unit: str) -> str:
    if unit == "s":
        return _seconds(value)
    digits, _, power = f"{value:.3g}".partition("e")
    return f"{digits}{f'·10<sup>{int(power)}</sup>' if power else ''} {escape(unit)}".strip()


def _seconds(seconds: float) -> str:
    return duration(seconds) if seconds >= 1 else f"{1e3 * seconds:.3g} ms"
