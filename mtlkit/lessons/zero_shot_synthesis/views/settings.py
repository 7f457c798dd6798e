"""Learning rates and word vectors."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    CLOSED,
    baselines_in,
    by_strategy,
    chance_of,
    designs_in,
    intervals,
    named_set,
    over_seeds,
    percent,
    sets_in,
)

_PRINTED = (0.0001, 0.00001)

_KINDS: Mapping[str, str] = {
    "random": "random",
    "one_hot": "one-hot",
    "corpus": "learned from a corpus",
    "glove": "GloVe",
}


def _rates(rows: pd.DataFrame) -> dict[tuple[float, float], str]:
    """Pairs of rates in order, and what figures call them: thousandths, which are short."""
    usual = SynthesisConfig.preset("lesson")
    default = (usual.learning_rate, usual.embedding_rate)
    pairs = rows[["learning_rate", "embedding_rate"]].drop_duplicates()
    found = {}
    for rate, words in sorted(pairs.itertuples(index=False, name=None)):
        before = "p. " if (rate, words) == _PRINTED else ""
        after = "*" if (rate, words) == default else ""
        own = "" if words == rate else f" ({1000 * words:g})"
        found[rate, words] = f"{before}{1000 * rate:g}{own}{after}"
    return found


def _by_rate(
    table: pd.DataFrame, part: str, name: str, told: str, *, baselines: bool = True
) -> Intervals:
    # The printed rate for the word embeddings too is in the study, and says nothing more.
    low = (table["learning_rate"] == _PRINTED[0]) & (table["embedding_rate"] == _PRINTED[0])
    rows = percent(table[(table["part"] == part) & ~low], "closed")
    named = _rates(rows)
    pairs = zip(rows["learning_rate"].tolist(), rows["embedding_rate"].tolist(), strict=True)
    rows = rows.assign(rates=[named[pair] for pair in pairs])
    facets = []
    for each in sets_in(rows):
        own = rows[rows["compositions"] == each]
        for words, methods in (
            ("generators", designs_in(own)),
            ("baselines", baselines_in(own) if baselines else []),
        ):
            if methods:
                series = by_strategy(own, "rates", [*named.values()], "closed", methods)
                title = f"{named_set(each)}, {words}"
                facets.append(
                    IntervalFacet(title=title, series=series, references=[chance_of(own)])
                )
    return intervals(
        table,
        "rates",
        facets,
        list(named.values()),
        name=name,
        title=f"Which learning rate suits each {'method' if baselines else 'generator'}? "
        f"On {part} compositions",
        said=f"Top-1 accuracy among unseen {part} compositions by learning rate",
        caption=f"{told} p.: as printed; *: the generators' rate in other figures, in which each "
        "baseline has the one that is best for it on validation. In brackets, where it is another: "
        "the rate of the word embeddings, which baselines do not have. "
        f"{over_seeds(rows, 'closed')}",
        x_label="learning rate of Adam (in 10⁻³)",
        y_label=CLOSED,
        unit=" %",
    )


def rates(table: pd.DataFrame) -> Intervals:
    """Validation accuracy by learning rate, generators beside baselines."""
    return _by_rate(table, "validation", "rates", "By these compositions rates are chosen.")


def rates_test(table: pd.DataFrame) -> Intervals:
    """The same in the test, of what claims compare: generators at the printed rates and at equal
    ones.
    """
    printed = table[["learning_rate", "embedding_rate"]].apply(tuple, axis=1) == _PRINTED
    equal = table["learning_rate"] == table["embedding_rate"]
    told = "No rate is chosen by these compositions."
    return _by_rate(table[printed | equal], "test", "rates_test", told, baselines=False)


def vectors(table: pd.DataFrame) -> Intervals:
    """Accuracy by what is known of the words."""
    rows = percent(table, "closed")
    kinds = [kind for kind in _KINDS if kind in set(rows["vectors"])]
    facets = []
    for name in sets_in(rows):
        own = rows[rows["compositions"] == name]
        series = by_strategy(own, "vectors", kinds, "closed")
        facets.append(
            IntervalFacet(title=named_set(name), series=series, references=[chance_of(own)])
        )
    return intervals(
        table,
        "vectors",
        facets,
        [_KINDS[kind] for kind in kinds],
        title="Does it matter what is known of the words?",
        said="Top-1 accuracy among unseen test compositions by kind of word vector",
        caption="One-hot vectors say nothing of a word but which it is; those of a corpus are near "
        "each other where words stand in like sentences. The corpus is generated. "
        f"{over_seeds(rows, 'closed')}",
        x_label="word vectors",
        y_label=CLOSED,
        unit=" %",
    )
