"""Both collections as they are: pictures, captions, classes."""

from __future__ import annotations

from mtlkit.data import labelled_captions
from mtlkit.data.generated.scenes import CLASSINGS
from mtlkit.explore.panels import GridImage, ImageGrid
from mtlkit.lessons.retrieval_task_weights.config import COLLECTIONS

_EACH = 4
_CLASSES = {"scene_sentences": "shape_colour", "scene_tags": "shape_size"}


def class_names(collection: str) -> list[str]:
    """The classes of a generated collection, in words."""
    first, second = CLASSINGS[_CLASSES[collection]]
    return [f"{two} {one}" for one in first for two in second]


def collections(seed: int = 0) -> ImageGrid:
    """The first test pictures of both generated collections, with caption and class."""
    images = []
    for name in COLLECTIONS["captioned_scenes"]:
        found = labelled_captions.load(name, "test", seed=seed, size=_EACH)
        names = class_names(name)
        pixels = found.images.permute(0, 2, 3, 1).numpy()
        for picture, caption, place in zip(pixels, found.captions, found.labels, strict=True):
            images.append(GridImage(picture, f"“{caption}”; class: {names[place]}"))
    said = "; ".join(image.caption for image in images)
    return ImageGrid(
        name="collections",
        title="Two collections of generated scenes: sentences, and tags",
        alt=f"{len(images)} generated scenes of one coloured shape, {_EACH} with a sentence, "
        f"{_EACH} with tags: {said}.",
        caption=f"Generated scenes, 32 by 32 pixels. The first {_EACH} stand in for IAPR TC-12: a "
        "sentence each, 36 classes by shape and colour. The others stand in for MIRFlickr-25K: "
        "tags, some misspelt and some that have nothing to do with the picture, 12 classes by "
        "shape and size. A caption may leave out what makes the class.",
        command="mtlkit figures retrieval_task_weights --out figures",
        images=images,
    )
