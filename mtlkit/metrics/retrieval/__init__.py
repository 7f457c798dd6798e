"""How well queries of one modality find what belongs to them among items of the other.

Scores are dot products (of normalised embeddings: cosines). Equal scores count against the model,
so that one which maps everything to a single point never looks good, and so does a score that is
not a number. All is exact, and queries and items are scored in blocks.
"""

from mtlkit.metrics.retrieval.precision import average_precisions, mean_average_precision
from mtlkit.metrics.retrieval.ranks import best_ranks, mean_rank, median_rank, recall_at

__all__ = [
    "average_precisions",
    "best_ranks",
    "mean_average_precision",
    "mean_rank",
    "median_rank",
    "recall_at",
]
