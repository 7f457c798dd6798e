"""Feature synthesis: generator, critic and classifier, trained together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from mtlkit.core.streams import shuffled, stream
from mtlkit.lessons.zero_shot_synthesis.config import CONTROL, SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.critic import Critic
from mtlkit.lessons.zero_shot_synthesis.described import Descriptions
from mtlkit.lessons.zero_shot_synthesis.diagnosis import silhouette, within
from mtlkit.lessons.zero_shot_synthesis.generators import INJECTIONS, Generator
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram
from mtlkit.losses import gradient_penalty
from mtlkit.nn import StackedLinear

TERMS = ("adversarial", "classification", "clustering")

SHOWN = 8
"""Noises of a composition that are looked at."""


@attrs.frozen(eq=False)
class Draw:
    """What a step sees besides the networks.

    Parameters
    ----------
    rows
        Training pictures.
    imagined
        Unseen compositions, as many as there are pictures.
    noises
        For the generator; of the pictures' compositions first, then of the imagined ones.
    critics
        For each of the critic's steps: noises of the pictures' compositions, and alpha.
    """

    rows: Int64[Tensor, "replica batch"]
    imagined: Int64[Tensor, "replica batch"]
    noises: Float[Tensor, "injection replica example noise"]
    critics: tuple[
        tuple[Float[Tensor, "injection replica batch noise"], Float[Tensor, "replica batch"]], ...
    ]


class SynthesisProgram(ZeroShotProgram):
    r"""Task-aware feature generation, with any of the generator designs.

    Notes
    -----
    yan2020, equations (5.2) to (5.6). The text leaves open who takes which term, how often, and on
    which compositions. Our reading, a step at a time:

    - The critic goes up `E D(z, t) - E D(G(t, n), t) - lambda_gp E(penalty)`, `critic_steps` times,
      on seen compositions. (5.6) prints `L_wgan` where the penalty of (5.4) must be meant.
    - The generator, the classifier and the word embeddings go down
      `-E D(G(t, n), t) + lambda L_cls + mu L_cluster`, once. The first and the last term are of
      seen compositions; `L_cls` is of seen ones and of as many unseen ones, of validation and test
      alike, since their descriptions are known. A picture of those is never seen.
    - `L_cluster` pairs each synthetic feature with the picture whose composition it has: the sum
      over the feature's numbers, the mean over the batch.
    - (5.3) as printed has one sign for both players: D goes up it and G down it.
    - The word embeddings serve the critic too, which takes them as they are: no player moves them
      for its own verdict.

    At the end the classifier alone is used, on real features: among the unseen compositions, or
    among all, with a bias or without.
    """

    def __init__(
        self,
        config: SynthesisConfig,
        design: str,
        seeds: Sequence[int],
        problems: Sequence[Problem],
        device: torch.device,
    ) -> None:
        super().__init__(config, seeds, problems, device)
        sizes = [vectors.shape[-1] for vectors in self.vectors]
        description = len(sizes) * config.hidden
        self.descriptions = Descriptions(seeds, sizes, config.hidden)
        self.generator = Generator(
            design, seeds, description, config.noise, config.width, config.hidden, self.features
        )
        self.critic = Critic(seeds, self.features, description, config.hidden)
        self.classifier = StackedLinear(
            (len(seeds),),
            self.features,
            self.compositions,
            generators=[stream(seed, "classifier") for seed in seeds],
        )
        self.to(device)
        words = list(self.descriptions.parameters())
        others = [
            parameter
            for module in (self.generator, self.classifier)
            for parameter in module.parameters()
            if parameter.requires_grad
        ]
        self.optimisers = [
            torch.optim.Adam(
                [
                    {"params": others, "lr": config.learning_rate},
                    {"params": words, "lr": config.embedding_rate},
                ],
                fused=True,
            ),
            torch.optim.Adam(self.critic.parameters(), lr=config.learning_rate, fused=True),
        ]

    def batches(self, epoch: int) -> Iterator[Draw]:
        """Pictures, imagined compositions and noise, all drawn from each seed's own streams."""
        drawn = [stream(seed, "synthesis", epoch) for seed in self.seed.tolist()]
        unseen = [torch.nonzero(~own).squeeze(1) for own in self.seen.cpu()]
        device = self.seed.device
        for rows in super().batches(epoch):
            size = rows.shape[1]
            imagined = [
                own[torch.randint(len(own), (size,), generator=random)]
                for own, random in zip(unseen, drawn, strict=True)
            ]
            noises = self.noises(2 * size, drawn)
            critics = tuple(
                (self.noises(size, drawn), _shares(size, drawn).to(device))
                for _ in range(self.config.critic_steps)
            )
            yield Draw(rows, torch.stack(imagined).to(device), noises, critics)

    def noises(
        self, examples: int, drawn: Sequence[torch.Generator]
    ) -> Float[Tensor, "injection replica example noise"]:
        """Normal noise for every injection, from each replica's own stream."""
        shape = (INJECTIONS, examples, self.config.noise)
        found = torch.stack([torch.randn(shape, generator=random) for random in drawn], 1)
        return (self.config.noise_scale * found).to(self.seed.device)

    def described(
        self, labels: Int64[Tensor, "replica example"]
    ) -> Float[Tensor, "replica example description"]:
        """phi(t) of these compositions."""
        everything: Tensor = self.descriptions(self.vectors, self.members)
        return everything.gather(1, labels.unsqueeze(-1).expand(-1, -1, everything.shape[-1]))

    def step(self, batch: Draw) -> Float[Tensor, " replica"]:
        """The critic's steps, then one of everybody else; their weighted loss."""
        real, labels = self.rows(batch.rows)
        generating, criticising = self.optimisers
        if self.config.adversarial:
            with torch.no_grad():
                known = self.described(labels)
            for noises, share in batch.critics:
                criticising.zero_grad()
                torch.autograd.backward(self._critic_loss(real, known, noises, share).sum())
                criticising.step()
        generating.zero_grad()
        self.critic.requires_grad_(False)
        losses = self.weighted(self.terms(real, labels, batch.imagined, batch.noises))
        torch.autograd.backward(losses.sum())
        self.critic.requires_grad_(True)
        generating.step()
        return losses

    def weighted(self, terms: Mapping[str, Tensor]) -> Float[Tensor, " replica"]:
        """Their sum with the weights of the config."""
        return sum(
            (getattr(self.config, name) * terms[name] for name in TERMS),
            torch.zeros(len(self.seed), device=self.seed.device),
        )

    def terms(
        self,
        real: Float[Tensor, "replica batch feature"],
        labels: Int64[Tensor, "replica batch"],
        imagined: Int64[Tensor, "replica batch"],
        noises: Float[Tensor, "injection replica example noise"],
    ) -> dict[str, Float[Tensor, " replica"]]:
        """The generator's three losses, before their weights."""
        everything = torch.cat([labels, imagined], 1)
        descriptions = self.described(everything)
        fake = self.generator(descriptions, noises)
        size = real.shape[1]
        return self._terms_of(fake, real, everything, descriptions[:, :size])

    def _terms_of(
        self,
        fake: Float[Tensor, "replica example feature"],
        real: Float[Tensor, "replica batch feature"],
        labels: Int64[Tensor, "replica example"],
        known: Float[Tensor, "replica batch description"],
    ) -> dict[str, Float[Tensor, " replica"]]:
        size = real.shape[1]
        # The embeddings move for what is made of them, not for what the critic hears.
        known = known.detach()
        logits = self.classifier(fake)
        guessed = cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        return {
            "adversarial": -self.critic(fake[:, :size], known).mean(1),
            "classification": guessed.view(labels.shape).mean(1),
            "clustering": (fake[:, :size] - real).square().sum(-1).mean(1),
        }

    def _critic_loss(
        self,
        real: Float[Tensor, "replica batch feature"],
        known: Float[Tensor, "replica batch description"],
        noises: Float[Tensor, "injection replica batch noise"],
        share: Float[Tensor, "replica batch"],
    ) -> Float[Tensor, " replica"]:
        with torch.no_grad():
            fake = self.generator(known, noises)
        penalty = gradient_penalty(lambda z: self.critic(z, known), real, fake, share)
        distance: Tensor = self.critic(real, known) - self.critic(fake, known)
        return (self.config.penalty * penalty - distance).mean(1)

    def observe(self) -> Mapping[str, Tensor]:
        """Also the losses of a batch, and how hard each pulls at the synthetic features.

        The batch is drawn once from each seed's training pictures, with the same noise every time.
        `distance` is the critic's `E D(real) - E D(synthetic)` there; `pull_TERM` is the norm of
        the gradient of a term, with its weight, with respect to a synthetic feature of a seen
        composition in a step. `noise_silhouette` is in [-1, 1]: how far the noise injected last
        clusters by composition; `noise_within` the share of its variance within compositions, 0
        where what is called noise is a shift of each task (both NaN where none is injected).
        """
        return {**super().observe(), **self._losses(), **self._noise()}

    @torch.enable_grad()
    def _losses(self) -> dict[str, Float[Tensor, "replica 1"]]:
        pictures = self.get_buffer("labels_train").shape[1]
        size = min(self.config.batch_size, pictures)
        # Pictures lie composition after composition: the first ones would show a few only.
        looked = shuffled(self.seed.tolist(), 0, pictures)[:, :size].to(self.seed.device)
        real, labels = self.rows(looked)
        noises = self.noises(size, [stream(seed, "look") for seed in self.seed.tolist()])
        known = self.described(labels).detach()
        fake = self.generator(known, noises).detach().requires_grad_()
        terms = self._terms_of(fake, real, labels, known)
        found = {"distance": (self.critic(real, known) + terms["adversarial"].unsqueeze(1)).mean(1)}
        for name, term in terms.items():
            (slope,) = torch.autograd.grad(term.sum(), fake, retain_graph=True)
            # A term is a mean over the batch; in a step, that of L_cls is over unseen ones too.
            share = 0.5 if name == "classification" else 1.0
            pull = share * size * getattr(self.config, name) * slope.norm(dim=-1).mean(1)
            found |= {name: term, f"pull_{name}": pull}
        return {name: value.detach().unsqueeze(1) for name, value in found.items()}

    def _noise(self) -> dict[str, Float[Tensor, "replica 1"]]:
        names = ("noise_silhouette", "noise_within")
        if self.generator.shallow:
            return {name: torch.full((len(self.seed), 1), torch.nan) for name in names}
        pairs = list(zip(*self.injected(SHOWN), strict=True))
        found = ([silhouette(*own) for own in pairs], [within(*own) for own in pairs])
        return {
            name: torch.tensor(each).unsqueeze(1) for name, each in zip(names, found, strict=True)
        }

    @torch.no_grad()
    def synthetic(
        self, each: int, part: str = "test"
    ) -> tuple[Float[Tensor, "replica example feature"], Int64[Tensor, "replica example"]]:
        """Synthetic features of the compositions first met in a part, so many of each."""
        labels, noises = self._unseen(each, part)
        order = self._order(labels.shape[1])
        made = self.generator(self.described(labels[:, order]), noises)
        return made[:, order.argsort()].cpu(), labels.cpu()

    @torch.no_grad()
    def injected(
        self, each: int, part: str = "test"
    ) -> tuple[Float[Tensor, "replica example unit"], Int64[Tensor, "replica example"]]:
        """What is injected last, likewise; labels are of the descriptions that scaled it."""
        labels, noises = self._unseen(each, part)
        return self.generator.injected(self.described(labels), noises).cpu(), labels.cpu()

    def _order(self, examples: int) -> Int64[Tensor, " example"]:
        """In which examples are made: one by one, but the control needs another one beside each."""
        order = torch.arange(examples)
        if self.generator.design == CONTROL:
            order = torch.randperm(examples, generator=stream(0, "injected"))
        return order.to(self.seed.device)

    def _unseen(
        self, each: int, part: str
    ) -> tuple[Int64[Tensor, "replica example"], Float[Tensor, "injection replica example noise"]]:
        """Composition after composition, the same noise at every call."""
        unseen = self.get_buffer(f"unseen_{part}")
        labels = torch.stack([own.nonzero().squeeze(1).repeat_interleave(each) for own in unseen])
        drawn = [stream(seed, f"synthetic/{part}") for seed in self.seed.tolist()]
        return labels, self.noises(labels.shape[1], drawn)

    def scores(
        self, features: Float[Tensor, "replica picture feature"]
    ) -> Float[Tensor, "replica picture composition"]:
        """Log-probabilities of all compositions."""
        logits: Tensor = self.classifier(features)
        return logits.log_softmax(-1)


def _shares(size: int, drawn: Sequence[torch.Generator]) -> Float[Tensor, "replica batch"]:
    """alpha, uniform, from each replica's own stream."""
    return torch.stack([torch.rand(size, generator=random) for random in drawn])
