"""Formulas: what can be converted is MathML; what cannot is an error and never a wrong formula."""

import pytest
from bs4 import BeautifulSoup

from mtlkit.report.mathml import mathml


@pytest.mark.parametrize(
    "latex",
    [
        r"\hat\sigma_i^2 = \exp(s_i)",
        r"\operatorname*{arg\,min}_{\mathbf{w}} \mathbb{E}\left[\lVert x \rVert_2^2\right]",
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\begin{align} a &= b \\ c &= d \end{align}",
        r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
    ],
)
@pytest.mark.parametrize("block", [False, True])
def test_a_formula_is_mathml_and_carries_its_latex(latex: str, block: bool) -> None:
    found = BeautifulSoup(mathml(latex, block=block), "html.parser").math
    assert (found.get("display") == "block") == block
    assert found.annotation.text.split()[0][:4] == latex.split()[0][:4]


def test_numbers_of_an_environment_are_left_to_the_page() -> None:
    assert "(1)" not in mathml(r"\begin{align} a &= b \end{align}", block=True)


@pytest.mark.parametrize("latex", [r"\nosuchcommand x", r"\frac{1}{2", r"a & b"])
def test_what_cannot_be_converted_is_an_error(latex: str) -> None:
    with pytest.raises(ValueError, match="cannot convert"):
        mathml(latex, block=True)
