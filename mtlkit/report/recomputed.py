"""What of the published numbers was computed a second time, and how far the two are apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

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


def recomputed(lesson: str, root: Path | None = None) -> str:
    """A table of the checks as HTML, or a sentence if there are none."""
    found = records(lesson, root)
    if not found:
        return (
            "<p>Nothing of this pack has been computed a second time yet: "
            f"<code>mtlkit check {escape(lesson)}</code> does.</p>"
        )
    caption = f"Recomputed and compared: {lesson.replace('_', ' ')}"
    return html_table(caption, _COLUMNS, [_row(record) for record in found])


def _row(record: Mapping[str, Any]) -> list[str]:
    fresh = record["numerics"] == record["numerics_published"]
    cells = (
        f"{record['study']} ({record['data']}, {record['scale']})",
        "; ".join(map(_setting, record["settings"])),
        _largest(record["largest"]),
        _half_widths(record["tolerance"]),
        "yes" if record["agrees"] else "no",
        record["device"] + ("" if fresh else ", another version of the code"),
        f"{record['created'].partition('T')[0]}, in {duration(record['seconds'])}",
    )
    return [escape(cell) for cell in cells]


def _setting(setting: Mapping[str, Any]) -> str:
    labels = ", ".join(f"{name} {value}" for name, value in setting["labels"].items())
    return f"{labels or 'its one setting'}: {setting['seeds']} seeds"


def _largest(columns: Mapping[str, Mapping[str, Any]]) -> str:
    """The column that is furthest off; a deviation that nothing measures is further than any."""
    if not columns:
        return "nothing to compare"
    name, worst = max(
        columns.items(),
        key=lambda item: (item[1]["half_widths"] is None, item[1]["half_widths"] or 0.0),
    )
    if worst["half_widths"] is None:
        return f"{name}: {worst['note']}"
    return f"{_half_widths(worst['half_widths'])} ({name})"


def _half_widths(share: float) -> str:
    return f"{share:.2g} half-widths"
