"""What a balancer is: it turns the losses of the tasks into one backward pass."""

from __future__ import annotations

import abc
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.errors import UsageError


class Balancer(nn.Module, abc.ABC):
    """Turns per-task losses into gradients.

    Losses are `(replica, task)`. Replicas are summed, never averaged: a replica's gradient, and so
    its step, does not depend on how many others train beside it. What a balancer keeps (weights,
    log-variances) has the replica as its leading axis too, so that `mtlkit.nn.select_replicas`
    can cut it.
    """

    @abc.abstractmethod
    def backward(
        self, losses: Float[Tensor, "replica task"], shared: Sequence[Tensor] = ()
    ) -> None:
        """Do the backward pass: add to the `.grad` of all that `losses` depends on.

        Parameters
        ----------
        losses
            One mean loss per replica and task.
        shared
            The parameters that the tasks share, each with the replica as its leading axis.
            Scalar weightings do not look at them; Jacobian aggregators need them.
        """

    @abc.abstractmethod
    def weights(self) -> Float[Tensor, "replica task"]:
        """The factors on the tasks' gradients of the shared parameters, detached.

        Those in force at the current state; an aggregator, whose factors depend on the gradients,
        gives those of its last backward pass.
        """


class Weighting(Balancer):
    """A scalar weighting: the balancer's step is the gradient of one objective per replica."""

    @abc.abstractmethod
    def objective(self, losses: Float[Tensor, "replica task"]) -> Float[Tensor, " replica"]:
        """The one number per replica whose gradient is followed."""

    def backward(
        self, losses: Float[Tensor, "replica task"], shared: Sequence[Tensor] = ()
    ) -> None:
        """Differentiate the objective, summed over replicas; `shared` is not needed."""
        torch.autograd.backward(self.objective(losses).sum())


class Aggregator(Balancer):
    """A Jacobian aggregator: it combines the tasks' gradients of the shared parameters.

    All other parameters (heads) receive the plain gradient of the sum of the losses: a head's own
    task's gradient.

    Parameters
    ----------
    replicas, tasks
        The shape of the losses.

    Raises
    ------
    UsageError
        If one of them is below 1.
    """

    last_weights: Tensor

    def __init__(self, replicas: int, tasks: int) -> None:
        super().__init__()
        check_sizes(replicas, tasks)
        self.register_buffer("last_weights", torch.full((replicas, tasks), 1 / tasks))

    @abc.abstractmethod
    def coefficients(
        self, jacobian: Float[Tensor, "replica task parameter"]
    ) -> Float[Tensor, "replica task"]:
        """The factor on each task's gradient, from each replica's gradients as rows."""

    def backward(
        self, losses: Float[Tensor, "replica task"], shared: Sequence[Tensor] = ()
    ) -> None:
        """One backward pass per task, then one combination per replica.

        Raises
        ------
        ValueError
            If `shared` is empty.
        """
        if not shared:
            raise ValueError(
                f"{type(self).__name__} compares gradients: backward needs the shared parameters."
            )
        before = [parameter.grad for parameter in shared]
        jacobian = _jacobian(losses, shared)
        weights = self.coefficients(jacobian)
        combined = (weights.unsqueeze(-1) * jacobian).sum(1)
        sizes = [parameter[0].numel() for parameter in shared]
        for parameter, old, new in zip(
            shared, before, torch.split(combined, sizes, 1), strict=True
        ):
            new = new.reshape(parameter.shape)
            parameter.grad = new if old is None else old.add_(new)
        self.last_weights = weights

    def weights(self) -> Float[Tensor, "replica task"]:
        """The coefficients of the last backward pass (equal ones before the first)."""
        return self.last_weights.clone()


def _jacobian(
    losses: Float[Tensor, "replica task"], shared: Sequence[Tensor]
) -> Float[Tensor, "replica task parameter"]:
    """Each task's gradient of the shared parameters; the other leaves accumulate theirs.

    Replicas do not interact, so the gradient of their sum has each replica's own in its row.
    """
    tasks = losses.sum(0).unbind()
    rows = []
    for task, loss in enumerate(tasks):
        for parameter in shared:
            parameter.grad = None
        torch.autograd.backward(loss, retain_graph=task < len(tasks) - 1)
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in shared]
        rows.append(torch.cat([grad.flatten(1) for grad in grads], 1))
    return torch.stack(rows, 1)


def check_sizes(replicas: int, tasks: int) -> None:
    """Refuse a balancer without replicas or tasks.

    Raises
    ------
    UsageError
        If one of them is below 1.
    """
    for name, size in (("replicas", replicas), ("tasks", tasks)):
        if size < 1:
            raise UsageError(f"{name} is {size}: it must be at least 1.")
