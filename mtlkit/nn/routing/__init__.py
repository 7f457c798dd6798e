"""Routing: a bank of units in each layer, and a route from tasks to units.

Hard sharing, separate networks, groups, cross-stitch networks, mixtures of experts and gates are
one picture. Where every unit reads the stream of its own column, `Columns` with routes between
layers is it (hard sharing, groups, cross-stitch). Where a task's examples are read by the experts
that the task chooses, a bank of experts, gates and `mixture` are it.
"""

from mtlkit.nn.routing.columns import Columns
from mtlkit.nn.routing.dispatch import Execution, choose_execution, mixture
from mtlkit.nn.routing.experts import ConvExperts, Experts, LinearExperts
from mtlkit.nn.routing.gates import BernoulliGates, CategoricalGates, Gates, NoisyTopK
from mtlkit.nn.routing.routes import FixedRoute, LearnedRoute, towards_own
from mtlkit.nn.routing.score_function import BASELINES, baseline, score_function
from mtlkit.nn.routing.selection import SELECTIONS, Selected, select

__all__ = [
    "BASELINES",
    "SELECTIONS",
    "BernoulliGates",
    "CategoricalGates",
    "Columns",
    "ConvExperts",
    "Execution",
    "Experts",
    "FixedRoute",
    "Gates",
    "LearnedRoute",
    "LinearExperts",
    "NoisyTopK",
    "Selected",
    "baseline",
    "choose_execution",
    "mixture",
    "score_function",
    "select",
    "towards_own",
]
