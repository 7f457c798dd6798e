"""What can be set in lesson 03, and its three scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from mtlkit.core.config import Choice, Config, Real, Several, Whole, setting
from mtlkit.errors import UsageError

ARCHITECTURES = (
    "hard_sharing",
    "separate",
    "separate_matched",
    "cross_stitch",
    "soft_sharing",
)
LINEAR_METHODS = ("ridge", "lasso", "l1_l2", "l1_linf", "mean_regularised", "pooled")
STRATEGIES: Mapping[str, tuple[str, ...]] = {"bits": ARCHITECTURES, "linear": LINEAR_METHODS}
"""The ways of sharing that a problem knows."""

_EVERY_STRATEGY = (*ARCHITECTURES, *LINEAR_METHODS)
_OF: Mapping[str, tuple[str, ...]] = {
    "bits": (
        "bits",
        "length",
        "width",
        "layers",
        "steps",
        "looks",
        "learning_rate",
        "weight_decay",
        "stitch_start",
        "soft_strength",
    ),
    "linear": ("inputs", "relevant", "coefficients", "spread", "noise"),
}
"""The settings that mean something for one problem only."""


@attrs.frozen(kw_only=True)
class SharingConfig(Config):
    """Settings of chapters 1 and 2 of yan2020, and of the linear part of xiao2020.

    Presets
    -------
    smoke
        Seconds; for tests. Its numbers mean nothing.
    lesson
        Strings of 20 bits with parities of five, which a small network learns in seconds. 1,500
        strings and 1,000 steps are where architectures differ: with 500 strings none learns, with
        4,000 all do. Chosen by test accuracy on seeds 0 to 2; the studies show other choices.
    paper
        Parities of nine bits, as printed. What is not printed: everything else. 12,000 strings,
        one layer of 256 units, AdamW at 0.01 with a weight decay of 1; fewer strings or no decay
        teach such a network nothing.
    """

    problem: str = setting(Choice(tuple(STRATEGIES)), "bits", "strings of bits, or regressions")
    tasks: int = setting(Whole(1, 20), None, "how many; default: 2 for bits, 10 for regressions")
    overlap: float = setting(
        Real(0, 1), 1.0, "share of a task's relevant inputs that all tasks have in common"
    )
    n_train: int = setting(
        Whole(2, 1_000_000), None, "training examples (of each regression); default: 1,500 or 30"
    )
    strategies: tuple[str, ...] = setting(
        Several(Choice(_EVERY_STRATEGY), 1, len(_EVERY_STRATEGY), distinct=True),
        None,
        "ways of sharing; default: those of the problem",
    )

    bits: int = setting(Whole(1, 12), 5, "bits of a task's parity")
    length: int = setting(Whole(2, 64), 20, "bits of a string")
    width: int = setting(Whole(1, 2048), 128, "units of each layer of a backbone")
    layers: int = setting(Whole(1, 3), 1, "layers of a backbone")
    steps: int = setting(Whole(1, 100_000), 1000, "training steps")
    looks: int = setting(Whole(1, 1000), 30, "how often validation and test strings are looked at")
    batch_size: int = setting(
        Whole(1, 100_000), None, "strings a step; default: 256, or all if there are fewer"
    )
    learning_rate: float = setting(Real(0, 10, open_low=True), 0.01, "of AdamW")
    weight_decay: float = setting(Real(0, 100), 0.3, "of AdamW, apart from the gradient")
    columns: int = setting(
        Whole(1, 20), None, "backbones of a cross-stitch network; default: tasks"
    )
    stitch_layers: tuple[int, ...] = setting(
        Several(Whole(1, 3), 0, 3, distinct=True), None, "layers followed by stitches; default: all"
    )
    stitch_start: float = setting(
        Real(0, 1), 0.9, "the weight of a task's own backbone in a stitch at the start"
    )
    soft_strength: float = setting(
        Real(0, 1000), 0.01, "of the penalty on backbones' distance from their mean"
    )

    inputs: int = setting(Whole(1, 300), 60, "inputs of a regression")
    relevant: int = setting(Whole(1, 300), 5, "inputs that matter to a task")
    coefficients: str = setting(
        Choice(("sparse", "around_mean")), "sparse", "few are not zero, or all lie around a mean"
    )
    spread: float = setting(Real(0, 100), 0.3, "deviation of coefficients around their mean")
    noise: float = setting(Real(0, 100), 0.5, "standard deviation of the noise of y")

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"bits": 2, "steps": 40, "looks": 4, "width": 16, "n_train": 200},
        "lesson": {},
        "paper": {
            "bits": 9,
            "n_train": 12_000,
            "width": 256,
            "steps": 6000,
            "weight_decay": 1.0,
        },
    }

    def derive(self) -> Mapping[str, Any]:
        """Numbers of tasks and examples that suit the problem; all its ways of sharing."""
        linear = self.problem == "linear"
        given: int | None = self.tasks
        tasks = (10 if linear else 2) if given is None else given
        examples: int | None = self.n_train
        n_train = (30 if linear else 1500) if examples is None else examples
        return {
            "tasks": tasks,
            "n_train": n_train,
            "batch_size": min(256, n_train),
            "strategies": STRATEGIES[self.problem][:4],
            "columns": tasks,
            "stitch_layers": tuple(range(1, self.layers + 1)),
        }

    @classmethod
    def preset(cls, scale: str, **settings: Any) -> SharingConfig:
        """The config of a scale; for regressions all scales are alike, as they cost nothing."""
        linear = scale in cls.PRESETS and settings.get("problem") == "linear"
        # A bare super() does not find the class that attrs made anew if types are checked at run
        # time, as in the tests.
        return super(SharingConfig, cls).preset(  # noqa: UP008
            "lesson" if linear else scale, **settings
        )

    def check(self) -> None:
        """Ways and settings of the problem at hand; as many inputs as tasks ask for."""
        allowed = STRATEGIES[self.problem]
        for name in self.strategies:
            if name not in allowed:
                raise UsageError(
                    f"strategies = {', '.join(self.strategies)}: allowed with problem = "
                    f"{self.problem} are {', '.join(allowed)}."
                )
        self._check_foreign()
        if self.problem == "bits":
            self._check_bits()
        elif self.relevant > self.inputs:
            raise UsageError(
                f"relevant = {self.relevant}: allowed is at most {self.inputs}, the inputs."
            )

    def _check_bits(self) -> None:
        block = self.length // self.tasks
        if self.bits + 1 > block:
            raise UsageError(
                f"bits = {self.bits}: allowed is at most {block - 1}, as each of the {self.tasks} "
                f"tasks has {block} of the {self.length} bits, one of them its switch."
            )
        if any(layer > self.layers for layer in self.stitch_layers):
            given = ", ".join(map(str, self.stitch_layers))
            raise UsageError(
                f"stitch_layers = {given}: allowed are layers 1 to {self.layers} of the backbone."
            )
        if self.looks > self.steps:
            raise UsageError(
                f"looks = {self.looks}: allowed is at most {self.steps}, the training steps."
            )
        if self.batch_size > self.n_train:
            raise UsageError(
                f"batch_size = {self.batch_size}: allowed is at most {self.n_train}, the training "
                "strings."
            )

    def _check_foreign(self) -> None:
        """A setting that the problem does not read must stand as it does by default."""
        fields = attrs.fields_dict(type(self))
        if self.problem == "linear":
            derived = self.derive()
            for name in ("columns", "batch_size", "stitch_layers"):
                if getattr(self, name) != derived[name]:
                    raise UsageError(
                        f"{name} = {getattr(self, name)}: allowed with problem = linear is "
                        "nothing, as it matters to problem = bits alone."
                    )
        for problem, names in _OF.items():
            for name in names if problem != self.problem else ():
                default = fields[name].default
                if default is not None and getattr(self, name) != default:
                    raise UsageError(
                        f"{name} = {getattr(self, name)}: allowed with problem = {self.problem} is "
                        f"{default}, as it matters to problem = {problem} alone."
                    )
