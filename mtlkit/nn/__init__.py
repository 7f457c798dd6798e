"""Layers that evaluate many independent copies in one product, and what keeps them apart."""

from mtlkit.nn.replicas import select_replicas
from mtlkit.nn.stacked import StackedLinear

__all__ = ["StackedLinear", "select_replicas"]
