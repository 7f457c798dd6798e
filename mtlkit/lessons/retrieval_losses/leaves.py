"""What a training of lesson 07 leaves: its tables and its arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.nn.functional import normalize

from mtlkit.core.history import History
from mtlkit.core.training import Outcome
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.evaluation import SCORINGS, Embedded, Statistics, ranks
from mtlkit.lessons.retrieval_losses.inputs import Pairs
from mtlkit.lessons.retrieval_losses.negatives import batches, shares
from mtlkit.lessons.retrieval_losses.program import KS, RetrievalProgram
from mtlkit.metrics.retrieval import mean_rank, median_rank, recall_at

GALLERY = 200
"""Test pictures whose embeddings are kept, with those of all their captions."""

SHOWN = 24
"""Test pictures whose scores with each other's first captions are kept."""

HALF = 0.5


def tables(
    config: RetrievalConfig,
    strategy: str,
    program: RetrievalProgram,
    history: History,
    outcome: Outcome,
) -> dict[str, pd.DataFrame]:
    """One loss' tables, all of the end of the training.

    `retrieval`
        On test pictures, and on as many of the training pictures, each way and with each scoring:
        recall at 1, 5 and 10 (shares), mean and median rank; the size of the gallery.
    `history`, `runs`
        Validation recalls and ranks of each epoch (task 1 is from pictures to captions, task 2
        back), by the scoring that suits the loss, and how the run went; `epochs_to_half` is the
        first epoch at which recall at 10, the mean of both ways, is one half.
    `negatives`, `batches`
        Of the trained network; see the module of that name.
    """
    seed = program.seed
    trained = program.embedded("train")
    by = trained.statistics()
    rows = []
    for split in ("test", "train"):
        data, found = program.pairs[split], program.embedded("test") if split == "test" else trained
        if split == "train":
            data, found = _first(data, found, config.n_test)
        rows.append(_retrieval(data, found, by).assign(split=split))
    retrieval = pd.concat(rows, ignore_index=True)
    frame = history.frame()
    validation = program.embedded("validation")
    return {
        "retrieval": retrieval.assign(seed=seed, strategy=strategy)[
            ["seed", "strategy", "split", *retrieval.columns.drop("split")]
        ],
        "history": frame.drop(columns="replica"),
        "runs": history.runs(outcome).assign(epochs_to_half=_epochs_to_half(frame)),
        "negatives": shares(config, strategy, validation, program.pairs["validation"]).assign(
            seed=seed
        ),
        "batches": batches(config, strategy, trained, program.pairs["train"], seed).assign(
            seed=seed
        ),
    }


def _retrieval(data: Pairs, found: Embedded, by: Statistics) -> pd.DataFrame:
    rows = []
    for scoring in SCORINGS:
        for one in ranks(found if scoring == "cosine" else found.standardised(by), data):
            recalls = {f"recall_{k}": recall_at(one.ranks, k, one.items) for k in KS}
            rows.append(
                {
                    "direction": one.direction,
                    "scoring": scoring,
                    **recalls,
                    "mean_rank": mean_rank(one.ranks),
                    "median_rank": median_rank(one.ranks),
                    "items": one.items,
                }
            )
    return pd.DataFrame(rows)


def _first(data: Pairs, found: Embedded, pictures: int) -> tuple[Pairs, Embedded]:
    """The first pictures and their captions."""
    kept = data.head(pictures)
    return kept, Embedded(found.images[: len(kept.images)], found.texts[: len(kept.words)])


def _epochs_to_half(frame: pd.DataFrame) -> float:
    both = frame.groupby("epoch")["recall_10"].mean()
    there = both[both >= HALF]
    return float(there.index.min()) if len(there) else np.nan


def arrays(program: RetrievalProgram, strategy: str) -> Mapping[str, Shaped[np.ndarray, ...]]:
    """What pictures of a run and its search box need, by the scoring that suits the loss.

    That is the standardised one for Barlow Twins, else the cosine. `images_STRATEGY` (picture,
    feature) and `texts_STRATEGY` (caption, feature), of length 1, are the first test pictures and
    all their captions; `captions_of` (caption) says whose those are. `scores_STRATEGY` (picture,
    caption) are the first of them with the first caption of each. `text_shift_STRATEGY` and
    `text_scale_STRATEGY` are what a caption's numbers are reduced and divided by, and
    `text/PARAMETER_STRATEGY` the parameters of the branch that makes them.
    """
    found, by = program.embedded("test"), program.embedded("train").statistics()
    data, found = _first(program.pairs["test"], found, GALLERY)
    standardised = strategy == "barlow_twins"
    if standardised:
        found = found.standardised(by)
    images, texts = _unit(found.images), _unit(found.texts)
    shown = min(SHOWN, len(images))
    shift, scale = by.texts
    kept = {
        f"images_{strategy}": images,
        f"texts_{strategy}": texts,
        "captions_of": data.pictures.numpy(),
        f"scores_{strategy}": images[:shown] @ texts[data.first[:shown].numpy()].T,
        f"text_shift_{strategy}": shift.numpy() if standardised else np.zeros(len(shift), "f4"),
        f"text_scale_{strategy}": scale.numpy() if standardised else np.ones(len(scale), "f4"),
    }
    for name, value in program.network.texts.state_dict().items():
        kept[f"text/{name}_{strategy}"] = value.cpu().numpy()
    return kept


def _unit(found: Float[Tensor, "example feature"]) -> Float[np.ndarray, "example feature"]:
    made: Float[np.ndarray, "example feature"] = normalize(found, dim=-1).numpy()
    return made
