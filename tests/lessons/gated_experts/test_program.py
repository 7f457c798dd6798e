"""Training steps of lesson 04: against a plain loop, against all gates, replicas apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from mtlkit.core.streams import shuffled
from mtlkit.core.training import Epoch, fit
from mtlkit.data.generated.digit_families import task_pictures
from mtlkit.lessons.gated_experts.config import GatedConfig
from mtlkit.lessons.gated_experts.program import GatedProgram
from mtlkit.nn import select_replicas
from tests.nn.routing.enumeration import subsets

CPU = torch.device("cpu")
STEPS = 20


class PlainMixture(nn.Module):
    """Experts, mixture weights and heads of one seed, as one would write them."""

    def __init__(self, program: GatedProgram, replica: int) -> None:
        super().__init__()
        network = program.network
        (bank,), (router,) = network.banks, network.gating
        experts = []
        for expert in range(bank.stack[1]):
            layers: list[nn.Module] = []
            for layer in bank.layers:
                weight, bias = layer.weight[replica, expert], layer.bias[replica, expert]
                layers += [self._linear(weight, bias), nn.ReLU()]
            experts.append(nn.Sequential(*layers))
        self.experts = nn.ModuleList(experts)
        heads = zip(network.heads.weight[replica], network.heads.bias[replica], strict=True)
        self.heads = nn.ModuleList(self._linear(weight, bias) for weight, bias in heads)
        self.w = nn.Parameter(router.weight[replica].detach().clone())
        self.w.requires_grad_(router.weight.requires_grad)
        start = None if router.gates is None else router.gates.logits
        self.logits = None if start is None else nn.Parameter(start[replica].detach().clone())

    @staticmethod
    def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.weight.data, layer.bias.data = weight.detach().clone(), bias.detach().clone()
        return layer

    def losses(self, images: Tensor, labels: Tensor, gates: Tensor) -> Tensor:
        """Of one draw, for each task and image; gates (task, image, expert) multiply w."""
        found = []
        for task, head in enumerate(self.heads):
            outputs = torch.stack([expert(images[task]) for expert in self.experts], 1)
            z = ((gates[task] * self.w[task]).unsqueeze(-1) * outputs).sum(1)
            found.append(nn.functional.cross_entropy(head(z), labels[task], reduction="none"))
        return torch.stack(found)


def plain_losses(config: GatedConfig, program: GatedProgram, strategy: str, place: int) -> Tensor:
    """The mean training losses of the first steps of one seed."""
    seed = int(program.seed[place])
    model = PlainMixture(program, place)
    own = [p for n, p in model.named_parameters() if n != "logits" and p.requires_grad]
    optimisers = [torch.optim.Adam(own, lr=config.learning_rate)]
    if model.logits is not None:
        optimisers.append(torch.optim.Adam([model.logits], lr=config.gate_rate))
    data = task_pictures(seed, "train", config.tasks, config.families, config.images_per_task)
    of_a_pass = config.images_per_task // config.batch_per_task
    kept = []
    for step in range(STEPS):
        order = shuffled([seed], step // of_a_pass, config.images_per_task)[0]
        rows = order.split(config.batch_per_task)[step % of_a_pass]
        images, labels = data.images[:, rows], data.labels[:, rows]
        numbers = program.uniform(step, len(rows))[0, :, place]
        objective, losses = objective_of(config, model, strategy, images, labels, numbers)
        for optimiser in optimisers:
            optimiser.zero_grad()
        objective.backward()
        optimisers[0].step()
        if model.logits is not None and step >= config.gate_still:
            optimisers[1].step()
        kept.append(losses.detach().mean())
    return torch.stack(kept)


def objective_of(
    config: GatedConfig,
    model: PlainMixture,
    strategy: str,
    images: Tensor,
    labels: Tensor,
    numbers: Tensor,
) -> tuple[Tensor, Tensor]:
    """What is differentiated in a step, and the losses; numbers (draw, task, image, expert)."""
    if model.logits is None:
        losses = model.losses(images, labels, torch.ones_like(numbers[0]))
        return losses.mean(), losses
    logits = model.logits.unsqueeze(1)  # (task, 1, expert)
    if strategy == "top_k":
        normal = torch.distributions.Normal(0.0, 1.0)
        noisy = logits + normal.icdf(numbers[0].clamp(1e-6, 1 - 1e-6))
        last = noisy.sort(-1, descending=True).values[..., config.top_k - 1 : config.top_k]
        weights = torch.where(noisy >= last, noisy.exp(), 0)
        losses = model.losses(images, labels, weights / weights.sum(-1, keepdim=True))
        return losses.mean(), losses
    if strategy == "routed":
        p = logits.softmax(-1)
        place = (numbers[..., :1] >= p.cumsum(-1).unsqueeze(0)[..., :-1]).sum(-1)
        draws = nn.functional.one_hot(place, numbers.shape[-1]).float()
        scores = (draws * p.log()).sum(-1)
        penalty = 0.0
    elif config.estimator == "gumbel_softmax":
        noise = (1 - numbers).log() - numbers.log()
        soft = torch.sigmoid((logits + noise) / config.temperature)
        losses = torch.stack([model.losses(images, labels, own) for own in soft])
        density = torch.sigmoid(model.logits).sum(1).mean()
        return losses.mean() + config.penalty * density, losses
    else:
        p = torch.sigmoid(logits)
        draws = (numbers < p).float()
        scores = (draws * p.log() + (1 - draws) * (1 - p).log()).sum(-1)
        penalty = config.penalty * p.sum((1, 2)).mean()
    losses = torch.stack([model.losses(images, labels, own) for own in draws])
    value = losses.detach()
    if config.baseline == "leave_one_out":
        others = (value.sum(0) - value) / (len(value) - 1)
    elif config.baseline == "task_mean":
        others = (value.sum(-1, keepdim=True) - value) / (value.shape[-1] - 1)
    else:
        others = torch.zeros_like(value)
    return (losses + (value - others) * scores).mean() + penalty, losses


@pytest.mark.parametrize(
    ("strategy", "settings"),
    [
        ("gated", {}),
        ("gated", {"baseline": "task_mean", "gate_samples": 1, "mixture_start": "normal"}),
        ("gated", {"baseline": "none", "gate_samples": 3, "gate_still": 7}),
        ("gated", {"estimator": "gumbel_softmax"}),
        ("ungated", {"mixture_start": "normal"}),
        ("shared", {}),
        ("separate", {}),
        ("true_families", {}),
        ("routed", {}),
        ("top_k", {"top_k": 2}),
    ],
)
def test_replicas_follow_the_plain_loop(strategy: str, settings: dict[str, object]) -> None:
    config = GatedConfig.preset("smoke", **{"learning_rate": 0.01, "gate_rate": 0.05, **settings})
    seeds = (3, 0)
    program = GatedProgram(config, strategy, seeds, CPU)
    plain = [plain_losses(config, program, strategy, place) for place in range(len(seeds))]
    steps = itertools.chain.from_iterable(program.batches(look) for look in (1, 2))
    stacked = torch.stack([program.step(batch) for batch in steps])
    assert len(stacked) == STEPS
    torch.testing.assert_close(stacked, torch.stack(plain, 1), rtol=0, atol=1e-5)
    assert (stacked[-5:].mean(0) < stacked[:5].mean(0)).all()


def test_gates_all_on_train_as_the_ungated_mixture_bit_for_bit() -> None:
    """Logits so large that every gate is drawn, and no penalty to lower them."""
    settings = {"gate_samples": 1, "baseline": "none", "penalty": 0.0, "gate_rate": 1e-6}
    config = GatedConfig.preset("smoke", mixture_start="normal", gate_start=10.0, **settings)
    gated, ungated = (GatedProgram(config, name, (0, 4), CPU) for name in ("gated", "ungated"))
    with torch.no_grad():
        gated.network.gating[0].gates.logits.fill_(60)
    for ours, theirs in zip(gated.batches(1), ungated.batches(1), strict=True):
        assert torch.equal(gated.step(ours), ungated.step(theirs))
        mine = dict(gated.network.named_parameters())
        for name, parameter in ungated.network.named_parameters():
            assert torch.equal(parameter, mine[name])
            assert torch.equal(parameter.grad, mine[name].grad)


def exact_gradients(program: GatedProgram, pixels: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Of the mean over tasks and images of the expected loss, and the penalty; by enumeration."""
    network, config = program.network, program.config
    (router,) = network.gating
    p = router.gates.logits.sigmoid()
    settings = subsets(config.experts).float()
    x = pixels.flatten(1, 2)
    outputs = network.banks[0].all(x).unflatten(2, labels.shape[1:])  # replica expert task image
    total = torch.zeros(())
    for gates in settings:
        share = torch.where(gates > 0, p, 1 - p).prod(-1)
        z = torch.einsum("rmtnf,rtm->rtnf", outputs, gates * router.weight)
        logits = network.heads(z)
        losses = nn.functional.cross_entropy(logits.movedim(-1, 1), labels, reduction="none")
        total = total + (share * losses.mean(-1)).mean(1).sum()
    total = total + config.penalty * p.sum(-1).mean(1).sum()
    names, parameters = zip(*network.named_parameters(), strict=True)
    return dict(zip(names, torch.autograd.grad(total, parameters), strict=True))


@pytest.mark.parametrize(
    ("baseline", "samples"), [("none", 1), ("task_mean", 1), ("leave_one_out", 2)]
)
def test_a_steps_gradient_is_unbiased(baseline: str, samples: int) -> None:
    """Copies of one seed's network and pictures, each with draws of its own, that never move."""
    copies, steps = 250, 4
    config = GatedConfig.preset(
        "smoke", tasks=2, families=2, widths=(4, 3), baseline=baseline, gate_samples=samples
    )
    program = GatedProgram(config, "gated", range(copies), CPU)
    with torch.no_grad():
        for parameter in program.network.parameters():
            parameter.copy_(parameter[:1].expand_as(parameter).clone())
        program.network.gating[0].gates.logits.add_(torch.tensor([0.5, -0.4, 0.1]))
    program.optimisers = tuple(
        torch.optim.SGD(program.network.parameters(), lr=0.0) for _ in range(2)
    )
    pixels = program.get_buffer("pixels_train")[:1, :, :6].expand(copies, -1, -1, -1)
    labels = program.get_buffer("labels_train")[:1, :, :6].expand(copies, -1, -1)
    wanted = exact_gradients(program, pixels, labels)
    found: dict[str, list[Tensor]] = {name: [] for name in wanted}
    for step in range(steps):
        program.step((step, pixels, labels))
        for name, parameter in program.network.named_parameters():
            found[name].append(parameter.grad.clone())
    for name, gradients in found.items():
        every, exact = torch.cat(gradients), wanted[name][0]
        mean, error = every.mean(0), every.std(0) / len(every) ** 0.5
        z = (mean - exact).abs() / error.clamp_min(1e-7)
        assert z.max() < 4.5, name  # of a few hundred numbers
        if "logits" not in name:
            assert error.norm() < 0.1 * exact.norm()


def trained(program: GatedProgram, looks: Sequence[int]) -> list[Tensor]:
    losses = [program.step(batch) for look in looks for batch in program.batches(look)]
    return losses


LONG = {"steps": 50, "looks": 2}


@pytest.mark.parametrize("strategy", ["gated", "ungated", "routed"])
def test_replicas_that_stay_train_on_as_if_alone(strategy: str) -> None:
    config = GatedConfig.preset("smoke", **LONG)
    together, alone = (GatedProgram(config, strategy, seeds, CPU) for seeds in ((4, 1, 7), (4, 7)))
    trained(together, (1,))
    select_replicas(together, together.optimisers, torch.tensor([0, 2]))
    trained(together, (2,))
    trained(alone, (1, 2))
    for ours, theirs in zip(together.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    assert torch.equal(together.seed, alone.seed)
    torch.testing.assert_close(together.score(), alone.score(), rtol=0, atol=1e-5)


def test_replicas_that_stop_early_leave_the_others_as_they_would_be_alone() -> None:
    config = GatedConfig.preset("smoke", steps=160, looks=16, learning_rate=0.03, gate_rate=0.2)

    def epochs_of(seeds: Sequence[int]) -> list[Epoch]:
        return list(fit(GatedProgram(config, "gated", seeds, CPU), epochs=16, patience=2))

    epochs = epochs_of(range(4))
    assert 4 == len(epochs[0].rows) > len(epochs[-1].rows)
    for row in epochs[-1].rows.tolist():
        mine = [e.score[e.rows.tolist().index(row)] for e in epochs if row in e.rows.tolist()]
        alone = torch.cat([epoch.score for epoch in epochs_of([row])])
        torch.testing.assert_close(torch.stack(mine), alone, rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("strategy", "layers"), [("gated", 1), ("gated", 2), ("routed", 1), ("separate", 1)]
)
def test_a_replica_made_nan_leaves_the_others_bit_identical(strategy: str, layers: int) -> None:
    config = GatedConfig.preset("smoke", gating_layers=layers)
    healthy, sick = (GatedProgram(config, strategy, (4, 1, 7), CPU) for _ in range(2))
    with torch.no_grad():
        sick.network.heads.weight[1] = torch.nan
    for program in (healthy, sick):
        trained(program, (1, 2))
    for ours, theirs in zip(healthy.parameters(), sick.parameters(), strict=True):
        assert torch.equal(ours[[0, 2]], theirs[[0, 2]])
    assert sick.score()[1].isnan()


@pytest.mark.parametrize(("strategy", "layers"), [("gated", 1), ("gated", 2), ("frozen_half", 1)])
def test_the_penalty_is_lambda_times_the_mean_density_over_tasks(
    strategy: str, layers: int
) -> None:
    config = GatedConfig.preset("smoke", gating_layers=layers, penalty=0.3, gate_start=-1.0)
    program = GatedProgram(config, strategy, (0, 1), CPU)
    p = 1 / (1 + torch.exp(torch.tensor(1.0)))
    wanted = 0.3 * layers * config.experts * p if strategy == "gated" else torch.tensor(0.0)
    torch.testing.assert_close(program.penalty().detach(), wanted.expand(2))


def test_gates_stand_still_as_long_as_asked() -> None:
    config = GatedConfig.preset("smoke", gate_still=10)
    program = GatedProgram(config, "gated", (0,), CPU)
    logits = program.network.gating[0].gates.logits
    trained(program, (1,))  # ten steps
    assert (logits == 0).all()
    trained(program, (2,))
    assert (logits != 0).any()


def test_each_seed_draws_its_own_gates_in_every_step() -> None:
    config = GatedConfig.preset("smoke")
    program = GatedProgram(config, "gated", (0, 1, 0), CPU)
    first, second = program.uniform(0, 5), program.uniform(1, 5)
    assert first.shape == (1, config.gate_samples, 3, config.tasks, 5, config.experts)
    assert torch.equal(first[:, :, 0], first[:, :, 2])
    assert not torch.equal(first[:, :, 0], first[:, :, 1])
    assert not torch.equal(first, second)
    assert ((first >= 0) & (first < 1)).all()


def test_what_is_observed_is_the_validation_loss_with_the_experts_that_tasks_would_keep() -> None:
    config = GatedConfig.preset("smoke")
    program = GatedProgram(config, "gated", (0, 2), CPU)
    with torch.no_grad():
        program.network.gating[0].gates.logits.copy_(
            torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1))
        )
        seen = program.observe()
        p = program.probabilities()[:, 0]
        for replica, seed in enumerate((0, 2)):
            model = PlainMixture(program, replica)
            data = task_pictures(seed, "validation", config.tasks, config.families)
            images, labels = data.images[:, :60], data.labels[:, :60]
            keep = torch.zeros(config.tasks, 1, config.experts)
            for task in range(config.tasks):
                row = p[replica, task]
                count = max(1, int(row.sum() + 0.5))
                keep[task, 0, row.argsort(descending=True)[:count]] = 1
            losses = model.losses(images, labels, keep.expand(-1, 60, -1))
            torch.testing.assert_close(
                seen["validation_loss"][replica], losses.mean(1), rtol=1e-4, atol=1e-5
            )
        torch.testing.assert_close(seen["density"], p.sum(-1))
        torch.testing.assert_close(program.score(), seen["validation_loss"].mean(1))
        assert seen["validation_accuracy"].min() >= 0
