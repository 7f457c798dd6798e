"""Official pictures of compositions of words, as features of a pretrained network.

MIT-States and UT-Zap50K have two published splits, `natural` and `compositional`; see
`mtlkit.data.official.pair_splits`. StanfordVRD has one, of which `compositional` is the unseen
triplets only; see `mtlkit.data.official.stanford_vrd`. A split is the same for every seed. Features
are computed once for all splits, by `data_scripts/frozen_features.py` or when they are first asked
for, from weights in `MTLKIT_DATA/weights`.
"""

from __future__ import annotations

import attrs
import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.core.paths import data_root
from mtlkit.data.composed import Compositions, checked_part
from mtlkit.data.features import sources
from mtlkit.data.features.frozen import Report, frozen_features
from mtlkit.data.features.pretrained import resnet
from mtlkit.data.official.composed_index import ABSENT, Index
from mtlkit.errors import UsageError

NAMES = tuple(sources.COMPOSED)
"""The sets there are."""

SPLITS = ("natural", "compositional")

EXTRACTORS = ("resnet18", "resnet101")
"""The networks whose features yan2020 reports, but for two that torchvision does not have."""


@attrs.frozen(eq=False)
class OfficialPart:
    """The pictures of a part as features, the composition of each, and all compositions."""

    features: Float[Tensor, "picture feature"]
    labels: Int64[Tensor, " picture"]
    compositions: Compositions


def compositions(name: str, *, split: str = "natural") -> Compositions:
    """The compositions of a published split; no features are needed.

    Raises
    ------
    UsageError
        If there is no such set or split, or if the set is not here or not in order.
    """
    return _compositions(sources.composed(_checked(name, split))[0], split)[0]


def load(
    name: str,
    part: str,
    *,
    split: str = "natural",
    extractor: str = "resnet18",
    report: Report = lambda done, count: None,
) -> OfficialPart:
    """A part of a published split.

    Parameters
    ----------
    name
        In `NAMES`.
    part
        `"train"`, `"validation"` or `"test"`.
    split
        In `SPLITS`. The compositional ones hold nothing out to validate with (yan2020 reports the
        last epoch of those), nor does StanfordVRD's natural one: no composition is of the group
        `HELD_VALIDATION` then, and that part is refused.
    extractor
        In `EXTRACTORS`.
    report
        Is told how many features are computed, of how many, if they are not kept yet.

    Raises
    ------
    UsageError
        If there is no such set, part, split or extractor, or if the set or the weights are not here
        or not in order.
    """
    checked_part(part)
    _checked(name, split)
    if extractor not in EXTRACTORS:
        raise UsageError(f"extractor = {extractor}: allowed is one of {', '.join(EXTRACTORS)}.")
    index, source = sources.composed(name)
    found, place = _compositions(index, split)
    rows = index.splits[split].parts[part]
    if not rows:
        raise UsageError(
            f"part = {part}: the {split} split of {name} has nothing held out for it; allowed is "
            f"{', '.join(own for own, those in index.splits[split].parts.items() if those)}."
        )
    encoder = resnet(extractor, data_root() / "weights" / f"{extractor}.pth")
    features = frozen_features(source, encoder, report=report)
    return OfficialPart(
        torch.from_numpy(np.asarray(features[list(rows)])),
        place[torch.tensor([index.examples[row].composition for row in rows])],
        found,
    )


def dataset(name: str) -> Dataset:
    """The name, with the checksum of what of the set is here: pictures, words and splits.

    Raises
    ------
    UsageError
        If there is no such set, or if it is not here or not in order.
    """
    return Dataset(name, sources.composed(_checked(name, "natural"))[1].checksum)


def _compositions(index: Index, split: str) -> tuple[Compositions, Int64[Tensor, " composition"]]:
    """The compositions that a split has, and the number there of each that the set has."""
    group = torch.tensor(index.splits[split].group)
    has = group != ABSENT
    members = torch.tensor(index.compositions)[has]
    place = torch.where(has, has.cumsum(0) - 1, ABSENT)
    return Compositions(index.slots, index.words, members, group[has]), place


def _checked(name: str, split: str) -> str:
    if name not in NAMES:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(NAMES)}.")
    if split not in SPLITS:
        raise UsageError(f"split = {split}: allowed is one of {', '.join(SPLITS)}.")
    return name
