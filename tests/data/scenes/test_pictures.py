"""Pictures of scenes: what stands where, in which colours, and how often."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from torch import Tensor

from mtlkit.data.generated.scenes import (
    BACKGROUNDS,
    CLASSINGS,
    COLOURS,
    KINDS,
    RELATIONS,
    SHAPES,
    SIZES,
    Scenes,
    captions,
    class_of,
    draw_scenes,
    drawing,
)
from mtlkit.errors import UsageError

from .reading import look, seen_by_colour, truth_of

COMBINATIONS = len(SHAPES) * len(COLOURS) * len(SIZES)
PALE = torch.tensor([238, 238, 234])


@pytest.fixture(scope="module", params=[1, 2])
def drawn(request: pytest.FixtureRequest) -> Scenes:
    """Ten of every kind of first object."""
    return draw_scenes(0, "train", 10 * COMBINATIONS, objects=request.param)


def same(one: Scenes, other: Scenes) -> bool:
    return all(
        torch.equal(getattr(one, name), getattr(other, name))
        for name in ("images", "objects", "relations", "backgrounds")
    )


@settings(max_examples=25)
@given(
    st.integers(0, 1000),
    st.sampled_from(["train", "test"]),
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 2),
)
def test_a_scene_does_not_depend_on_how_many_are_drawn(
    seed: int, purpose: str, one: int, other: int, objects: int
) -> None:
    few, many = (
        draw_scenes(seed, purpose, size, objects=objects) for size in sorted((one, one + other))
    )
    size = len(few.relations)
    assert same(few, Scenes(many.images[:size], (), *(part[:size] for part in numbers(many))))
    assert few.captions == many.captions[:size]


def numbers(scenes: Scenes) -> tuple[Tensor, Tensor, Tensor]:
    return scenes.objects, scenes.relations, scenes.backgrounds


def test_seeds_and_purposes_are_streams_of_their_own() -> None:
    several = [draw_scenes(seed, name, 20) for seed in (0, 1) for name in ("train", "test")]
    for one, other in itertools.combinations(several, 2):
        assert not torch.equal(one.images, other.images)
        assert one.captions != other.captions
    before = torch.random.get_rng_state()
    assert same(several[0], draw_scenes(0, "train", 20))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("kind", KINDS)
def test_scenes_are_made_in_parts_as_at_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = [], []
    for found in (whole, parts):
        found.append(draw_scenes(0, "train", 50, kind=kind, misspelt=0.2, stray=1.0))
        for module in (drawing, captions):
            monkeypatch.setattr(module, "_AT_ONCE", 7)
    assert same(whole[0], parts[0])
    assert whole[0].captions == parts[0].captions


def test_a_second_object_leaves_the_first_what_it_was() -> None:
    one, two = (draw_scenes(0, "train", 100, objects=n) for n in (1, 2))
    assert torch.equal(one.objects, two.objects[:, :1])
    assert torch.equal(one.backgrounds, two.backgrounds)
    assert one.relations.unique().tolist() == [-1]


def test_pictures_show_what_is_said_of_them(drawn: Scenes) -> None:
    extents: dict[tuple[str, ...], set[int]] = {}
    for image, objects, relation in zip(
        drawn.images, truth_of(drawn), drawn.relations.tolist(), strict=True
    ):
        seen = seen_by_colour(image)
        assert sorted(seen) == sorted(one["colour"] for one in objects)
        for one in objects:
            extents.setdefault(tuple(one.values()), set()).add(seen[one["colour"]].extent)
        for one in objects:
            extents.setdefault(tuple(one.values()), set()).add(seen[one["colour"]].extent)
        if len(objects) == 2:
            first, second = (seen[one["colour"]] for one in objects)
            right, down = second.column - first.column, second.row - first.row
            ahead = {"left of": right, "right of": -right, "above": down, "below": -down}
            assert ahead.pop(RELATIONS[relation]) > 1.2 * max(ahead.values())
    assert len(extents) == COMBINATIONS
    for shape, colour in itertools.product(SHAPES, COLOURS):
        assert max(extents[shape, colour, "small"]) < min(extents[shape, colour, "big"])


def test_objects_are_whole_and_do_not_touch(drawn: Scenes) -> None:
    # On plain backgrounds, so objects of one kind have the very same pixels wherever they stand.
    pixels: dict[tuple[object, ...], set[bytes]] = {}
    for image, objects, ground in zip(
        drawn.images, truth_of(drawn), drawn.backgrounds.tolist(), strict=True
    ):
        if BACKGROUNDS[ground] not in ("pale", "dark"):
            continue
        seen = seen_by_colour(image)
        for one in objects:
            kind = (*one.values(), ground)
            pixels.setdefault(kind, set()).add(seen[one["colour"]].pixels)
        plain = image[:, 0, 0]
        edge = torch.cat([image[:, [0, -1]].flatten(1), image[:, :, [0, -1]].flatten(1)], 1)
        assert (edge == plain[:, None]).all()
    assert len(pixels) > 100
    assert all(len(ways) == 1 for ways in pixels.values())


def test_first_objects_are_balanced_and_all_else_is_uniform(drawn: Scenes) -> None:
    weights = torch.tensor([len(COLOURS) * len(SIZES), len(SIZES), 1])
    combination = (drawn.objects[:, 0] * weights).sum(1)
    for part in combination.split(COMBINATIONS):
        assert sorted(part.tolist()) == list(range(COMBINATIONS))
    uniform = [(drawn.backgrounds, len(BACKGROUNDS))]
    if drawn.objects.shape[1] == 2:
        one, other = drawn.objects.unbind(1)
        assert not (one[:, 1] == other[:, 1]).any()
        apart = (other[:, 1] - one[:, 1]) % len(COLOURS) - 1
        uniform += [
            (drawn.relations, len(RELATIONS)),
            (other[:, 0], len(SHAPES)),
            (apart, len(COLOURS) - 1),
            (other[:, 2], len(SIZES)),
            (drawn.relations * len(BACKGROUNDS) + drawn.backgrounds, 16),
            (one[:, 0] * len(SHAPES) + other[:, 0], 36),
        ]
    for values, many in uniform:
        assert improbability(values, many) > 1e-4


def improbability(values: Tensor, many: int) -> float:
    """The p-value of Pearson's test that each of `many` numbers is as frequent as another."""
    counts = torch.bincount(values, minlength=many).double()
    assert len(counts) == many
    expected = len(values) / many
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum().item(), many - 1))


def test_places_are_spread(drawn: Scenes) -> None:
    for position in range(drawn.objects.shape[1]):
        seen = [
            seen_by_colour(image)[objects[position]["colour"]]
            for image, objects in zip(drawn.images, truth_of(drawn), strict=True)
        ]
        for axis in ("row", "column"):
            places = np.array([getattr(one, axis) for one in seen])
            assert abs(places.mean() - 15.5) < 1
            assert places.std() > 3


def test_classes_count_the_first_objects_attributes(drawn: Scenes) -> None:
    for name, size in {"shape_colour": 36, "shape_size": 12}.items():
        classes = class_of(drawn, name)
        assert sorted(set(classes.tolist())) == list(range(size))
        first, last = CLASSINGS[name]
        names = [a + " " + b for a, b in itertools.product(first, last)]
        for number, objects in zip(classes.tolist(), truth_of(drawn), strict=True):
            attribute = name.removeprefix("shape_")
            assert names[number] == objects[0]["shape"] + " " + objects[0][attribute]
        counts = torch.bincount(classes)
        assert counts.min() == counts.max()


def silhouettes(size: str) -> dict[str, Tensor]:
    """What each shape covers on a pale background, cut out at its edges."""
    scenes = draw_scenes(0, "train", 20 * COMBINATIONS, objects=1)
    found = {}
    for image, objects, ground in zip(
        scenes.images, truth_of(scenes), scenes.backgrounds.tolist(), strict=True
    ):
        (one,) = objects
        if one["size"] == size and one["colour"] == "purple" and BACKGROUNDS[ground] == "pale":
            covered = (image - PALE[:, None, None]).abs().amax(0) > 80
            rows, columns = covered.nonzero(as_tuple=True)
            found[one["shape"]] = covered[
                rows.min() : rows.max() + 1, columns.min() : columns.max() + 1
            ]
    assert sorted(found) == sorted(SHAPES)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_shapes_look_as_they_are_called(size: str) -> None:
    found = silhouettes(size)
    for name, mask in found.items():
        assert torch.equal(mask, mask.flip(1)), name  # left is like right
        middle = mask[len(mask) // 2, mask.shape[1] // 2]
        assert bool(middle) == (name != "ring")
        if name in ("circle", "square", "cross", "ring"):
            assert torch.equal(mask, mask.T) and torch.equal(mask, mask.flip(0)), name
    side = len(found["square"])
    assert found["square"].float().mean() > 0.9
    assert abs(found["circle"].float().mean().item() - np.pi / 4) < 0.06
    assert (found["circle"] & ~found["ring"]).any() and not (~found["circle"] & found["ring"]).any()
    widths = found["triangle"].sum(1)
    assert (widths.diff() >= 0).all() and widths[0] <= side / 4 and widths[-1] >= side * 0.8
    cross, third = found["cross"], side // 4
    assert cross[side // 2].all() and not cross[:third, :third].any()
    star = found["star"]
    width = star.shape[1]
    assert star[0, width // 2] and not star[0, 0]  # one tip up
    assert star.sum(1).argmax() < len(star) / 2  # two aside, above the middle
    if size == "big":
        feet = star[-1].nonzero().flatten()
        assert not star[-1, width // 2] and feet.min() < width / 2 < feet.max()


def test_colours_differ_in_lightness_too() -> None:
    scenes = draw_scenes(0, "train", 4 * COMBINATIONS, objects=1)
    lightness = {}
    for image, objects in zip(scenes.images, truth_of(scenes), strict=True):
        (one,) = objects
        if one["shape"] == "square" and one["size"] == "big":
            (seen,) = look(image)
            lightness[one["colour"]] = cie_lightness(image[:, round(seen.row), round(seen.column)])
    values = [lightness[colour] for colour in COLOURS]
    assert min(np.diff(values)) > 9.5  # the darkest first, as said


def cie_lightness(colour: Tensor) -> float:
    """L* of CIELAB of an sRGB colour (IEC 61966-2-1; CIE 15)."""
    share = colour.double() / 255
    linear = torch.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    luminance = (linear * torch.tensor([0.2126, 0.7152, 0.0722]).double()).sum().item()
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def test_three_thousand_scenes_are_drawn_in_no_time() -> None:
    # 0.3 s without the tests' checks of every call's types, which take about 1 s.
    taken = []
    for _ in range(2):
        began = time.process_time()
        draw_scenes(0, "speed", 3000)
        taken.append(time.process_time() - began)
    assert min(taken) < 2.5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"objects": 3}, r"^objects = 3: allowed is 1 or 2\.$"),
        ({"kind": "poems"}, r"^kind = 'poems': allowed is 'sentences' or 'tags'\.$"),
        ({"size": 0}, r"^size = 0: allowed is 1 or more\.$"),
        ({"misspelt": 1.5}, r"^misspelt = 1\.5: allowed is 0 to 1\.$"),
        ({"misspelt": float("nan")}, r"^misspelt = nan: allowed is 0 to 1\.$"),
        ({"stray": -0.5}, r"^stray = -0\.5: allowed is 0 to 5\.$"),
    ],
)
def test_what_is_not_possible_is_refused(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        draw_scenes(0, "train", **{"size": 4, **arguments})


def test_an_unknown_classing_is_refused() -> None:
    said = r"^classing = 'colour': allowed are 'shape_colour', 'shape_size'\.$"
    with pytest.raises(UsageError, match=said):
        class_of(draw_scenes(0, "train", 4), "colour")
