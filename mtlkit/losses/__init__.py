"""Losses of embeddings and of synthetic features.

Those of embeddings bring images and texts which belong together close to one another. A batch holds
pairs: image i and text i belong together, every other text is a negative of image i.
`cosine_scores` is the one matrix product of a batch; `sum_triplet`, `max_triplet` and `simclr` read
its scores, `barlow_twins` the embeddings. `class_triplet` reads triplets that
`sample_class_triplets` draws by class. None of them loops over pairs. `gradient_penalty` keeps a
critic of synthetic features from growing steep. Leading axes (`*stack`, such as replicas) do not
influence one another, and nothing is averaged over pairs or examples here.
"""

from mtlkit.losses.class_triplet import class_triplet, sample_class_triplets
from mtlkit.losses.correlation import barlow_twins, cross_correlation
from mtlkit.losses.gradient_penalty import gradient_penalty
from mtlkit.losses.shares import negative_shares
from mtlkit.losses.similarity import cosine_scores
from mtlkit.losses.softmax import simclr
from mtlkit.losses.triplet import max_triplet, sum_triplet

__all__ = [
    "barlow_twins",
    "class_triplet",
    "cosine_scores",
    "cross_correlation",
    "gradient_penalty",
    "max_triplet",
    "negative_shares",
    "sample_class_triplets",
    "simclr",
    "sum_triplet",
]
