"""Triplets of both directions: whom each picture and each caption is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.losses import class_triplet, sample_class_triplets
from mtlkit.nn.two_branch import TwoBranch


@attrs.frozen(eq=False)
class Triplets:
    """Of each item as an anchor: the places of its positives and negatives.

    `texts` are for pictures as anchors (positive, negative), `images` for captions.
    """

    texts: Int64[Tensor, "*stack 2 item"]
    images: Int64[Tensor, "*stack 2 item"]

    def of(self, rows: Int64[Tensor, "*stack anchor"]) -> Triplets:
        """Those of some anchors."""
        at = rows.unsqueeze(-2).expand(*rows.shape[:-1], 2, rows.shape[-1])
        return Triplets(self.texts.gather(-1, at), self.images.gather(-1, at))


def draw(
    labels: Int64[Tensor, "task item"], seed: int, purpose: str, tasks: Sequence[int], *keys: int
) -> Triplets:
    """Triplets of both tasks, by streams of the seed, the purpose and the task.

    Each anchor's positive is drawn among all items of its class, its negative among all others, by
    the labels given.

    Raises
    ------
    UsageError
        If all items of a task are of one class.

    Notes
    -----
    Source: nahm2020, section 6.2. It does not say whom the negative is drawn from.
    """
    found = {
        modality: [
            torch.stack(
                sample_class_triplets(
                    own, stream(seed, f"triplets/{purpose}/{modality}", task, *keys)
                )
            )
            for task, own in zip(tasks, labels, strict=True)
        ]
        for modality in ("texts", "images")
    }
    return Triplets(torch.stack(found["texts"]), torch.stack(found["images"]))


def losses(
    network: TwoBranch,
    images: Float[Tensor, "seed task item feature"],
    texts: Float[Tensor, "seed task item number"],
    place: Int64[Tensor, " replica"],
    anchors: Int64[Tensor, "replica task anchor"],
    triplets: Triplets,
    margin: float,
) -> Float[Tensor, "replica task anchor"]:
    """The triplet loss of each anchor: as a picture, and as a caption, summed.

    Parameters
    ----------
    place
        Which seed's items are a replica's.

    Notes
    -----
    Source: nahm2020, sections 3.1 and 6.2: "(anchor image, positive text, negative text) and
    (anchor text, positive image, negative image)".
    """
    own = anchors.unsqueeze(2)
    task = torch.arange(images.shape[1], device=images.device).unsqueeze(1)

    def rows(
        values: Float[Tensor, "seed task item feature"],
        drawn: Int64[Tensor, "replica task two anchor"],
    ) -> Float[Tensor, "replica task place feature"]:
        return values[place[:, None, None], task, torch.cat([own, drawn], 2).flatten(2)]

    image, near_image, far_image = network.images(rows(images, triplets.images)).chunk(3, dim=2)
    text, near_text, far_text = network.texts(rows(texts, triplets.texts)).chunk(3, dim=2)
    return class_triplet(image, near_text, far_text, margin) + class_triplet(
        text, near_image, far_image, margin
    )
