"""The page: How this was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from mtlkit.core.freshness import is_stale
from mtlkit.core.provenance import numerics_version, versions
from mtlkit.core.publishing import PublishedStudy
from mtlkit.report.edition import Chapter, Edition
from mtlkit.report.faults import faults_section
from mtlkit.report.freshness import how_to_renew
from mtlkit.report.html_table import html_table
from mtlkit.report.recomputed import recomputed
from mtlkit.report.run_times import CellTime
from mtlkit.report.words import duration

_INTRODUCTION = """\
# How this was computed

Most numbers here come from *published studies*: many settings, several random seeds each, trained
once and kept as tables with a record of what made them. The notebooks read these tables, and train
some small networks themselves when this report is built. This page says, for each lesson, what made
its tables, what was computed a second time, and how long the notebook ran.
"""

_METHOD = r"""
## How intervals and verdicts are computed

1. Every claim is about an effect $\delta$, one number per random seed; where two methods are
   compared, both have the same seeds, and $\delta_k = a_k - b_k$ is their difference for seed $k$.
2. The 95 % interval of its mean over $n$ seeds is Student's,
   $\bar\delta \pm t_{0.975,\,n-1}\, s / \sqrt{n}$ with
   $s^2 = \frac{1}{n-1} \sum_k (\delta_k - \bar\delta)^2$; where errors are drawn on a logarithmic
   axis, it is computed for their logarithms.
3. The claim names a region $R$ for the true mean before any run: it *holds* if the whole interval
   lies in $R$, *fails* if the whole interval lies outside, and is *inconclusive* otherwise.
4. A claim about $m$ comparisons holds if each of them holds at 95 %; it fails if one of them fails
   even with its interval widened to a confidence of $1 - 0.05/m$, so that one unlucky comparison
   among many does not bring it down.
5. The number of seeds that would decide is the least $n$ for which
   $t_{0.975,\,n-1}\, s / \sqrt{n} < \lvert \bar\delta - r \rvert$, with today's mean and deviation
   and $r$ the nearest end of $R$.
"""

_STUDIES = ("Study", "Data", "Settings", "Seeds, up to", "Training time", "Made", "Code")
_LISTED = 0.1
"""Seconds; quicker cells are counted only."""


def computed_page(edition: Edition) -> str:
    """The page as MyST Markdown."""
    return "\n".join(
        [
            _INTRODUCTION,
            *(
                _lesson(chapter, edition.times.get(chapter.lesson.name, ()), edition.scale)
                for chapter in edition.chapters
            ),
            _METHOD,
            faults_section(),
            _this_build(edition),
        ]
    )


def _lesson(chapter: Chapter, times: Sequence[CellTime], scale: str) -> str:
    lesson = chapter.lesson
    return "\n".join(
        [
            f"## {lesson.number:02d} {lesson.title}\n",
            f"[To the lesson](lessons/{lesson.full_name}.ipynb)\n",
            "### The published studies\n" if chapter.studies else "No study is published yet.\n",
            _raw(_studies(chapter)) if chapter.studies else "",
            f"### A second time, and compared\n\n{_raw(recomputed(lesson))}",
            f"### The notebook, in this build\n\n{_raw(_times(times, lesson.number, scale))}"
            if times
            else "",
        ]
    )


def _raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```\n"


def _studies(chapter: Chapter) -> str:
    lesson, studies = chapter.lesson, chapter.studies
    today = numerics_version(lesson.numerics_files)
    rows = [_study(study, is_stale(lesson, study)) for study in studies]
    return (
        html_table(f"Studies of lesson {lesson.number:02d}", _STUDIES, rows)
        + f'<p class="mtl-note">Version of the lesson’s code today: <code>{today}</code>. '
        + "Settings are combinations such as a degree and a number of tasks; a run that two "
        + f"studies share is counted in both. {_software(studies)} {_tolerances(studies)}</p>"
    )


def _study(study: PublishedStudy, stale: bool) -> list[str]:
    told = study.provenance
    checksum = told["data"]["checksum"][:12]
    version = escape(str(told.get("numerics", "unknown")))
    return [
        f"<code>{escape(study.study)}</code>",
        f'{escape(study.data)} <span class="mtl-note">scale {escape(study.scale)}</span>'
        + (f'<span class="mtl-note">checksum {escape(checksum)}</span>' if checksum else ""),
        str(told["settings"]),
        str(told["seeds"]),
        duration(told["training_seconds"]),
        told["created"].partition("T")[0],
        f'<span class="mtl-old">{version}: {how_to_renew(study)}</span>' if stale else "today’s",
    ]


def _software(studies: Sequence[PublishedStudy]) -> str:
    """Device and versions that made the studies; each set once, with whose it is if not all's."""
    sets: dict[str, list[str]] = {}
    for study in studies:
        told = study.provenance
        used = f"on {escape(told['device'])} with {_versions(told['versions'])}"
        sets.setdefault(used, []).append(study.study)
    if len(sets) == 1:
        return f"Made {next(iter(sets))}."
    return " ".join(f"{escape(', '.join(names))}: made {used}." for used, names in sets.items())


def _versions(found: Mapping[str, str]) -> str:
    return escape(", ".join(f"{name} {version}" for name, version in found.items()))


def _tolerances(studies: Sequence[PublishedStudy]) -> str:
    allowed = sorted({study.provenance["tolerance"] for study in studies})
    shares = " or ".join(f"{share:g}" for share in allowed)
    return (
        "A recomputation elsewhere, where rounding differs, agrees with a study if no mean over "
        f"seeds moves by more than {shares} times the half-width of its 95 % interval (geometric "
        f"means of positive numbers){_exceptions(studies)}. This finds a wrong formula or wrong "
        "data, not seeds that were swapped for others."
    )


def _exceptions(studies: Sequence[PublishedStudy]) -> str:
    """The columns that may move further, told by how far."""
    columns: dict[float, set[str]] = {}
    for study in studies:
        for name, share in study.provenance.get("loose", {}).items():
            columns.setdefault(share, set()).add(name)
    told = ""
    for share, names in sorted(columns.items()):
        listed = ", ".join(f"<code>{escape(name)}</code>" for name in sorted(names))
        told += f", or {share:g} for {listed}"
    return told


def _times(times: Sequence[CellTime], lesson: int, scale: str) -> str:
    total = duration(sum(cell.seconds for cell in times))
    shown = [cell for cell in times if cell.seconds >= _LISTED]
    rows = [
        [
            f"cell {cell.number}",
            f"<code>{escape(cell.first_line)}</code>",
            duration(cell.seconds),
        ]
        for cell in shown
    ]
    quick = len(times) - len(shown)
    caption = f"Time by cell of lesson {lesson:02d}"
    return (
        f"<p>Its {len(times)} cells of code took {total} at scale <code>{escape(scale)}</code>, "
        f"{quick} of them less than a tenth of a second each.</p>"
        + (
            f"<details><summary>Time of each slower cell</summary>"
            f"{html_table(caption, ('Cell', 'Begins', 'Time'), rows)}</details>"
            if rows
            else ""
        )
    )


def _this_build(edition: Edition) -> str:
    return (
        "## This build\n\n"
        f"The notebooks ran at scale `{edition.scale}` with {_versions(versions())}.\n"
    )
