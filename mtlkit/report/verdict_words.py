"""A verdict as a sentence for those who know no statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtlkit.explore.words import number, with_interval

Row = Mapping[str, Any]


def in_words(row: Row) -> str:
    """What was claimed and what came out, in one sentence.

    Parameters
    ----------
    row
        The verdict, as `Verdict.as_dict()` gives it.
    """
    if row["verdict"] == "not testable here":
        return f"{_claimed(row)}; {_missing(row)}."
    if len(row["cells"]) > 1:
        return f"{_claimed(row)}; {_several(row)}."
    return f"{_claimed(row)}; {_came_out(row)}, {_lies(row)}."


def _claimed(row: Row) -> str:
    where = ""
    if len(row["cells"]) > 1:
        where = f" in {_every(row, 'every one of')} comparisons"
    elif row["cell"]:
        where = f" ({row['cell']})"
    return f"The claim needs a value {row['region']}{where}"


def _every(row: Row, word: str) -> str:
    """All comparisons, counted."""
    count = len(row["cells"])
    return "both" if count == 2 else f"{word} {count}"


def _missing(row: Row) -> str:
    if row["effect"] is None:
        return "no value came out to compare with that"
    return (
        f"{row['cell']} came out at {number(row['effect'])}{_unit(row)} from a single seed, and "
        "one seed cannot tell luck from effect"
    )


def _came_out(row: Row, where: str = "") -> str:
    effect, low, high = _numbers(row)
    if row["evidence"] == "printed":
        return f"{where}we worked out {effect}{_unit(row)} from what is printed"
    shown = f"{where}we found {effect}{_unit(row)}"
    spread = f"with a 95 % interval from {low} to {high}" if low else "the same for every seed"
    return f"{shown}, {spread}"


def _lies(row: Row) -> str:
    if row["verdict"] == "holds":
        return "inside what was claimed" if _is_exact(row) else "wholly inside what was claimed"
    if row["verdict"] == "fails":
        return "outside what was claimed" if _is_exact(row) else "wholly outside what was claimed"
    return f"partly inside what was claimed and partly outside, so it stays open; {_needed(row)}"


def _several(row: Row) -> str:
    count, which = len(row["cells"]), row["cell"]
    held = sum(cell["verdict"] == "holds" for cell in row["cells"])
    if row["verdict"] == "holds":
        closest = _came_out(row, f"in {_deciding(row)} ({which}) ")
        return f"{_every(row, 'all')} came out so: {closest}, {_lies(row)}"
    if row["verdict"] == "fails":
        furthest = _came_out(row, f"in one ({which}) ")
        return f"{furthest}, {_lies(row)}, which is enough to refute it; {_others(count, held)}"
    deciding = _came_out(row, f"in one ({which}) ")
    own = next(cell["verdict"] for cell in row["cells"] if cell["label"] == which)
    if own == "fails":
        lies = (
            "by itself wholly outside what was claimed; but one of so many may do so by chance, so "
            f"it stays open; {_needed(row)}"
        )
    else:
        lies = _lies(row)
    return f"{held or 'none'} of them came out so, and {deciding}, {lies}"


def _deciding(row: Row) -> str:
    """Which of several that hold is told: the nearest its border, in half-widths if it has any."""
    if row["evidence"] == "printed":
        return "the one nearest the border"
    return "one" if _is_exact(row) else "the least certain one"


def _others(count: int, held: int) -> str:
    if count == 2:
        return "the other came out inside" if held else "the other did not come out inside either"
    return f"of the {count}, {held or 'none'} came out inside"


def _needed(row: Row) -> str:
    needed = row["seeds_to_decide"]
    if needed is None:
        return "not even 10,000 seeds would decide"
    return f"about {needed:,} seeds instead of {row['seeds']} would decide"


def _unit(row: Row) -> str:
    return f" {row['unit']}" if row["unit"] else ""


def _is_exact(row: Row) -> bool:
    return not _numbers(row)[1]


def _numbers(row: Row) -> tuple[str, str, str]:
    """Effect and ends of the interval; no ends where there is no interval.

    Rounded as everywhere, but never onto or over a boundary of what was claimed.
    """
    values = [row[key] for key in ("effect", "low", "high")]
    effect, _, ends = with_interval(*values).partition(" [")
    texts = [effect, *ends.rstrip("]").split(", ")] if ends else [effect]
    bounds = [row[key] for key in ("region_low", "region_high") if row[key] is not None]
    shown = [_true_to(bounds, value, text) for value, text in zip(values, texts, strict=False)]
    return (shown[0], shown[1], shown[2]) if ends else (shown[0], "", "")


def _true_to(bounds: list[float], value: float, text: str) -> str:
    """A rounded number, with more digits if rounding moved it to another side of a boundary."""
    digits = 2
    while digits < 17 and any(
        _side(float(text.replace("−", "-")), bound) != _side(value, bound) for bound in bounds
    ):
        text = number(value, digits)
        digits += 1
    return text


def _side(value: float, bound: float) -> int:
    """-1 below a boundary, 0 on it, 1 above it."""
    return (value > bound) - (value < bound)
