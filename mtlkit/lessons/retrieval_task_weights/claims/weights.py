"""What the learned weights do, and whether it helps."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, by_seed, difference
from mtlkit.core.region import Region
from mtlkit.lessons.retrieval_task_weights.claims.comparing import (
    COLLECTIONS,
    LEARNED,
    NOTICEABLE,
    claim,
    levels,
    score,
)

_RATE = 0.00001


def _pairs(table: pd.DataFrame) -> list[tuple[float, float]]:
    """The noises of both collections that a study has, in its order."""
    pairs = table[["noise_sentences", "noise_tags"]].drop_duplicates()
    return [(float(one), float(other)) for one, other in pairs.to_numpy()]


def _own(
    table: pd.DataFrame, noise: tuple[float, float], task: int, strategy: str, column: str
) -> pd.Series[float]:
    rows = table[
        (table["noise_sentences"] == noise[0])
        & (table["noise_tags"] == noise[1])
        & (table["task"] == task)
        & (table["strategy"] == strategy)
    ]
    return by_seed(rows, column)


def _label(noise: tuple[float, float]) -> str:
    return f"σ² = {noise[0]:g} (sentences), {noise[1]:g} (tags)"


def _cleaner_weighs_more(table: pd.DataFrame) -> list[Cell]:
    """log2 of the cleaner collection's weight over the other's."""
    found = []
    for noise in _pairs(table):
        if noise[0] != noise[1]:
            weights = [_own(table, noise, task, LEARNED, "weight") for task in (1, 2)]
            ratio = (weights[0] / weights[1]).map(np.log2)
            sign = 1 if noise[0] < noise[1] else -1
            found.append(Cell(_label(noise), tuple(sign * ratio)))
    return found


def _noise_lowers_the_weight(table: pd.DataFrame) -> list[Cell]:
    """log2 of a collection's share of the weights with its noise, over that without."""
    found = []
    least, most = levels(table)
    for task, collection in COLLECTIONS.items():

        def share(level: float | int, task: int = task) -> pd.Series[float]:
            noise = (level, 1.0) if task == 1 else (1.0, level)
            own, other = (_own(table, noise, one, LEARNED, "weight") for one in (task, 3 - task))
            return own / (own + other)

        ratio = (share(most) / share(least)).map(np.log2)
        found.append(Cell(f"{collection}, σ² = {most:g} against {least:g}", tuple(ratio)))
    return found


def _uncertainty_rises(table: pd.DataFrame) -> list[Cell]:
    least, most = levels(table)
    found = []
    for task, collection in COLLECTIONS.items():
        noises = [(level, 1.0) if task == 1 else (1.0, level) for level in (least, most)]
        clean, noisy = (_own(table, noise, task, LEARNED, "uncertainty") for noise in noises)
        found.append(
            Cell(
                f"{collection}, σ² = {most:g} against {least:g}",
                tuple((noisy / clean).map(np.log2)),
            )
        )
    return found


def _ahead(first: str, second: str) -> Cells:
    """MAP of both collections of one weighting less another's, in points."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        return [
            difference(_both(table, noise, first), _both(table, noise, second), _label(noise))
            for noise in _pairs(table)
        ]

    return cells


def _both(table: pd.DataFrame, noise: tuple[float, float], strategy: str) -> pd.Series[float]:
    """The mean MAP of both collections, in points."""
    return 50 * (_own(table, noise, 1, strategy, "map") + _own(table, noise, 2, strategy, "map"))


def _two_beat_one(strategy: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        return [
            difference(
                score(table, task, level, strategy=strategy),
                score(table, task, level, strategy=f"{collection}_alone"),
                f"{collection}, σ² = {level:g}",
            )
            for task, collection in COLLECTIONS.items()
            for level in sorted(table["noise_sentences"].unique())
        ]

    return cells


def _printed_rate(table: pd.DataFrame) -> list[Cell]:
    """MAP at the printed rate less chance, with the loss as a mean and as a sum."""
    rows = table[(table["learning_rate"] == _RATE) & (table["log_variance_rate"] == _RATE)]
    return [
        Cell(
            f"{collection}, {'sum' if summed else 'mean'}",
            tuple(100 * (by_seed(own, "map") - by_seed(own, "chance"))),
        )
        for summed in (True, False)
        for task, collection in COLLECTIONS.items()
        for own in [rows[(rows["summed"] == summed) & (rows["task"] == task)]]
    ]


CLAIMS = (
    claim(
        "cleaner_collection_weighs_more",
        "The collection with cleaner labels gets the larger weight",
        "section 6.5",
        "The model should emphasize its learning on the dataset with fewer swapped labels, and it "
        "should adjust its task weights accordingly.",
        "Wherever the two noises differ, the learned weight of the collection with less noise is "
        "the larger one.",
        "tuned",
        "doublings of the weights' ratio",
        Region.above(0),
        _cleaner_weighs_more,
        "A weight rests at a multiple of 1 / loss: a collection whose classes are harder to tell "
        "gets less whatever its noise.",
        figure="weights",
    ),
    claim(
        "noise_lowers_its_weight",
        "More noise in a collection lowers its share of the weights",
        "section 6.5",
        "it should adjust its task weights accordingly",
        "A collection's share of the two learned weights is smaller at noise 3 than at noise 0.",
        "tuned",
        "doublings of the share",
        Region.below(0),
        _noise_lowers_the_weight,
        "The direction, apart from which collection has the larger loss to begin with.",
        figure="weights",
    ),
    claim(
        "uncertainty_rises_with_noise",
        "The learned uncertainty rises with the noise",
        "section 7.1",
        "The learned task weights provide an easily interpreted measure of how much uncertainty "
        "each task contains.",
        "A collection's learned s is larger at noise 3 than at noise 0.",
        "tuned",
        "doublings of s",
        Region.above(0),
        _uncertainty_rises,
        "s follows the collection's own loss: it can be compared between noises, not between "
        "collections.",
        figure="uncertainties",
    ),
    claim(
        "learned_as_good_as_equal",
        "Learned weights are as good as equal ones",
        "section 6.5",
        "Without any prior knowledge of the noise in each task, the model was still able to use "
        "the learned task weights to properly weigh the tasks.",
        "MAP, the mean of both collections and directions, is less than "
        f"{NOTICEABLE:g} point below that with equal weights, at every noise.",
        "tuned",
        "points of MAP",
        Region.no_worse_score(NOTICEABLE),
        _ahead(LEARNED, "equal"),
        "The source compares its learned weights with nothing.",
    ),
    claim(
        "learned_better_than_equal",
        "Learned weights are better than equal ones",
        "section 6.5",
        "Without any prior knowledge of the noise in each task, the model was still able to use "
        "the learned task weights to properly weigh the tasks.",
        "MAP, the mean of both collections and directions, is higher than with equal weights, at "
        "every noise.",
        "tuned",
        "points of MAP",
        Region.above(0),
        _ahead(LEARNED, "equal"),
        "What proper weights would be good for.",
    ),
    claim(
        "learned_as_good_as_hand_tuned",
        "Learned weights are as good as tuned ones",
        "chapter 2",
        "These techniques to learn task weights all achieve model performance that exceeds or "
        "matches the performance of a hyperparameter search such as grid search.",
        f"MAP, the mean of both collections and directions, is less than {NOTICEABLE:g} point "
        "below that with the best of nine weight vectors, chosen on validation, at every noise.",
        "tuned",
        "points of MAP",
        Region.no_worse_score(NOTICEABLE),
        _ahead(LEARNED, "hand_tuned"),
        "The vector is chosen by the noisy validation loss, the same for all seeds.",
    ),
    claim(
        "printed_form_as_good",
        "The printed form is as good as Kendall's",
        "section 6.2",
        "the loss function for a multi-task learning model where each task uses triplet loss can "
        "be written as",
        "MAP, the mean of both collections and directions, with the printed loss (log of sigma "
        f"squared without its half) differs by less than {NOTICEABLE:g} point from Kendall's.",
        "tuned",
        "points of MAP",
        Region.within(NOTICEABLE),
        _ahead("learned_printed", LEARNED),
        "At rest the forms differ by a factor 2 in all weights, which Adam takes away.",
    ),
    claim(
        "difficulty_helps",
        "Difficulty in the weighting helps under noise",
        "section 7.2",
        "One alternative is to consider task difficulty in addition to task uncertainty when "
        "learning task weights.",
        "MAP, the mean of both collections and directions, with uncertainty and difficulty in the "
        "weights is higher than with uncertainty alone, at every noise.",
        "tuned",
        "points of MAP",
        Region.above(0),
        _ahead("difficulty", LEARNED),
        "The source prints no formula; ours multiplies the weight by a focal factor of the loss.",
    ),
    *(
        claim(
            f"two_collections_beat_one_{strategy.removeprefix('learned_')}",
            f"A second collection helps ({words})",
            "chapter 1",
            "By allowing the model to learn from multiple datasets, we would hope that the model "
            "could learn more general features instead of overfitting to one dataset.",
            f"MAP of each collection is higher when both are learned together, with {words}, than "
            "when it is learned alone, at every noise of its labels.",
            "alone",
            "points of MAP",
            Region.above(0),
            _two_beat_one(strategy),
            "Alone, the same network has one head a modality and sees one collection, as many "
            "anchors a step and as many epochs. The other's noise is 1.",
        )
        for strategy, words in ((LEARNED, "learned weights"), ("equal", "equal weights"))
    ),
    claim(
        "printed_rate_learns",
        "The printed learning rate learns",
        "section 6.3",
        "An ADAM optimizer with a learning rate of 0.00001 was used to train the model.",
        "At the printed rate MAP is at least 5 points above chance after the epochs that suffice "
        "at ours.",
        "rates",
        "points of MAP",
        Region.above(5),
        _printed_rate,
        "The source does not print the number of epochs or batches. Adam moves a weight by about "
        "its rate in a step: 0.0024 here in all 240 steps. Chance is the sum of the classes' "
        "squared shares.",
    ),
)
