"""How well pictures of compositions never seen in training are recognised.

Closed world: the candidates are the unseen compositions; open world: all of them; generalised: a
calibration bias trades pictures of seen compositions for those of unseen ones. A candidate whose
score equals the label's goes before it, and so does one if either score is not a number: a model
that gives all compositions one score never looks good.
"""

from mtlkit.metrics.zero_shot.curve import Curve
from mtlkit.metrics.zero_shot.sweep import generalised, thresholds
from mtlkit.metrics.zero_shot.top_k import accuracy_by_composition, top_k_hits

__all__ = ["Curve", "accuracy_by_composition", "generalised", "thresholds", "top_k_hits"]
