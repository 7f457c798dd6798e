"""Experts called one by one where they are used, against all at once; and lesson 04's steps.

A task's pictures use k of M experts: what that costs against calling all M, in evaluation and in
training, tells which way `mtlkit.nn.routing.choose_execution` should choose.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, cross_entropy, max_pool2d

from benchmarks.timing import Ratio, Spread, compare, timed, turns_of
from mtlkit.core.device import choose_device
from mtlkit.lessons.gated_experts.config import GatedConfig
from mtlkit.lessons.gated_experts.program import GatedProgram
from mtlkit.nn.routing import ConvExperts, Execution, Experts, LinearExperts, mixture

TASKS, BATCH = 20, 100
CHANNELS, SIDE = (3, 32, 32, 32, 32), 32
"""As printed: four convolutions of 32 filters."""
SIZES = (64, 24, 8)
"""Of the experts that read digits."""
BANKS = (8, 20)
DENSITIES = (0.5, 0.15)
STEPS = 20


def measure() -> Iterator[Ratio | Spread]:
    """Convolutions, small linear experts, steps of the lesson, and their growth with tasks."""
    device = choose_device("auto")
    for experts in BANKS:
        bank, x = convolutions(experts, device)
        name = f"{experts} convolutional experts"
        yield _grouped(name, bank, x)
        yield from evaluation(name, bank, x, turns=5)
        yield from training(name, bank, x, turns=3)
    for experts in BANKS:
        bank, x = small(experts, device)
        name = f"{experts} linear experts"
        yield from evaluation(name, bank, x, turns=15)
        yield from training(name, bank, x, turns=15)
    yield from steps(device)


def convolutions(experts: int, device: torch.device) -> tuple[Experts, Tensor]:
    """A bank, and a batch of pictures."""
    streams = [[torch.Generator().manual_seed(layer)] for layer in range(len(CHANNELS) - 1)]
    bank = ConvExperts(experts, CHANNELS, SIDE, streams).to(device)
    return bank, torch.randn(1, BATCH, 3, SIDE, SIDE, device=device)


def small(experts: int, device: torch.device) -> tuple[Experts, Tensor]:
    """A bank, and a batch of digits."""
    streams = [[torch.Generator().manual_seed(layer)] for layer in range(len(SIZES) - 1)]
    return LinearExperts(experts, SIZES, streams).to(device), torch.randn(
        1, BATCH, SIZES[0], device=device
    )


def evaluation(name: str, bank: Experts, x: Tensor, turns: int) -> Iterator[Spread]:
    """Each task keeps k experts, chosen at random; convolutions should cost little above k/M."""
    experts = bank.stack[1]
    for k in sorted({1, 2, experts // 4, experts // 2, experts}):
        generator = torch.Generator().manual_seed(k)
        kept = torch.rand(TASKS, experts, generator=generator).argsort(1) < k
        coefficients = kept.repeat_interleave(BATCH // TASKS, 0).float().to(x.device)
        goal = (1.2 if 4 * k >= experts else 1.4) * k / experts
        yield Spread(
            f"{name}: k = {k} in evaluation",
            shares(*(_evaluated(bank, x, coefficients, way) for way in WAYS), turns),
            goal if isinstance(bank, ConvExperts) else None,
            "of dense",
        )


def training(name: str, bank: Experts, x: Tensor, turns: int) -> Iterator[Spread]:
    """Every picture draws its gates; convolutions should cost the share that was drawn."""
    for density in DENSITIES:
        generator = torch.Generator().manual_seed(1)
        drawn = torch.rand(BATCH, bank.stack[1], generator=generator) < density
        coefficients = drawn.float().to(x.device)
        yield Spread(
            f"{name}: density {density} in training",
            shares(*(_trained(bank, x, coefficients, way) for way in WAYS), turns),
            drawn.float().mean().item() if isinstance(bank, ConvExperts) else None,
            "of dense",
        )


WAYS: tuple[Execution, ...] = ("dense", "gather")


def _evaluated(
    bank: Experts, x: Tensor, coefficients: Tensor, way: Execution
) -> Callable[[], None]:
    weights = coefficients[None, None]

    def work() -> None:
        for _ in range(_repeats(bank)):
            with torch.no_grad():
                mixture(bank, x, weights, way)
        _wait(x.device)

    return work


def _trained(bank: Experts, x: Tensor, coefficients: Tensor, way: Execution) -> Callable[[], None]:
    weight = torch.ones(bank.stack[1], device=x.device, requires_grad=True)

    def work() -> None:
        for _ in range(_repeats(bank)):
            mixture(bank, x, (coefficients * weight)[None, None], way).square().mean().backward()
        _wait(x.device)

    return work


def _repeats(bank: Experts) -> int:
    """Small experts take less than a millisecond: so many times a turn."""
    return 1 if isinstance(bank, ConvExperts) else 30


def shares(dense: Callable[[], None], gather: Callable[[], None], turns: int) -> list[float]:
    """The second's time over the first's, turn by turn."""
    return [fast / slow for slow, fast in turns_of(dense, gather, turns)]


def _grouped(name: str, bank: Experts, x: Tensor) -> Ratio:
    """All experts as one grouped convolution (theirs), or one after the other (ours)."""
    assert isinstance(bank, ConvExperts)
    experts = bank.stack[1]

    def grouped() -> None:
        with torch.no_grad():
            found = x[0].repeat(1, experts, 1, 1)
            for weight, bias in zip(bank.weights, bank.biases, strict=True):
                found = conv2d(
                    found, weight.flatten(0, 2), bias.flatten(), padding=1, groups=experts
                )
                found = max_pool2d(found.relu(), 2)
        _wait(x.device)

    def one_by_one() -> None:
        with torch.no_grad():
            for expert in range(experts):
                bank.one(0, expert, x[0])
        _wait(x.device)

    return compare(f"{name}: grouped / loop", grouped, one_by_one, turns=3)


def steps(device: torch.device) -> Iterator[Ratio | Spread]:
    """Steps of the live default, against modules in lists, and by number of tasks."""
    for seeds in (1, 3):
        config = GatedConfig.preset("lesson", steps=STEPS, looks=1)
        yield compare(
            f"lesson 04, {seeds} seeds, {STEPS} steps",
            plain_loop(config, seeds, device),
            stacked(config, seeds, device),
            turns=5,
        )
    for tasks in (5, 10, 20, 40):
        config = GatedConfig.preset("lesson", steps=STEPS, looks=1, tasks=tasks)
        values = timed(stacked(config, 3, device), 5)
        yield Spread(
            f"lesson 04, 3 seeds, {tasks} tasks, a step",
            [1e3 * t / STEPS for t in values],
            None,
            "ms",
        )


def stacked(config: GatedConfig, seeds: int, device: torch.device) -> Callable[[], None]:
    """The lesson's own program, gates and shuffling included; made beforehand."""
    program = GatedProgram(config, "gated", range(seeds), device)

    def work() -> None:
        for batch in program.batches(1):
            program.step(batch)
        _wait(device)

    return work


class PlainMixture(nn.Module):
    """Model (3.1) as one would write it with torch's own modules."""

    def __init__(self, config: GatedConfig) -> None:
        super().__init__()

        def expert() -> nn.Module:
            pairs = itertools.pairwise((SIZES[0], *config.widths))
            layers = [[nn.Linear(*pair), nn.ReLU()] for pair in pairs]
            return nn.Sequential(*itertools.chain.from_iterable(layers))

        self.experts = nn.ModuleList(expert() for _ in range(config.experts))
        self.heads = nn.ModuleList(nn.Linear(config.widths[-1], 5) for _ in range(config.tasks))
        self.w = nn.Parameter(torch.ones(config.tasks, config.experts))
        self.gates = nn.Parameter(torch.zeros(config.tasks, config.experts))

    def forward(self, x: Tensor, b: Tensor) -> Tensor:
        """Logits of each task; pictures (task, image, pixel), gates (task, image, expert)."""
        outputs = torch.stack([expert(x) for expert in self.experts], 2)
        z = ((b * self.w[:, None]).unsqueeze(-1) * outputs).sum(2)
        return torch.stack([head(own) for head, own in zip(self.heads, z, strict=True)])


def plain_loop(config: GatedConfig, seeds: int, device: torch.device) -> Callable[[], None]:
    """One seed after the other, with fused Adam; networks and pictures are there already."""
    shape = (STEPS, config.tasks, config.batch_per_task)
    x, y = torch.rand(*shape, SIZES[0], device=device), torch.randint(5, shape, device=device)
    trained = []
    for _ in range(seeds):
        model = PlainMixture(config).to(device)
        others = [parameter for name, parameter in model.named_parameters() if name != "gates"]
        optimisers = (
            torch.optim.Adam(others, lr=config.learning_rate, fused=True),
            torch.optim.Adam([model.gates], lr=config.gate_rate, fused=True),
        )
        trained.append((model, optimisers))

    def work() -> None:
        for model, optimisers in trained:
            for step in range(STEPS):
                losses, scores = [], []
                for _ in range(config.gate_samples):
                    gates = torch.distributions.Bernoulli(logits=model.gates[:, None])
                    b = gates.sample((config.batch_per_task,)).squeeze(2).transpose(0, 1)
                    logits = model(x[step], b).transpose(1, 2)
                    losses.append(cross_entropy(logits, y[step], reduction="none"))
                    scores.append(gates.log_prob(b).sum(-1))
                loss, score = torch.stack(losses), torch.stack(scores)
                value = loss.detach()
                others = (value.sum(0) - value) / (len(value) - 1)
                penalty = config.penalty * model.gates.sigmoid().sum(1).mean()
                for optimiser in optimisers:
                    optimiser.zero_grad()
                ((loss + (value - others) * score).mean() + penalty).backward()
                for optimiser in optimisers:
                    optimiser.step()
        _wait(device)

    return work


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
