"""What can be set in lesson 04, what is derived, and what is refused before any training."""

from __future__ import annotations

import re

import pytest

from mtlkit.data import superclasses
from mtlkit.data.embedded.digits import digits
from mtlkit.errors import UsageError
from mtlkit.lessons.gated_experts.config import STRATEGIES, GatedConfig


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"experts": 0}, "experts = 0: allowed is a whole number from 1 to 200"),
        ({"penalty": -0.1}, "penalty = -0.1: allowed is a number from 0 up to 100"),
        ({"tasks": 3, "families": 4}, "families = 4: allowed is at most 3, as many as tasks"),
        ({"families": 0}, "families = 0: allowed is a whole number from 1"),
        ({"images_per_task": 0}, "images_per_task = 0: allowed is a whole number from 1"),
        ({"images_per_task": 1258}, "images_per_task = 1258: allowed is at most 1,257, the tr"),
        ({"batch_per_task": 61}, "batch_per_task = 61: allowed is at most 60, a task's training"),
        ({"top_k": 9}, "top_k = 9: allowed is at most 8, the experts"),
        ({"gate_samples": 1}, "gate_samples = 1: allowed with baseline = leave_one_out is at le"),
        ({"looks": 40, "steps": 30}, "looks = 40: allowed is at most 30, the training steps"),
        ({"gating_layers": 2, "widths": (8,)}, "gating_layers = 2: allowed is at most 1, the la"),
        ({"gate_still": 1500}, "gate_still = 1500: allowed is less than 1500, the training steps"),
        (
            {"strategies": ("shared_wide",), "widths": (16,)},
            "widths = 16: allowed with the strategy shared_wide are two or more layers",
        ),
        (
            {"data": "tiny_imagenet", "strategies": ("gated", "true_families")},
            "strategies = gated, true_families: allowed with data = tiny_imagenet are all but",
        ),
        ({"gating_layers": 3}, "gating_layers = 3: allowed is a whole number from 1 to 2"),
        ({"strategies": ()}, "strategies = .*: allowed is 1 to 10 different values"),
        ({"strategies": ("gated", "gated")}, "strategies = .*: allowed is 1 to 10 different"),
        ({"strategies": ("clustered",)}, "strategies = .*: allowed is 1 to 10 different"),
        ({"data": "mnist"}, "data = mnist: allowed is one of digit_families, tiny_imagenet, cif"),
        ({"widths": (8, 0)}, "widths = .*: allowed is 1 to 4 values, each a whole number from 1"),
        ({"estimator": "exact"}, "estimator = exact: allowed is one of score_function, gumbel_so"),
        ({"temperature": 0.0}, "temperature = 0.0: allowed is a number from 0.01 up to 100"),
        (
            {"data": "tiny_imagenet", "tasks": 21},
            "tasks = 21: allowed is at most 20, the groups of tiny_imagenet",
        ),
        (
            {"data": "tiny_imagenet", "families": 2},
            "families = 2: allowed with data = tiny_imagenet is 1, as nobody knows",
        ),
        (
            {"data": "tiny_imagenet", "images_per_task": 1251},
            "images_per_task = 1251: allowed is at most 1,250, the training pictures of a group",
        ),
        (
            {"data": "cifar100", "gating_layers": 2},
            "gating_layers = 2: allowed with data = cifar100 is 1; several layers",
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(settings: dict[str, object], said: str) -> None:
    pattern = said if ".*" in said else re.escape(said)
    with pytest.raises(UsageError, match=f"^{pattern}") as told:
        GatedConfig.preset("lesson", **settings)
    sentence = str(told.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_baseline_without_draws_left_out_needs_one_sample() -> None:
    for kind in ("none", "task_mean"):
        assert GatedConfig.preset("lesson", gate_samples=1, baseline=kind).gate_samples == 1


def test_paper_is_as_printed() -> None:
    """yan2020, section 3.2, and the sentences after (3.2) and (3.3)."""
    paper = GatedConfig.preset("paper")
    assert (paper.data, paper.tasks) == ("cifar100", 20)
    assert paper.widths == (32,) * 4
    assert paper.learning_rate == paper.gate_rate == 1e-3
    assert paper.mixture_start == "normal"
    assert (paper.gate_start, paper.gate_still) == (0.0, 0)
    assert (paper.gate_samples, paper.baseline) == (1, "none")
    assert paper.estimator == "score_function"
    assert paper.penalty == 0.1
    assert set(paper.strategies) == set(STRATEGIES) - {"true_families"}  # nobody knows them
    shape = superclasses.shape("cifar100")
    assert paper.images_per_task == shape.sizes["train"] * 5
    # 50,000 pictures, as in the source, with those kept for validation.
    every = shape.sizes["train"] + shape.sizes["validation"]
    assert every * 5 * paper.tasks == 50_000


def test_sizes_follow_the_data() -> None:
    lesson = GatedConfig.preset("lesson")
    assert (lesson.families, lesson.images_per_task, lesson.widths) == (4, 60, (24, 8))
    assert GatedConfig.preset("lesson", tasks=3).families == 3
    tiny = GatedConfig.preset("lesson", data="tiny_imagenet")
    assert (tiny.families, tiny.images_per_task, tiny.widths) == (1, 1250, (32,) * 4)
    smoke = GatedConfig.preset("smoke", data="tiny_imagenet", images_per_task=60)
    assert (smoke.families, smoke.experts) == (1, GatedConfig.preset("smoke").experts)
    assert GatedConfig.preset("lesson", experts=1).top_k == 1
    most = len(digits("train").labels)
    assert GatedConfig.preset("lesson", images_per_task=most).images_per_task == most
