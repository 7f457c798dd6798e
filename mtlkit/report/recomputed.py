"""What of the published numbers was computed a second time, and how far the two are apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from mtlkit.core.freshness import outdated
from mtlkit.core.lesson import Lesson
from mtlkit.core.paths import results_root
from mtlkit.report.html_table import html_table
from mtlkit.report.words import duration

_COLUMNS = (
    "Study",
    "Recomputed",
    "Largest deviation",
    "Allowed",
    "Agrees",
    "Where",
    "When",
)


def records(lesson: str, root: Path | None = None) -> list[Mapping[str, Any]]:
    """The records of a lesson's checks, as `mtlkit check` writes them (`Check.as_dict()`).

    Parameters
    ----------
    root
        The lesson's pack; default: in the project's results.
    """
    folder = root or results_root() / lesson
    return [
        json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(folder.glob("checks/**/*.json"))
    ]


def recomputed(lesson: Lesson, root: Path | None = None) -> str:
    """A table of the checks as HTML, or a sentence if there are none."""
    found = records(lesson.name, root)
    if not found:
        return (
            "<p>Nothing of this pack has been computed a second time yet: "
            f"<code>mtlkit check {escape(lesson.name)}</code> does.</p>"
        )
    caption = f"Recomputed and compared: {lesson.name.replace('_', ' ')}"
    return html_table(caption, _COLUMNS, [_row(lesson, record) for record in found])


def _row(lesson: Lesson, record: Mapping[str, Any]) -> list[str]:
    name, moved = _worst(record)
    cells = (
        f"{record['study']} ({record['data']}, {record['scale']})",
        "; ".join(map(_setting, record["settings"])),
        moved,
        _half_widths(_allowed(record, name)),
        "yes" if record["agrees"] else "no",
        record["device"],
        f"{record['created'].partition('T')[0]}, in {duration(record['seconds'])}",
    )
    why = outdated(lesson, record)
    command = escape(f"mtlkit check {lesson.name} {record['study']} --scale {record['scale']}")
    old = f'<span class="mtl-old">by {why}: <code>{command} --record</code></span>' if why else ""
    first, *others = map(escape, cells)
    return [first + old, *others]


def _setting(setting: Mapping[str, Any]) -> str:
    labels = [f"{name} {value}" for name, value in setting["labels"].items()]
    told = ", ".join([*labels, *setting["strategies"]])
    return f"{told or 'its one setting'}: {setting['seeds']} seeds"


def _worst(record: Mapping[str, Any]) -> tuple[str, str]:
    """The column that takes most of what it is allowed, and how far it is off, in words.

    A deviation that nothing measures is further than any.
    """
    if not record["largest"]:
        return "", "nothing to compare"

    def taken(name: str) -> tuple[bool, float, float]:
        moved = record["largest"][name]["half_widths"]
        allowed = _allowed(record, name)
        return moved is None, (moved or 0.0) / (allowed or 1.0), moved or 0.0

    name = max(record["largest"], key=taken)
    worst = record["largest"][name]
    if worst["half_widths"] is None:
        return name, f"{name}: {worst['note']}"
    return name, f"{_half_widths(worst['half_widths'])} ({name})"


def _allowed(record: Mapping[str, Any], column: str) -> float:
    """How far a column may be off; records of older code allow all the same."""
    share: float = record.get("loose", {}).get(column, record["tolerance"])
    return share


def _half_widths(share: float) -> str:
    told = f"{share:.2g}"
    return f"{told} half-width" + ("" if told == "1" else "s")
