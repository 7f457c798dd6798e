"""The page of all claims with their verdicts."""

from __future__ import annotations

from mtlkit.explore.ledger import claims_table
from mtlkit.report.cover import tally
from mtlkit.report.edition import Edition
from mtlkit.report.ledger_files import downloads
from mtlkit.report.ledger_filter import filter_form

_INTRODUCTION = """\
# Claims and verdicts

What the sources say, in their own words, and what came of it when we ran it again. The same in
plain words: [](held.md).

```{{raw}} html
{tally}
```

How to read a verdict: *holds* means that the 95 % interval of the effect lies wholly inside what
was claimed, *fails* that it lies wholly outside, *inconclusive* that it lies across the border. A
claim about several comparisons holds if every one of them does; it fails if one of them does, even
after allowing for their number. *Not testable here* means that too few numbers came out to judge.
Evidence is the *source's data*, a *stand-in* for it, or what is *printed*: the numbers of a table
or a formula, from which the effect is worked out.

How to read a picture: the shaded part is what was claimed, with a line where it ends. The dot is
what was found, the bar with its two caps the 95 % interval. A number that is exact has no bar.

```{{raw}} html
{tools}
```
"""


def ledger_page(edition: Edition) -> str:
    """The page as MyST Markdown: one section a lesson, a filter above them, files to keep."""
    tools = filter_form(edition.lessons, edition.rows) + downloads(edition.rows)
    parts = [_INTRODUCTION.format(tally=tally(edition.rows), tools=tools)]
    for lesson in edition.lessons:
        mine = [row for row in edition.rows if row["lesson"] == lesson.name]
        cards = claims_table(mine).html(root="") if mine else "<p>No claims yet.</p>"
        parts.append(
            f"## {lesson.number:02d} {lesson.title}\n\n"
            f"[To the lesson](lessons/{lesson.full_name}.ipynb)\n\n"
            f"```{{raw}} html\n{cards}\n```\n"
        )
    return "\n".join(parts)
