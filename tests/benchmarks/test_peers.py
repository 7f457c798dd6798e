"""What is timed against ours is the same problem: the same numbers come out."""

import math

import pytest
import torch
from torch import nn

from benchmarks import peers
from benchmarks.libmtl_trainer import LibMTL, Nothing
from benchmarks.peers import CLOSE, Ours, TorchJD, Trained, agreement
from benchmarks.seed_starts import starts
from mtlkit.errors import UsageError
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig

CONFIG = PolynomialConfig.preset(
    "smoke", tasks=3, n_train=50, batch_size=16, width=8, log_variance_rate=0.01
)
SEEDS, EPOCHS = (4, 7), 5


def by_hand(seed: int) -> torch.Tensor:
    """Uncertainties from a plain loop, Kendall's formula written out, Adam not fused."""
    (start,) = starts(CONFIG, (seed,))
    v = nn.Parameter(torch.zeros(CONFIG.tasks))
    parameters = [*start.encoder.parameters(), *start.heads.parameters(), v]
    optimiser = torch.optim.Adam(parameters, lr=CONFIG.learning_rate)
    for epoch in range(1, EPOCHS + 1):
        for x, y in start.batches(epoch):
            features = start.encoder(x)
            total = torch.tensor(0.0)
            for task, head in enumerate(start.heads.values()):
                loss = ((head(features).squeeze(1) - y[task]) ** 2).mean()
                total = total + loss / (2 * torch.exp(v[task])) + v[task] / 2
            optimiser.zero_grad()
            total.backward()
            optimiser.step()
    return v.detach().exp()


@pytest.mark.parametrize("peer", [Ours, TorchJD, LibMTL])
def test_all_train_the_same_problem(peer: type[Trained]) -> None:
    trained = peer(CONFIG, SEEDS)
    trained.train(2)
    trained.train(EPOCHS - 2)
    wanted = torch.stack([by_hand(seed) for seed in SEEDS])
    assert (wanted - 1).abs().min() > 20 * CLOSE  # they have learned
    torch.testing.assert_close(trained.uncertainty(), wanted, atol=CLOSE / 10, rtol=0)


def test_other_seeds_are_another_problem() -> None:
    one, other = Ours(CONFIG, SEEDS), TorchJD(CONFIG, SEEDS[::-1])
    for each in (one, other):
        each.train(EPOCHS)
    with pytest.raises(UsageError, match=r"TorchJD: learned uncertainties differ by .* 0\.001"):
        agreement("TorchJD", other.uncertainty(), one.uncertainty())


def test_what_is_not_a_number_does_not_agree() -> None:
    ones = torch.ones(2, 3)
    assert agreement("any", ones + 1e-4, ones).met
    with pytest.raises(UsageError, match="any"):
        agreement("any", torch.full((2, 3), math.nan), ones)


def test_a_seeds_points_come_once_an_epoch_in_another_order() -> None:
    (start,) = starts(CONFIG, (4,))
    first, second = (torch.cat([x for x, _ in start.batches(epoch)]) for epoch in (1, 2))
    assert not torch.equal(first, second)
    assert torch.equal(first.sort(0).values, start.x.sort(0).values)
    assert torch.equal(second.sort(0).values, start.x.sort(0).values)


def test_libmtl_sees_every_batch_and_no_metric() -> None:
    batches = LibMTL(CONFIG, (4,)).batches[0]
    assert len(batches) == math.ceil(50 / 16) == len(list(batches))
    x, targets = batches.__iter__().next()
    assert x.shape == (16, 1) and list(targets) == ["task 1", "task 2", "task 3"]
    assert Nothing().score_fun() == Nothing().score_fun()


def test_each_peer_is_compared_and_then_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "CONFIG", CONFIG)
    monkeypatch.setattr(peers, "SEEDS", SEEDS)
    rows = list(peers.measure())
    assert [row.name.partition(":")[0] for row in rows] == 2 * ["TorchJD", "LibMTL"]
    assert [type(row).__name__ for row in rows] == 2 * ["Spread"] + 2 * ["Ratio"]
