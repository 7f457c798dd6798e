"""The real data sets of the course by name: those that come with a library, and official ones.

To add one: describe it as a `Official` in a module of `official/` and name it here. All of
`mtlkit data` then knows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from mtlkit.data.official.cifar100 import CIFAR100
from mtlkit.data.official.coco import COCO
from mtlkit.data.official.entry import Embedded, Official
from mtlkit.data.official.flickr8k import FLICKR8K
from mtlkit.data.official.glove import GLOVE
from mtlkit.data.official.iapr_tc12 import IAPR_TC12
from mtlkit.data.official.mirflickr25k import MIRFLICKR25K
from mtlkit.data.official.mit_states import MIT_STATES
from mtlkit.data.official.mnist import FASHION_MNIST, MNIST
from mtlkit.data.official.stanford_vrd import STANFORD_VRD
from mtlkit.data.official.tiny_imagenet import TINY_IMAGENET
from mtlkit.data.official.ut_zap50k import UT_ZAP50K
from mtlkit.errors import UsageError

EMBEDDED: Mapping[str, Embedded] = {
    "digits": Embedded(
        name="digits",
        what="1,797 handwritten digits, 8 x 8 grey pixels",
        licence="CC BY 4.0",
        library="scikit-learn",
    )
}
OFFICIAL: Mapping[str, Official] = {
    entry.name: entry
    for entry in (
        MNIST,
        FASHION_MNIST,
        CIFAR100,
        TINY_IMAGENET,
        COCO,
        FLICKR8K,
        IAPR_TC12,
        MIRFLICKR25K,
        MIT_STATES,
        UT_ZAP50K,
        STANFORD_VRD,
        GLOVE,
    )
}


def find(name: str) -> Official | Embedded:
    """The data set of that name.

    Raises
    ------
    UsageError
        If there is none.
    """
    everything: dict[str, Official | Embedded] = {**EMBEDDED, **OFFICIAL}
    if name not in everything:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(everything)}.")
    return everything[name]
