"""Gates: which experts a task uses, drawn from a distribution that is learned.

A gate depends on the task alone (yan2020, section 3.1), so that the experts of a task can be fixed
after training.
"""

from __future__ import annotations

import abc

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from mtlkit.errors import UsageError

Logits = Float[Tensor, "replica task expert"]


class Gates(nn.Module, abc.ABC):
    """A distribution over the experts of each task, with one logit for each of its choices.

    Parameters
    ----------
    logits
        At the start; learned.
    """

    def __init__(self, logits: Logits) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits.clone())

    @abc.abstractmethod
    def probabilities(self) -> Float[Tensor, "replica task expert"]:
        """How likely a task uses an expert."""

    @abc.abstractmethod
    def sample(
        self, uniform: Float[Tensor, "sample replica task image expert"]
    ) -> Float[Tensor, "sample replica task image expert"]:
        """Gates (0 or 1) for each element of the batch, from numbers uniform on [0, 1)."""

    @abc.abstractmethod
    def log_probability(
        self, gates: Float[Tensor, "sample replica task image expert"]
    ) -> Float[Tensor, "sample replica task image"]:
        """The logarithm of the probability of drawing these gates."""

    def density(self) -> Float[Tensor, "replica task"]:
        """The expected number of experts of a task, k(t) of yan2020."""
        return self.probabilities().sum(-1)


class BernoulliGates(Gates):
    """Each expert of a task is used or not, independently: b_i(t) ~ Bernoulli(p_i(t)).

    Source: yan2020, section 3.1; its logits start at 0, so that every p is one half.
    """

    def probabilities(self) -> Float[Tensor, "replica task expert"]:
        """The logistic function of the logits."""
        return self.logits.sigmoid()

    def sample(
        self, uniform: Float[Tensor, "sample replica task image expert"]
    ) -> Float[Tensor, "sample replica task image expert"]:
        """1 where the number is below the probability."""
        return (uniform < self.probabilities().detach().unsqueeze(2)).to(uniform.dtype)

    def log_probability(
        self, gates: Float[Tensor, "sample replica task image expert"]
    ) -> Float[Tensor, "sample replica task image"]:
        """Sum over the experts of log p where used, log(1 - p) where not."""
        # log p = log(1 - p) + logit, so that one sum over experts is a product with the logits.
        unused = logsigmoid(-self.logits).sum(-1).unsqueeze(-1)
        return torch.einsum("srtni,rti->srtn", gates, self.logits) + unused

    def relaxed(
        self,
        uniform: Float[Tensor, "sample replica task image expert"],
        temperature: float,
        *,
        hard: bool = False,
    ) -> Float[Tensor, "sample replica task image expert"]:
        """Gates that gradients pass through, by Gumbel-softmax for two classes.

        Parameters
        ----------
        uniform
            Numbers uniform on [0, 1).
        temperature
            The lower, the nearer to 0 and 1.
        hard
            Straight through: the value is 0 or 1, as `sample` would have it from the same numbers,
            the gradient that of the relaxed value.

        Raises
        ------
        UsageError
            If the temperature is not positive.

        Notes
        -----
        Source: yan2020, section 3.1, names it and leaves it: gates between 0 and 1 call every
        expert. The two-class form is that of Maddison, Mnih and Teh (2017).
        """
        if not temperature > 0:
            raise UsageError(f"temperature = {temperature:g}: allowed is a number above 0.")
        noise = torch.logit(1 - uniform, eps=1e-6)
        soft = ((self.logits.unsqueeze(2) + noise) / temperature).sigmoid()
        if not hard:
            return soft
        # The difference is exactly 0, so that the value is exactly 0 or 1.
        return (soft > 0.5).to(soft.dtype) + (soft - soft.detach())


class CategoricalGates(Gates):
    """Exactly one expert of a task is used: the hard choice of a routing network.

    Source: yan2020, section 2.1 (after Rosenbaum, Klinger and Riemer, 2018).
    """

    def probabilities(self) -> Float[Tensor, "replica task expert"]:
        """The softmax of the logits."""
        return self.logits.softmax(-1)

    def sample(
        self, uniform: Float[Tensor, "sample replica task image expert"]
    ) -> Float[Tensor, "sample replica task image expert"]:
        """1 at one expert; of the numbers only the first expert's are used."""
        steps = self.probabilities().detach().cumsum(-1).unsqueeze(2)
        place = (uniform[..., :1] >= steps[..., :-1]).sum(-1)
        return nn.functional.one_hot(place, uniform.shape[-1]).to(uniform.dtype)

    def log_probability(
        self, gates: Float[Tensor, "sample replica task image expert"]
    ) -> Float[Tensor, "sample replica task image"]:
        """The log-softmax at the chosen expert."""
        return torch.einsum("srtni,rti->srtn", gates, self.logits.log_softmax(-1))


class NoisyTopK(nn.Module):
    """A fixed number k of experts, those with the largest noisy logits, mixed by their softmax.

    Gradients pass through the softmax, so that it needs no score function.

    Parameters
    ----------
    logits
        At the start; learned.
    k
        Experts of a task.
    noise
        Standard deviation of what is added to the logits in training.

    Raises
    ------
    UsageError
        If k is not between 1 and the number of experts, or the noise is negative.

    Notes
    -----
    Source: yan2020, sections 2.1 and 3.4 (after Shazeer et al., 2017). There gates depend on the
    input and the noise's size is learned; here they depend on the task, as all gates of the lesson.
    """

    def __init__(self, logits: Logits, k: int, noise: float) -> None:
        super().__init__()
        if not 1 <= k <= logits.shape[-1] or noise < 0:
            raise UsageError(
                f"k = {k}, noise = {noise:g}: allowed are 1 to {logits.shape[-1]} experts, and a "
                "deviation of 0 or more."
            )
        self.logits = nn.Parameter(logits.clone())
        self.k, self.noise = k, noise

    def weights(
        self, normal: Float[Tensor, "sample replica task image expert"] | None = None
    ) -> Float[Tensor, "sample replica task image expert"]:
        """What the experts' outputs are multiplied by; 0 for all but k; without noise if None."""
        logits = self.logits.unsqueeze(2).unsqueeze(0)
        if normal is not None:
            logits = logits + self.noise * normal
        kept = logits.topk(self.k, dim=-1)
        chosen = torch.full_like(logits, -torch.inf)
        chosen = chosen.scatter(-1, kept.indices, kept.values)
        return chosen.softmax(-1)
