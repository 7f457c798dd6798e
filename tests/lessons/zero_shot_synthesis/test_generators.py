"""The generators against their formulas in torch's own modules, and what each does not look at."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from mtlkit.core.streams import stream
from mtlkit.lessons.zero_shot_synthesis.config import CONTROL, DESIGNS
from mtlkit.lessons.zero_shot_synthesis.generators import INJECTIONS, Generator
from tests.lessons.zero_shot_synthesis.small import PlainGenerator

ALL = (*DESIGNS, CONTROL)
SHALLOW = ("ss", "ss_mtc_add", "ss_mtc_affine")
SEEDS = (4, 9)
DESCRIPTION, NOISE, WIDTH, HIDDEN, FEATURES, EXAMPLES = 6, 4, 8, 5, 7, 5


def made(design: str, seeds: tuple[int, ...] = SEEDS) -> Generator:
    return Generator(design, seeds, DESCRIPTION, NOISE, WIDTH, HIDDEN, FEATURES)


def given(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    random = stream(seed, "test")
    t = torch.randn(len(SEEDS), EXAMPLES, DESCRIPTION, generator=random, dtype=torch.float64)
    shape = (INJECTIONS, len(SEEDS), EXAMPLES, NOISE)
    return t, torch.randn(shape, generator=random, dtype=torch.float64)


@pytest.mark.parametrize("design", ALL)
def test_is_its_formula(design: str) -> None:
    ours = made(design).double()
    t, n = given()
    found = ours(t, n)
    assert found.shape == (len(SEEDS), EXAMPLES, FEATURES)
    for row in range(len(SEEDS)):
        expected = PlainGenerator(ours, row)(t[row], n[:, row])
        torch.testing.assert_close(found[row], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("design", ("uds", "tds", CONTROL))
def test_what_is_injected_is_what_is_added(design: str) -> None:
    """By equation (5.1); the control's stands with the description that scaled it."""
    ours = made(design).double()
    t, n = given()
    plain = PlainGenerator(ours, 0)
    for place in range(INJECTIONS):
        noise = plain.e_n(place, n[:, 0])
        expected = noise if design == "uds" else plain.task[place](t[0]) * noise
        torch.testing.assert_close(ours.injected(t, n, place)[0], expected)
    torch.testing.assert_close(ours.injected(t, n), ours.injected(t, n, 2), rtol=0, atol=0)


@pytest.mark.parametrize("design", SHALLOW)
def test_shallow_sampling_looks_at_its_first_noise_only(design: str) -> None:
    ours = made(design).double()
    t, n = given()
    later, first = n.clone(), n.clone()
    later[1:] += 1
    first[0] += 1
    assert torch.equal(ours(t, later), ours(t, n))
    assert (ours(t, first) != ours(t, n)).all()
    with pytest.raises(ValueError, match=f"^{design} injects no noise after its first layer"):
        ours.injected(t, n)


@pytest.mark.parametrize("design", ("uds", "tds", CONTROL))
def test_deep_sampling_looks_at_every_noise(design: str) -> None:
    ours = made(design).double()
    t, n = given()
    for place in range(INJECTIONS):
        changed = n.clone()
        changed[place] += 1
        assert (ours(t, changed) != ours(t, n)).any(-1).all()


@pytest.mark.parametrize("design", ALL)
def test_where_the_description_goes_in(design: str) -> None:
    """Behind a first layer that is blind to it, SS and UDS do not see it, the others do."""
    ours = made(design).double()
    ours.first[0].weight.data.zero_()
    t, n = given()
    same = torch.equal(ours(t, n), ours(t + 1, n))
    assert same == (design in ("ss", "uds"))


@pytest.mark.parametrize("design", ALL)
def test_only_the_control_looks_at_another_example(design: str) -> None:
    ours = made(design).double()
    t, n = given()
    changed = t.clone()
    changed[:, 2] += 1
    found = (ours(t, n) != ours(changed, n)).any(-1).all(0)
    assert found.nonzero()[:, 0].tolist() == ([2, 3] if design == CONTROL else [2])


@pytest.mark.parametrize("design", ("tds", CONTROL))
def test_without_noise_only_the_first_layer_is_told_of_the_task(design: str) -> None:
    """E_n of no noise and without biases is 0, and (5.1) multiplies."""
    ours = made(design).double()
    for layer in (*ours.noise, *ours.widened):
        layer.bias.data.zero_()
    t, n = given()
    plain = made("uds").double()
    for layer in (*plain.noise, *plain.widened):
        layer.bias.data.zero_()
    torch.testing.assert_close(ours(t, 0 * n), plain(t, 0 * n))


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(ALL, 2)))
def test_layers_common_to_two_designs_start_alike(one: str, other: str) -> None:
    first, second = (dict(made(design).named_parameters()) for design in (one, other))
    both = first.keys() & second.keys()
    # The noise of SS goes into a layer of another size.
    mixed = (one in SHALLOW) != (other in SHALLOW)
    kept = [name for name in both if not (mixed and name.startswith("noise"))]
    assert {name.split(".")[0] for name in kept} >= {"first", "rest"}
    for name in kept:
        assert torch.equal(first[name], second[name]), name


def test_a_replica_starts_the_same_whoever_stands_beside_it() -> None:
    torch.manual_seed(0)
    for design in ALL:
        for two, one in zip(
            made(design).parameters(), made(design, (9,)).parameters(), strict=True
        ):
            assert torch.equal(two[1:], one)


def test_biases_are_those_that_the_source_has() -> None:
    for design in ALL:
        ours = made(design)
        without = {"task", "scale", *(("noise",) if design in SHALLOW else ())}
        for name, parameter in ours.named_parameters():
            part, _, kind = name.split(".")
            fixed = kind == "bias" and part in without
            assert parameter.requires_grad != fixed, name
            if fixed:
                assert not parameter.any()
    bound = 1 / math.sqrt(DESCRIPTION + NOISE)
    weight = made("ss", tuple(range(40))).noise[0].weight
    assert 0.95 * bound < weight.abs().max() <= bound
