"""Replicas against a plain loop of torch's modules, and what must not matter."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from mtlkit.balance.difficulty import MEMORY
from mtlkit.core.streams import shuffled, stream
from mtlkit.lessons.retrieval_task_weights.inputs import inputs
from mtlkit.lessons.retrieval_task_weights.program import WeightedRetrievalProgram
from mtlkit.lessons.retrieval_task_weights.team import Team
from mtlkit.lessons.retrieval_task_weights.triplets import draw
from tests.lessons.plain import linear
from tests.lessons.retrieval_task_weights.small import in_double, program, small, steps

SEEDS = (3, 7, 1)
STEPS = 20
# (a, b) of a exp(-v) L + b v.
FORMS = {
    "learned_kendall": (0.5, 0.5),
    "learned_printed": (0.5, 1.0),
    "difficulty": (0.5, 0.5),
    "equal": (1.0, 0.0),
}


class PlainNetwork(nn.Module):
    """Fig. 6.2: a layer for each modality, a layer for each of them and task."""

    def __init__(self, seed: int, images: int, texts: int) -> None:
        super().__init__()
        self.shared, self.heads = nn.ModuleDict(), nn.ModuleDict()
        for name, numbers in (("images", images), ("texts", texts)):
            self.shared[name] = linear(numbers, 6, stream(seed, f"start/{name}/shared"))
            start = stream(seed, f"start/{name}/heads")
            self.heads[name] = nn.ModuleList(linear(6, 4, start) for _ in range(2))

    def embedded(self, name: str, task: int, features: Tensor) -> Tensor:
        return normalize(self.heads[name][task](self.shared[name](features).relu()), dim=1)


def plain_losses(
    network: PlainNetwork, features: dict[str, Tensor], drawn: dict[str, Tensor], rows: Tensor
) -> Tensor:
    """The mean loss of each task over a batch of anchors."""
    found = []
    for task in (0, 1):
        own = {name: network.embedded(name, task, some[task]) for name, some in features.items()}
        total = torch.zeros((), dtype=torch.float64)
        for anchor, other in (("images", "texts"), ("texts", "images")):
            near, far = (own[other][drawn[other][task, which, rows]] for which in (0, 1))
            squares = [(own[anchor][rows] - one).square().sum(1) for one in (near, far)]
            total = total + (squares[0] - squares[1] + 1.0).clamp_min(0).mean()
        found.append(total)
    return torch.stack(found)


@pytest.mark.parametrize("strategy", FORMS)
def test_replicas_follow_the_plain_loop(strategy: str) -> None:
    made = in_double(program(strategy, SEEDS, noise=(1.0, 3.0)))
    ours = torch.stack(steps(made, STEPS))
    a, b = FORMS[strategy]
    for place, seed in enumerate(SEEDS):
        data = inputs(made.config, seed, "train")
        features = {"images": data.images.double(), "texts": data.texts.double()}
        network = PlainNetwork(seed, 8, 8).double()
        v = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.Adam([{"params": network.parameters(), "lr": 0.003}])
        if strategy != "equal":
            optimiser.add_param_group({"params": [v], "lr": 0.03})
        remembered = [2.0, 2.0]
        for step in range(STEPS):
            epoch, half = step // 2 + 1, step % 2
            triplets = draw(data.noisy, seed, "train", (0, 1), epoch)
            rows = shuffled([seed], epoch, 40)[0][20 * half : 20 * half + 20]
            drawn = {"texts": triplets.texts, "images": triplets.images}
            losses = plain_losses(network, features, drawn, rows)
            torch.testing.assert_close(ours[step, place], losses.detach().mean(), rtol=1e-5, atol=0)
            weights = a * (-v).exp()
            objective = (weights * losses + b * v).sum()
            if strategy == "difficulty":
                remembered = [
                    MEMORY * old + (1 - MEMORY) * new
                    for old, new in zip(remembered, losses.tolist(), strict=True)
                ]
                ratios = [min(max(one / 2, 0.01), 0.99) for one in remembered]
                focal = [-one * math.log(1 - one) for one in ratios]
                factor = torch.tensor(focal) * 2 / sum(focal)
                # The factor weighs the losses, not what the log-variances see.
                objective = (factor * weights.detach() * losses).sum()
                objective = objective + (weights * losses.detach() + b * v).sum()
            optimiser.zero_grad()
            objective.backward()
            optimiser.step()
        for name, branch in (("images", made.network.images), ("texts", made.network.texts)):
            layer, heads = network.shared[name], network.heads[name]
            own = branch.backbone.layer
            torch.testing.assert_close(own.weight[place], layer.weight, atol=1e-5, rtol=0)
            torch.testing.assert_close(own.bias[place], layer.bias, atol=1e-5, rtol=0)
            for task in (0, 1):
                torch.testing.assert_close(
                    branch.head.weight[place, task], heads[task].weight, atol=1e-5, rtol=0
                )
        if strategy != "equal":
            learned = made.get_parameter("balancer.log_variance")[place]
            torch.testing.assert_close(learned, v, atol=1e-5, rtol=0)
            assert v.abs().max() > 0.01


@pytest.mark.parametrize("strategy", ["learned_kendall", "difficulty", "equal"])
def test_a_replica_made_nan_leaves_the_others_bit_for_bit(strategy: str) -> None:
    healthy, sick = (program(strategy, SEEDS) for _ in range(2))
    with torch.no_grad():
        sick.network.images.head.weight[1] = torch.nan
    for made in (healthy, sick):
        steps(made, 6)
    for ours, theirs in zip(healthy.parameters(), sick.parameters(), strict=True):
        assert torch.equal(ours[[0, 2]], theirs[[0, 2]])
    assert sick.score()[1].isnan()
    assert torch.equal(healthy.score()[[0, 2]], sick.score()[[0, 2]])


@pytest.mark.parametrize("strategy", ["learned_kendall", "hand_tuned"])
def test_a_replica_trains_as_if_alone(strategy: str) -> None:
    together = in_double(program(strategy, SEEDS))
    alone = in_double(program(strategy, (7,)))
    for made in (together, alone):
        steps(made, 8)
    rows = [row for row, seed in enumerate(together.team.seeds) if seed == 7]
    for ours, theirs in zip(together.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(ours[rows], theirs, atol=1e-9, rtol=0)
    torch.testing.assert_close(together.score()[rows], alone.score(), atol=1e-9, rtol=0)


@pytest.mark.parametrize("strategy", ["learned_printed", "difficulty"])
def test_permuted_tasks_have_permuted_results(strategy: str) -> None:
    """The second collection first: each keeps its items, labels, triplets and heads."""
    plain = in_double(program(strategy, SEEDS, noise=(0.0, 3.0)))
    swapped = in_double(program(strategy, team=Team(SEEDS, tasks=(1, 0)), noise=(0.0, 3.0)))
    for made in (plain, swapped):
        steps(made, 8)
    for ours, theirs in zip(plain.network.shared, swapped.network.shared, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-9, rtol=0)
    with torch.no_grad():
        plain.score(), swapped.score()
        seen, turned = plain.observe(), swapped.observe()
    for name, values in seen.items():
        torch.testing.assert_close(values, turned[name].flip(1), atol=1e-6, rtol=0)
    assert not torch.allclose(seen["weight"], turned["weight"])


@pytest.mark.parametrize(("strategy", "task"), [("sentences_alone", 0), ("tags_alone", 1)])
def test_a_task_alone_trains_as_where_the_others_weight_is_0(strategy: str, task: int) -> None:
    alone = in_double(program(strategy, SEEDS))
    weights = torch.zeros(3, 2)
    weights[:, task] = 1
    both = in_double(program("hand_tuned", team=Team(SEEDS, weights=weights)))
    untouched = both.network.images.head.weight[:, 1 - task].detach().clone()
    for made in (alone, both):
        steps(made, 8)
    for name in ("images", "texts"):
        own, other = (getattr(made.network, name) for made in (alone, both))
        for ours, theirs in zip(
            own.backbone.parameters(), other.backbone.parameters(), strict=True
        ):
            torch.testing.assert_close(ours, theirs, atol=1e-9, rtol=0)
        torch.testing.assert_close(
            own.head.weight[:, 0], other.head.weight[:, task], atol=1e-9, rtol=0
        )
    assert torch.equal(both.network.images.head.weight[:, 1 - task], untouched)


def test_a_summed_loss_has_the_gradient_of_the_mean_times_the_anchors() -> None:
    mean, total = (program("equal", SEEDS, summed=summed) for summed in (False, True))
    batches = [next(iter(made.batches(1))) for made in (mean, total)]
    losses = [made.step(batch) for made, batch in zip((mean, total), batches, strict=True)]
    torch.testing.assert_close(*losses)  # told as a mean either way
    for ours, theirs in zip(mean.network.parameters(), total.network.parameters(), strict=True):
        torch.testing.assert_close(20 * ours.grad, theirs.grad, rtol=1e-4, atol=1e-6)


def test_each_epoch_shows_every_anchor_once_in_the_seeds_order() -> None:
    made = program("hand_tuned", (3, 7))
    for epoch in (1, 2):
        shown = torch.cat([anchors for anchors, _ in made.batches(epoch)], 2)
        wanted = shuffled(made.team.seeds, epoch, 40)
        assert torch.equal(shown, wanted.unsqueeze(1).expand(-1, 2, -1))


# --- what is looked at ---


def test_the_score_is_the_validation_loss_by_noisy_labels_alone() -> None:
    made = program("learned_kendall", SEEDS, noise=(4.0, 1.0))
    steps(made, 4)
    with torch.no_grad():
        score = made.score()
        for place, seed in enumerate(SEEDS):
            data = inputs(made.config, seed, "validation")
            held = draw(data.noisy, seed, "validation", (0, 1))
            network = PlainNetwork(seed, 8, 8)
            for name, branch in (("images", made.network.images), ("texts", made.network.texts)):
                layer, own = network.shared[name], branch.backbone.layer
                layer.weight.copy_(own.weight[place])
                layer.bias.copy_(own.bias[place])
                for task, head in enumerate(network.heads[name]):
                    head.weight.copy_(branch.head.weight[place, task])
                    head.bias.copy_(branch.head.bias[place, task])
            losses = plain_losses(
                network,
                {"images": data.images, "texts": data.texts},
                {"texts": held.texts, "images": held.images},
                torch.arange(20),
            )
            torch.testing.assert_close(made.held_losses[place].double(), losses, rtol=1e-5, atol=0)
            assert score[place].item() == pytest.approx(losses.mean().item(), rel=1e-5)
        made.data["validation"]["clean"] = made.data["validation"]["clean"].flip(2)
        assert torch.equal(made.score(), score)


def average_precision(scores: Tensor, relevant: Tensor, divided: bool) -> float:
    """Of one query; of equal scores the relevant come last."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i].item(), bool(relevant[i])))
    found, total = 0, 0.0
    for rank, item in enumerate(order, 1):
        if relevant[item]:
            found += 1
            total += found / rank
    return total / found if divided else total


@pytest.mark.parametrize("divided", [True, False])
@pytest.mark.parametrize("labels", ["clean", "noisy"])
def test_precision_is_that_of_the_formula(labels: str, divided: bool) -> None:
    made: WeightedRetrievalProgram = program("equal", (3, 7), noise=(4.0, 1.0))
    steps(made, 4)
    images, texts = made.embedded("test")
    found = made.precision("test", labels, divided=divided)
    relevant = made.data["test"][labels]
    for replica in (0, 1):
        for task in (0, 1):
            own = relevant[replica, task]
            scores = images[replica, task] @ texts[replica, task].T
            for way, s in (("image_to_text", scores), ("text_to_image", scores.T)):
                each = [average_precision(s[i], own == own[i], divided) for i in range(20)]
                assert found[way][replica, task].item() == pytest.approx(sum(each) / 20, rel=1e-5)


def test_dimensions_and_components_are_the_configs() -> None:
    made = program(dimensions=5, width=9, image_components=3, text_components=4)
    assert made.network.images.backbone.layer.weight.shape == (1, 9, 3)
    assert made.network.texts.backbone.layer.weight.shape == (1, 9, 4)
    assert made.network.texts.head.weight.shape == (1, 2, 5, 9)
    assert small().generated
