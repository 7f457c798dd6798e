"""What single pictures show, read off their pixels by other means than they were drawn by."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.colors import rgb_to_hsv
from scipy import ndimage
from torch import Tensor
from torch.nn.functional import avg_pool2d

from mtlkit.data.compositions import compositions, pictures
from mtlkit.data.generated.scenes import draw_scenes


def of_word(name: str, slot: int, word: str, per_composition: int = 8) -> tuple[Tensor, list[str]]:
    """Training and test pictures of one word, and the words of the last slot."""
    split = compositions(name, seed=5, unseen=0.2)
    images, others = [], []
    for part in ("train", "test"):
        found = pictures(name, part, seed=5, unseen=0.2, per_composition=per_composition)
        rows = split.members[found.labels]
        chosen = rows[:, slot] == split.words[slot].index(word)
        images.append(found.images[chosen])
        others += [split.words[-1][number] for number in rows[chosen][:, -1].tolist()]
    return torch.cat(images), others


@pytest.mark.parametrize("direction", ["left of", "right of", "above", "below"])
def test_the_bigger_of_two_objects_stands_to_the_smaller_as_the_predicate_says(
    direction: str,
) -> None:
    images, _ = of_word("scene_triplets", 1, direction, 3)
    assert len(images) > 100
    for image in images:
        (top, left, height, width), (own_top, own_left, own_height, own_width) = (
            (rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start)
            for rows, columns in frames(image)[1]
        )
        # So much bigger that one sees which is the subject.
        assert max(height, width) >= max(own_height, own_width) + 3
        down = own_top + own_height / 2 - top - height / 2
        right = own_left + own_width / 2 - left - width / 2
        ahead, aside = {
            "left of": (right, down),
            "right of": (-right, down),
            "above": (down, right),
            "below": (-down, right),
        }[direction]
        assert ahead > 1.2 * abs(aside)


def frames(image: Tensor) -> tuple[np.ndarray, list[tuple[slice, slice]]]:
    """What stands out from the ground, in pieces, and the frames of two, the bigger one first."""
    levels = image.permute(1, 2, 0).numpy().astype(int)
    brightest, darkest = levels.max(2), levels.min(2)
    # Grounds are grey, and pale or dark all over; at the corner there is nothing else.
    is_dark = levels[0, 0].mean() < 100
    apart = (brightest > 80) if is_dark else (darkest < 180)
    pieces, _ = ndimage.label(apart | (brightest - darkest > 25), np.ones((3, 3)))
    found = [box for box in ndimage.find_objects(pieces) if box is not None]
    found.sort(key=lambda box: -max(one.stop - one.start for one in box))
    return pieces, found[:2]


def cut_out(image: Tensor) -> list[np.ndarray]:
    """The coloured part of both things in a picture, scaled to one size, the bigger one first."""
    coloured = (image.amax(0).int() - image.amin(0).int() > 40).double().numpy()
    cut = [coloured[box] for box in frames(image)[1]]
    return [ndimage.zoom(one, [12 / side for side in one.shape], order=1) for one in cut]


def test_the_bigger_thing_is_the_subject_and_the_smaller_one_the_object() -> None:
    """Shapes are told by the outlines that scenes of lessons 07 and 08 have under their names."""
    known = draw_scenes(3, "outlines", 1500)
    sizes = known.objects[:, :, 2]
    outlines: dict[tuple[int, int], list[np.ndarray]] = {}
    for row in (sizes[:, 0] > sizes[:, 1]).nonzero().flatten().tolist():
        for place, cut in enumerate(cut_out(known.images[row])):
            outlines.setdefault((place, int(known.objects[row, place, 0])), []).append(cut)
    means = np.array([[np.mean(outlines[place, k], 0) for k in range(6)] for place in range(2)])
    split = compositions("scene_triplets", seed=5, unseen=0.2)
    found = pictures("scene_triplets", "train", seed=5, unseen=0.2, per_composition=3)
    truth = split.members[found.labels][:, [0, 2]].numpy()
    guess = [
        [
            np.square(means[place] - cut).sum((1, 2)).argmin()
            for place, cut in enumerate(cut_out(image))
        ]
        for image in found.images
    ]
    assert ((np.array(guess) == truth).mean(0) > 0.9).all()


@pytest.mark.parametrize(
    ("word", "low", "high"), [("red", -20, 20), ("green", 100, 150), ("blue", 205, 250)]
)
def test_a_colour_word_is_the_colour_of_the_shape(word: str, low: float, high: float) -> None:
    images, _ = of_word("textured_shapes", 0, word)
    for image in images:
        assert ((hue_of(image) - low) % 360) < high - low


@pytest.mark.parametrize("word", ["striped", "dotted", "outlined", "blurred", "shadowed"])
def test_other_shapes_have_none_of_the_named_colours(word: str) -> None:
    images, _ = of_word("textured_shapes", 0, word)
    hues = torch.tensor([hue_of(image) for image in images])
    for low, high in ((-20, 20), (100, 150), (205, 250)):
        assert not ((hues - low) % 360 < high - low).any()
    assert len(hues.div(60).long().unique()) >= 3  # and not always the same one


def hue_of(image: Tensor) -> float:
    """The hue of the most saturated pixel, in degrees."""
    hsv = rgb_to_hsv(image.permute(1, 2, 0).numpy() / 255).reshape(-1, 3)
    return float(hsv[hsv[:, 1].argmax(), 0] * 360)


def coloured(image: Tensor) -> np.ndarray:
    values = image.permute(1, 2, 0).numpy() / 255
    return np.asarray(rgb_to_hsv(values)[:, :, 1] > 0.45)


def test_shapes_have_their_holes_and_their_corners() -> None:
    holes, fill = {}, {}
    for shape in ("circle", "ellipse", "ring", "crescent", "square", "triangle", "cross", "star"):
        split = compositions("textured_shapes", seed=5, unseen=0.2)
        found = pictures("textured_shapes", "train", seed=5, unseen=0.2, per_composition=20)
        rows = split.members[found.labels]
        plain = (rows[:, 0] < 3) & (rows[:, 1] == split.words[1].index(shape))
        masks = [coloured(image) for image in found.images[plain]]
        holes[shape] = np.mean([(ndimage.binary_fill_holes(one) & ~one).sum() > 3 for one in masks])
        hulls = [np.ptp(one.nonzero()[0]) + 1 for one in masks]
        wides = [np.ptp(one.nonzero()[1]) + 1 for one in masks]
        fill[shape] = np.mean(
            [one.sum() / (h * w) for one, h, w in zip(masks, hulls, wides, strict=True)]
        )
    assert holes.pop("ring") == 1
    assert max(holes.values()) == 0
    assert fill["circle"] == pytest.approx(np.pi / 4, abs=0.06)
    assert fill["star"] < fill["triangle"] < fill["circle"]
    assert fill["crescent"] < fill["circle"]


def test_no_transform_makes_one_digit_the_picture_of_another() -> None:
    """A digit under a transform is nearest to digits of its class under the same transform."""
    split = compositions("digit_transforms", seed=0, unseen=0.1)
    train = pictures("digit_transforms", "train", seed=0, unseen=0.1, per_composition=100)
    test = pictures("digit_transforms", "test", seed=0, unseen=0.1, per_composition=20)
    # Of two pixels by two the mean, in which speckles count less.
    x, t = (avg_pool2d(one.images.float(), 2).flatten(1) for one in (train, test))
    for transform in range(len(split.words[0])):
        own, other = (split.members[one.labels][:, 0] == transform for one in (train, test))
        nearest = torch.cdist(t[other], x[own]).argmin(1)
        guess = split.members[train.labels[own]][nearest, 1]
        truth = split.members[test.labels[other]][:, 1]
        known = torch.isin(truth, split.members[train.labels[own]][:, 1])
        assert (guess == truth)[known].float().mean() > 0.9, split.words[0][transform]
