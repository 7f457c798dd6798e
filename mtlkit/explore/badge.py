"""The four verdicts and their signs."""

from __future__ import annotations

from html import escape

OUTCOMES = {
    "holds": '<path d="M2 8.5l4 4L14 3.5"/>',
    "fails": '<path d="M3 3l10 10M13 3L3 13"/>',
    "inconclusive": '<path d="M1.5 9.5c2-4 4.5-4 6.5-1.5s4.5 2.5 6.5-1.5"/>',
    "not testable here": '<circle cx="8" cy="8" r="5.5" stroke-dasharray="2.2 2.2"/>',
}
"""The four verdicts, each with the drawing of its sign (a 16 x 16 SVG): tick, cross, wave, ring."""


def badge(verdict: str) -> str:
    """A verdict as a word with a sign, so that it does not hang on colour."""
    kind = verdict.split()[0]
    return (
        f'<span class="mtl-verdict mtl-{escape(kind)}"><svg viewBox="0 0 16 16" width="16" '
        'height="16" fill="none" stroke="currentColor" stroke-width="2.5" aria-hidden="true">'
        f"{OUTCOMES[verdict]}</svg>{escape(verdict)}</span>"
    )
