"""A Sphinx extension: formulas as MathML, which browsers draw without any script."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

_converter = LatexToMathML(fancy_error=False, annotation=True)


def mathml(latex: str, *, block: bool) -> str:
    """A formula as a `<math>` element that carries its LaTeX along.

    Raises
    ------
    ValueError
        If it has a command that cannot be converted: better no report than a wrong formula.
    """
    # Numbers are the page's, which puts one beside each formula that has a label.
    text = re.sub(r"\{(align|equation|gather)\}", r"{\1*}", latex.strip())
    try:
        return _converter.convert_with_local_state(text, displaystyle=block)
    except LatexError as error:
        raise ValueError(f"cannot convert {latex.strip()!r}: {error}") from None


def _inline(self: Any, node: nodes.math) -> None:
    self.body.append(_convert(node, block=False))
    raise nodes.SkipNode


def _block(self: Any, node: nodes.math_block) -> None:
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    anchor = f' id="{node["ids"][0]}"' if node["ids"] else ""
    self.body.append(
        f'<div class="math" tabindex="0"{anchor}>{_convert(node, block=True)}{number}</div>'
    )
    raise nodes.SkipNode


def _convert(node: nodes.Element, *, block: bool) -> str:
    try:
        return mathml(node.astext(), block=block)
    except ValueError as error:
        logger.warning("%s", error, location=node)
        return ""


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer under the name `mathml`."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
