"""The page of all claims with their verdicts."""

from __future__ import annotations

from mtlkit.explore.ledger import claims_table
from mtlkit.report.cover import tally
from mtlkit.report.edition import Edition

_INTRODUCTION = """\
# Claims and verdicts

What the sources say, in their own words, and what came of it when we ran it again.

```{{raw}} html
{tally}
```

How to read a row: *holds* means that the 95 % interval of the effect lies wholly inside what was
claimed, *fails* that it lies wholly outside, *inconclusive* that it lies across the border. A
claim about several comparisons holds if every one of them does; it fails if one of them does, even
after allowing for their number. *Not testable here* means that too few numbers came out to judge.
Evidence is the *source's data*, a *stand-in* for it, or the *printed* text itself.
"""


def ledger_page(edition: Edition) -> str:
    """The page as MyST Markdown, with one table a lesson."""
    parts = [_INTRODUCTION.format(tally=tally(edition.rows))]
    for lesson in edition.lessons:
        mine = [row for row in edition.rows if row["lesson"] == lesson.name]
        table = claims_table(mine)._repr_html_() if mine else "<p>No claims yet.</p>"
        parts.append(
            f"## {lesson.number:02d} {lesson.title}\n\n"
            f"[To the lesson](lessons/{lesson.full_name}.ipynb)\n\n"
            f"```{{raw}} html\n{table}\n```\n"
        )
    return "\n".join(parts)
