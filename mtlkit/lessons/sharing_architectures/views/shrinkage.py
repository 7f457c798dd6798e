"""The survey's derivation as pictures: why an l1 penalty gives zeros and an l2 penalty does not."""

from __future__ import annotations

import torch
from jaxtyping import Float64
from torch import Tensor

from mtlkit.explore.panels import CurveFacet, Curves, Line, Points
from mtlkit.lessons.sharing_architectures.proximal import (
    Norm,
    one_dimensional_loss,
    one_dimensional_minimiser,
)
from mtlkit.lessons.sharing_architectures.views.common import L1, L2

XX = 1.0
"""x'x in every picture."""

_REACH = 2.5
"""Of both pictures' x axes, to either side."""

_PLACES = 41

_TOP = 6.0
"""Where the loss is cut off, so that its valley can be seen."""

_NORMS: dict[Norm, tuple[str, str, str]] = {
    "l1": ("lasso", L1, f"{L1}: λ|β|"),
    "l2": ("ridge", L2, f"{L2}: λβ²/2"),
}
"""By penalty: whose look it has, its name, and its formula."""

PENALTIES = ("both", *_NORMS)
"""Which penalties a picture can show."""

_COMMAND = "mtlkit frames sharing_architectures shrinkage"


def _shown(penalty: str) -> list[Norm]:
    return [norm for norm in _NORMS if penalty in ("both", norm)]


def _minimum(strength: float, yx: float, norm: Norm) -> tuple[float, float]:
    """Where the loss is least, and how low it is."""
    weight = torch.tensor([strength], dtype=torch.float64)
    at = one_dimensional_minimiser(XX, yx, weight, norm)
    return at.item(), one_dimensional_loss(at, XX, yx, weight, norm).item()


def _verdict(strength: float, yx: float) -> str:
    """What the derivation says of these numbers."""
    half = strength / 2
    l1, l2 = (_minimum(strength, yx, norm)[0] for norm in ("l1", "l2"))
    if yx == 0:
        return "With y'x = 0 least squares is 0 already, and so are both."
    if strength == 0:
        return f"Without a penalty (λ = 0) all three are y'x / x'x = {yx / XX:g}."
    if abs(yx) <= half:
        told = (
            f"|y'x| = {abs(yx):g} is at most λ/2 = {half:g}: at 0 the slope of {L1} outweighs "
            f"the pull of the data from either side, so its minimum is exactly 0"
        )
    else:
        told = (
            f"|y'x| = {abs(yx):g} is above λ/2 = {half:g}: {L1} moves the minimum by λ/2 over "
            f"x'x, to {l1:.3g}"
        )
    return f"{told}. {L2} divides by x'x + λ/2: {l2:.3g}, never 0."


def _curve(key: str, weight: Float64[Tensor, 1], yx: float, norm: Norm, label: str) -> Line:
    """The loss as far as it is not above `_TOP`: convex, so that this is one piece."""
    b = torch.linspace(-_REACH, _REACH, _PLACES, dtype=torch.float64)
    loss = one_dimensional_loss(b, XX, yx, weight, norm)
    return Line(key, b[loss <= _TOP], loss[loss <= _TOP], label=label)


def one_dimensional(strength: float, yx: float, penalty: str = "both") -> Curves:
    """The loss of y = βx with a penalty against β, with its minimum and that of least squares.

    Parameters
    ----------
    strength
        λ, from 0.
    yx
        y'x; x'x is 1.
    penalty
        One of `PENALTIES`.
    """
    weight = torch.tensor([strength], dtype=torch.float64)
    least_squares = yx / XX
    facets, found = [], []
    for norm in _shown(penalty):
        key, name, formula = _NORMS[norm]
        at, low = _minimum(strength, yx, norm)
        facets.append(
            CurveFacet(
                title=formula,
                lines=[
                    _curve("data", 0 * weight, yx, norm, "without a penalty"),
                    _curve(key, weight, yx, norm, f"with {name}"),
                ],
                points=[
                    Points("data", [least_squares], [-yx * yx / XX], "least squares"),
                    Points(key, [at], [low], f"minimum with {name}"),
                ],
            )
        )
        found.append(f"{name} {at:.3g}")
    return Curves(
        name="one_dimensional",
        title="One coefficient: the loss, and where it is least",
        alt=f"The loss against β for λ = {strength:g}, y'x = {yx:g}, x'x = {XX:g}. Least squares: "
        f"{least_squares:.3g}. With a penalty the minimum lies at: {', '.join(found)}.",
        caption=_verdict(strength, yx),
        command=_COMMAND,
        x_label="coefficient β",
        y_label="loss",
        facets=facets,
    )


def shrinkage(strength: float, yx: float, penalty: str = "both") -> Curves:
    """The minimum as a function of y'x: a soft threshold for l1, a flatter line for l2."""
    half = strength / 2
    weight = torch.tensor([strength], dtype=torch.float64)
    even = torch.linspace(-_REACH, _REACH, _PLACES // 2 + 1).tolist()
    # The corners are among the places, so that they are not cut off.
    places = sorted({*even, *(end for end in (-half, half) if abs(end) < _REACH)})
    lines = [Line("data", places, [each / XX for each in places], label="least squares")]
    points = [Points("data", [yx], [yx / XX], "at this y'x")]
    for norm in _shown(penalty):
        key, name, _ = _NORMS[norm]
        ends = [one_dimensional_minimiser(XX, each, weight, norm).item() for each in places]
        lines.append(Line(key, places, ends, label=f"minimum with {name}"))
        points.append(Points(key, [yx], [_minimum(strength, yx, norm)[0]], f"at this y'x, {name}"))
    names = ("least squares", *(_NORMS[norm][1] for norm in _shown(penalty)))
    words = ", ".join(f"{name} {each.y[0]:.3g}" for name, each in zip(names, points, strict=True))
    return Curves(
        name="shrinkage",
        title="Where the minimum lies for every y'x",
        alt=f"The minimum against y'x for λ = {strength:g}. At y'x = {yx:g}: {words}.",
        caption=f"{L1} is the soft threshold: flat at 0 from y'x = {-half:g} to {half:g}, and "
        f"parallel to least squares beyond. {L2} is a straight line through 0, flatter the "
        "larger λ is."
        if strength
        else "Without a penalty (λ = 0) the three lines are one.",
        command=_COMMAND,
        x_label="y'x",
        y_label="β where the loss is least",
        facets=[CurveFacet(lines=lines, points=points)],
    )
