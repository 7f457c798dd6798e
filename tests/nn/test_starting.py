"""Modules drawn from a stream against those that torch draws itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from scipy.stats import ks_2samp
from torch import nn

from mtlkit.nn.encoders import image_encoder, text_encoder
from mtlkit.nn.starting import draw_parameters

MAKERS: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(30, 20),
    "cnn": lambda: image_encoder("cnn", 16),
    "bag": lambda: text_encoder("bag", 30, 9),
    "gru": lambda: text_encoder("gru", 30, 9),
    "transformer": lambda: text_encoder("transformer", 30, 40),
}


def drawn(name: str, seed: int) -> dict[str, torch.Tensor]:
    module = MAKERS[name]()
    draw_parameters(module, torch.Generator().manual_seed(seed))
    return dict(module.named_parameters())


@pytest.mark.parametrize("name", MAKERS)
def test_parameters_are_distributed_as_torch_draws_them(name: str) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = dict(MAKERS[name]().named_parameters())
    ours = drawn(name, 0)
    assert ours.keys() == theirs.keys()
    for key, values in theirs.items():
        if values.std() == 0:  # a constant: normalisations, biases of attention
            assert torch.equal(ours[key], values), key
            continue
        mine, own = (one.detach().flatten()[:5000] for one in (ours[key], values))
        found = ks_2samp(mine, own, method="asymp")
        assert found.pvalue > 1e-4, key
        padding = (values == 0).all(-1)
        assert torch.equal((ours[key] == 0).all(-1), padding), key


@pytest.mark.parametrize("name", MAKERS)
def test_a_seed_starts_alike_whatever_was_drawn_before(name: str) -> None:
    torch.manual_seed(1)
    first = drawn(name, 3)
    torch.rand(17)
    state = torch.random.get_rng_state()
    module = MAKERS[name]()
    torch.random.set_rng_state(state)
    draw_parameters(module, torch.Generator().manual_seed(3))
    assert torch.equal(torch.random.get_rng_state(), state)
    other = drawn(name, 4)
    for key, value in module.named_parameters():
        assert torch.equal(first[key], value), key
        if value.std() > 0:
            assert not torch.equal(other[key], value), key


def test_layers_that_torch_copies_start_apart() -> None:
    """A transformer of torch's own starts with equal layers."""
    encoder = text_encoder("transformer", 30, 9)
    draw_parameters(encoder, torch.Generator().manual_seed(0))
    first, second = encoder.layers.layers
    assert not torch.equal(first.linear1.weight, second.linear1.weight)


def test_what_is_not_known_is_told() -> None:
    with pytest.raises(ValueError, match="Bilinear has parameters whose start is not known"):
        draw_parameters(nn.Bilinear(2, 2, 2), torch.Generator())
