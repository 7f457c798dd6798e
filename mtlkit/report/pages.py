"""The report's pages beside the lessons: a name each, and what writes its MyST Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlkit.report.bibliography import bibliography_page
from mtlkit.report.computed import computed_page
from mtlkit.report.cover import cover
from mtlkit.report.edition import Edition
from mtlkit.report.glossary import glossary_page
from mtlkit.report.held import held_page
from mtlkit.report.ledger import ledger_page
from mtlkit.report.measured import measured_page

PAGES: Mapping[str, Callable[[Edition], str]] = {
    "index": cover,
    "held": held_page,
    "claims": ledger_page,
    "computed": computed_page,
    "measured": measured_page,
    "glossary": glossary_page,
    "bibliography": bibliography_page,
}
