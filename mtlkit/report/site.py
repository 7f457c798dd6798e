"""Sphinx sources -> HTML that loads nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import io
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import mtlkit
from mtlkit.errors import UsageError
from mtlkit.report.failures import ReportFailed

TITLE = "Multi-Task Learning, Explorable"

_STATIC = Path(__file__).parent / "static"

_SETTINGS: dict[str, Any] = {
    "extensions": [
        "myst_nb",
        "mtlkit.report.mathml",
        "mtlkit.report.scripts",
        "mtlkit.report.linking",
    ],
    "project": TITLE,
    "author": "",
    "version": mtlkit.__version__,
    "release": mtlkit.__version__,
    "source_suffix": {".md": "myst-nb", ".ipynb": "myst-nb"},
    "html_title": TITLE,
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {
        "use_download_button": False,
        "use_fullscreen_button": False,
        "home_page_in_toc": True,
        "show_toc_level": 2,
        "pygments_light_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
        "navigation_with_keys": False,
        "navbar_persistent": [],
        "secondary_sidebar_items": {"lessons/**": ["page-toc"], "figures/**": ["page-toc"]},
    },
    "html_copy_source": False,
    "html_show_search_summary": False,  # it would fetch the pages found, which file:// forbids
    "html_show_sourcelink": False,
    "html_use_index": False,
    "html_css_files": sorted(file.name for file in _STATIC.glob("*.css")),
    "html_math_renderer": "mathml",
    "nb_execution_mode": "off",
    "nb_mime_priority_overrides": [("html", "text/html", 1)],
    "nb_ipywidgets_js": {},
    "nb_merge_streams": True,
    "myst_enable_extensions": ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"],
    "myst_heading_anchors": 3,
    "myst_update_mathjax": False,
}


def build_site(source: Path, out: Path) -> Path:
    """Run Sphinx on a folder of sources; any warning is an error.

    Parameters
    ----------
    source
        The folder with `index.md`.
    out
        Its subfolder `html` gets the site.

    Returns
    -------
    Path
        The site's first page.

    Raises
    ------
    ReportFailed
        If Sphinx warned or failed, with what it said.
    """
    static = out / "static"
    collect_static(static)
    warnings = io.StringIO()
    html = out / "html"
    shutil.rmtree(html, ignore_errors=True)
    app = Sphinx(
        source,
        None,
        html,
        out / "doctrees",
        "html",
        confoverrides={**_SETTINGS, "html_static_path": [str(static.resolve())]},
        status=None,
        warning=warnings,
        freshenv=True,
    )
    app.build(force_all=True)
    if app.statuscode or warnings.getvalue().strip():
        raise ReportFailed(f"The report's pages have faults:\n{warnings.getvalue().strip()}")
    for sources in html.rglob("*.map"):  # a quarter of the site, of use to the theme's makers alone
        sources.unlink()
    return html / "index.html"


def collect_static(folder: Path) -> None:
    """Our style sheet and script, plotly's script, and a font for formulas, once each.

    A browser needs a font made for mathematics, and not every system has one: STIX Two Math (SIL
    Open Font License), as the package ziamath carries it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = [
        _package("plotly") / "package_data" / "plotly.min.js",
        _package("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf",
        *_STATIC.iterdir(),
    ]
    for file in files:
        shutil.copyfile(file, folder / file.name)


def _package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise UsageError(f"package = {name}: not installed; allowed is `pip install .[report]`.")
    return Path(spec.origin).parent
