"""What can be set in lesson 04, and its three scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from mtlkit.core.config import Choice, Config, Real, Several, Whole, setting
from mtlkit.data import superclasses
from mtlkit.data.embedded.digits import SIZES
from mtlkit.errors import UsageError
from mtlkit.nn.routing import BASELINES

FAMILIES = "digit_families"
"""The embedded data, whose true structure is known."""

STRATEGIES = (
    "gated",
    "ungated",
    "shared",
    "shared_wide",
    "separate",
    "true_families",
    "routed",
    "top_k",
    "frozen_half",
    "frozen_density",
)
ESTIMATORS = ("score_function", "gumbel_softmax", "straight_through")
STARTS = ("ones", "normal")


@attrs.frozen(kw_only=True)
class GatedConfig(Config):
    """Settings of chapter 3 of yan2020.

    Presets
    -------
    smoke
        Seconds; for tests. Its numbers mean nothing.
    lesson
        Families of digits, and what finds them: mixture weights that start at one, four gate
        samples with a leave-one-out baseline, gates that learn ten times faster than the rest.
        Chosen by how well the known families were recovered, on seeds 0 to 4 and 60 pictures of
        each task: what the studies say of recovery there is said of a setting that was chosen so.
    paper
        As printed: CIFAR-100 in its 20 superclasses, experts of four convolutions of 32 filters,
        Adam at 0.001 for everything, standard-normal mixture weights, gate logits 0, a penalty of
        0.1, one gate sample for each element of the batch and no baseline. What is not printed:
        20 experts, 5 pictures of each task a step, 15,000 steps, and 50 of a class' 500 training
        pictures kept for validation.
    """

    data: str = setting(Choice((FAMILIES, *superclasses.NAMES)), FAMILIES, "the pictures")
    tasks: int = setting(Whole(2, 40), 20, "how many; of an image set's groups the first ones")
    families: int = setting(
        Whole(1, 40), None, "groups of like tasks among digits; default: 4, or 1 where unknown"
    )
    images_per_task: int = setting(
        Whole(1, 10_000), None, "training pictures of each task; default: 60, or all there are"
    )
    strategies: tuple[str, ...] = setting(
        Several(Choice(STRATEGIES), 1, len(STRATEGIES), distinct=True),
        ("gated", "ungated"),
        "how tasks choose experts",
    )
    experts: int = setting(Whole(1, 200), 8, "experts M, of each gating layer")
    gating_layers: int = setting(Whole(1, 2), 1, "gating layers, one above the other")
    widths: tuple[int, ...] = setting(
        Several(Whole(1, 512), 1, 4),
        None,
        "units or filters of an expert's layers; default: 24, 8, or 32, 32, 32, 32",
    )
    penalty: float = setting(Real(0, 100), 0.1, "lambda, of the expected number of experts")
    estimator: str = setting(Choice(ESTIMATORS), "score_function", "of the gates' gradient")
    baseline: str = setting(Choice(BASELINES), "leave_one_out", "of the score function")
    gate_samples: int = setting(Whole(1, 16), 4, "draws of the gates for each picture of a batch")
    temperature: float = setting(Real(0.01, 100), 0.5, "of relaxed gates")
    gate_rate: float = setting(Real(0, 10, open_low=True), 0.01, "learning rate of the gates")
    gate_still: int = setting(Whole(0, 1_000_000), 0, "steps before gates learn")
    gate_start: float = setting(Real(-10, 10), 0.0, "gate logits at the start")
    mixture_start: str = setting(Choice(STARTS), "ones", "mixture weights at the start")
    top_k: int = setting(
        Whole(1, 200), None, "experts of a task in the strategy `top_k`; default: 2, or 1 of one"
    )
    learning_rate: float = setting(Real(0, 10, open_low=True), 0.001, "of everything but gates")
    steps: int = setting(Whole(1, 1_000_000), 1500, "training steps")
    looks: int = setting(Whole(1, 1000), 30, "how often validation pictures are looked at")
    batch_per_task: int = setting(Whole(1, 1000), 10, "pictures of each task a step")

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {
            "tasks": 4,
            "families": 2,
            "images_per_task": 20,
            "experts": 3,
            "widths": (6, 4),
            "steps": 20,
            "looks": 2,
        },
        "lesson": {},
        "paper": {
            "data": "cifar100",
            "experts": 20,
            "gate_rate": 0.001,
            "gate_samples": 1,
            "baseline": "none",
            "mixture_start": "normal",
            "batch_per_task": 5,
            "steps": 15_000,
            "strategies": tuple(name for name in STRATEGIES if name != "true_families"),
        },
    }

    @classmethod
    def preset(cls, scale: str, **settings: Any) -> GatedConfig:
        """The config of a scale; what `smoke` says of digits does not bind larger pictures."""
        if scale == "smoke" and settings.get("data", FAMILIES) != FAMILIES:
            small = {"families": 1, "widths": (4, 4), **settings}
            return super(GatedConfig, cls).preset(scale, **small)  # noqa: UP008
        return super(GatedConfig, cls).preset(scale, **settings)  # noqa: UP008

    def derive(self) -> Mapping[str, Any]:
        """Sizes that suit the data."""
        digits = self.data == FAMILIES
        return {
            "families": min(4, self.tasks) if digits else 1,
            "images_per_task": 60 if digits else _most(self.data),
            "widths": (24, 8) if digits else (32, 32, 32, 32),
            "top_k": min(2, self.experts),
        }

    def check(self) -> None:
        """Families, pictures and experts that there are; a baseline with enough samples."""
        if self.families > self.tasks:
            raise UsageError(
                f"families = {self.families}: allowed is at most {self.tasks}, as many as tasks."
            )
        if self.data != FAMILIES:
            self._check_images()
        elif self.images_per_task > _most(self.data):
            raise UsageError(
                f"images_per_task = {self.images_per_task}: allowed is at most "
                f"{_most(self.data):,}, the training digits."
            )
        if self.batch_per_task > self.images_per_task:
            raise UsageError(
                f"batch_per_task = {self.batch_per_task}: allowed is at most "
                f"{self.images_per_task}, a task's training pictures."
            )
        if self.top_k > self.experts:
            raise UsageError(
                f"top_k = {self.top_k}: allowed is at most {self.experts}, the experts."
            )
        if self.baseline == "leave_one_out" and self.gate_samples < 2:
            raise UsageError(
                f"gate_samples = {self.gate_samples}: allowed with baseline = leave_one_out is "
                "at least 2, one of which is left out."
            )
        if self.looks > self.steps:
            raise UsageError(
                f"looks = {self.looks}: allowed is at most {self.steps}, the training steps."
            )
        if self.gate_still >= self.steps:
            raise UsageError(
                f"gate_still = {self.gate_still}: allowed is less than {self.steps}, the training "
                "steps, or the gates would never learn."
            )
        if "shared_wide" in self.strategies and len(self.widths) == 1 < self.experts:
            raise UsageError(
                f"widths = {self.widths[0]}: allowed with the strategy shared_wide are two or more "
                "layers, as the last one keeps its width."
            )
        if self.gating_layers > len(self.widths):
            raise UsageError(
                f"gating_layers = {self.gating_layers}: allowed is at most {len(self.widths)}, "
                "the layers that experts have."
            )

    def _check_images(self) -> None:
        shape = superclasses.shape(self.data)
        if self.tasks > len(shape.groups):
            raise UsageError(
                f"tasks = {self.tasks}: allowed is at most {len(shape.groups)}, the groups of "
                f"{self.data}."
            )
        if "true_families" in self.strategies:
            raise UsageError(
                f"strategies = {', '.join(self.strategies)}: allowed with data = {self.data} are "
                "all but true_families, as nobody knows which of its groups are alike."
            )
        if self.families != 1:
            raise UsageError(
                f"families = {self.families}: allowed with data = {self.data} is 1, as nobody "
                "knows which of its groups are alike."
            )
        if self.images_per_task > _most(self.data):
            raise UsageError(
                f"images_per_task = {self.images_per_task}: allowed is at most "
                f"{_most(self.data):,}, the training pictures of a group of {self.data}."
            )
        if self.gating_layers > 1:
            raise UsageError(
                f"gating_layers = {self.gating_layers}: allowed with data = {self.data} is 1; "
                "several layers are for the digits."
            )


def _most(data: str) -> int:
    """Training pictures of a task."""
    if data == FAMILIES:
        return SIZES["train"]
    return 5 * superclasses.shape(data).sizes["train"]
