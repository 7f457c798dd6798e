"""Encoders of captions against their formulas: padding and neighbours must not matter."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import Int64
from torch import Tensor, nn

from mtlkit.nn.encoders import TEXT_ENCODERS, text_encoder
from mtlkit.nn.starting import draw_parameters

WORDS, LENGTH = 12, 9
CAPTIONS = ([3, 1, 2], [5], [1, 2, 3, 4, 5, 6, 7, 8, 9], [4, 4], [])


def padded(*captions: list[int], length: int = LENGTH) -> Int64[Tensor, "caption place"]:
    return torch.tensor([[*one, *[0] * (length - len(one))] for one in captions])


def started(name: str) -> nn.Module:
    encoder = text_encoder(name, WORDS, LENGTH)
    draw_parameters(encoder, torch.Generator().manual_seed(0))
    return encoder


@pytest.mark.parametrize("name", TEXT_ENCODERS)
@pytest.mark.parametrize("training", [False, True])
def test_padding_and_neighbours_do_not_change_a_captions_features(
    name: str, training: bool
) -> None:
    encoder = started(name).train(training)
    together = encoder(padded(*CAPTIONS))
    assert together.shape == (5, encoder.features)
    assert together.isfinite().all()
    for row, caption in enumerate(CAPTIONS):
        alone = encoder(padded(caption))[0]
        torch.testing.assert_close(together[row], alone, atol=2e-6, rtol=1e-5)
        if caption:
            tight = encoder(torch.tensor([caption]))[0]
            torch.testing.assert_close(together[row], tight, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("name", TEXT_ENCODERS)
def test_no_gradient_goes_to_padding(name: str) -> None:
    encoder = started(name)
    encoder(padded(*CAPTIONS)).square().sum().backward()
    vectors = encoder.vectors.weight
    assert (vectors[0] == 0).all()
    assert (vectors.grad[0] == 0).all()
    assert (vectors.grad[1:10] != 0).any(1).all()
    assert all(one.grad.isfinite().all() for one in encoder.parameters())


@pytest.mark.parametrize("name", TEXT_ENCODERS)
def test_evaluation_without_gradients_gives_what_training_gives(name: str) -> None:
    """The transformer has another, quicker way through torch there."""
    encoder = started(name)
    slow = encoder.train()(padded(*CAPTIONS)).detach()
    with torch.no_grad():
        quick = encoder.eval()(padded(*CAPTIONS))
    torch.testing.assert_close(quick, slow, atol=2e-6, rtol=1e-5)


def test_a_bag_is_the_mean_of_its_words_in_any_order() -> None:
    encoder = started("bag")
    vectors = encoder.vectors.weight
    mean = torch.stack([vectors[[3, 1, 2]].mean(0), vectors[[4, 4, 1]].mean(0)])
    wanted = (mean @ encoder.layer.weight.T + encoder.layer.bias).clamp_min(0)
    for captions in (([3, 1, 2], [4, 4, 1]), ([2, 3, 1], [4, 1, 4])):
        torch.testing.assert_close(encoder(padded(*captions)), wanted, atol=1e-6, rtol=1e-5)


def test_a_gru_is_the_mean_of_the_states_of_both_directions() -> None:
    encoder = started("gru")
    unit, half = encoder.unit, encoder.features // 2

    def states(vectors: Tensor, suffix: str) -> list[Tensor]:
        weight, recurrent = (getattr(unit, f"weight_{w}_l0{suffix}") for w in ("ih", "hh"))
        bias, own = (getattr(unit, f"bias_{w}_l0{suffix}") for w in ("ih", "hh"))
        state, found = torch.zeros(half), []
        for vector in vectors:
            r, z, n = (weight @ vector + bias).chunk(3)
            h_r, h_z, h_n = (recurrent @ state + own).chunk(3)
            update = torch.sigmoid(z + h_z)
            candidate = torch.tanh(n + torch.sigmoid(r + h_r) * h_n)
            state = (1 - update) * candidate + update * state
            found.append(state)
        return found

    vectors = encoder.vectors.weight[[3, 1, 2]]
    forward, back = states(vectors, ""), states(vectors.flip(0), "_reverse")
    wanted = torch.cat([torch.stack(forward).mean(0), torch.stack(back).mean(0)])
    found = encoder(torch.tensor([[3, 1, 2]]))[0]
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ["gru", "transformer"])
def test_the_order_of_words_counts(name: str) -> None:
    encoder = started(name)
    one, other = encoder(padded([1, 2, 3], [3, 2, 1]))
    assert (one - other).abs().max() > 0.01


def test_a_transformer_is_attention_written_out() -> None:
    """One caption, every layer: normalised, four heads of attention, normalised, two layers."""
    encoder = started("transformer")
    words = [3, 1, 2, 7]
    x = encoder.vectors.weight[words] + encoder.places.weight[: len(words)]
    for layer in encoder.layers.layers:
        attention = layer.self_attn
        q, k, v = (
            layer.norm1(x)
            .matmul(attention.in_proj_weight.T)
            .add(attention.in_proj_bias)
            .chunk(3, 1)
        )
        heads = []
        for own in range(4):
            at = slice(own * 16, own * 16 + 16)
            heads.append(((q[:, at] @ k[:, at].T) / 4).softmax(1) @ v[:, at])
        x = x + attention.out_proj(torch.cat(heads, 1))
        x = x + layer.linear2(layer.linear1(layer.norm2(x)).relu())
    wanted = encoder.widen(x.mean(0))
    torch.testing.assert_close(encoder(padded(words))[0], wanted, atol=2e-6, rtol=1e-5)


def test_what_there_is_not_is_told() -> None:
    with pytest.raises(ValueError, match="encoder = lstm: allowed is one of bag, gru, transformer"):
        text_encoder("lstm", WORDS, LENGTH)
