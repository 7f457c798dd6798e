"""Tables as the sources print them: facts to hold our numbers against."""

from __future__ import annotations

from importlib import resources

import pandas as pd

from mtlkit.errors import UsageError


def printed_table(name: str) -> pd.DataFrame:
    """A table of a source.

    `nahm2020_table_4_1`: learned noise estimates at degree 10, means of 10 random seeds; one row
    per number of tasks T, one column per task (its true variance is its number).
    `nahm2020_label_flip_rates`: the percent of labels that a draw of N(0, variance) changes, as
    section 5.1 tells them ("approximately").
    `nahm2020_table_6_1`: mean average precision of retrieval by the label noise of a collection,
    the other's at 1; one row for each collection, direction and d, one column for each variance.
    `epfl_retrieval_results`: retrieval on MS COCO by loss, its page "Results"; from pictures to
    captions (i2t) and back (t2i), recall at 1, 5 and 10 in percent (r), mean and median rank (mr,
    medr). The size of the gallery is not printed.
    `yan2020_table_5_1`: area under the curve of seen and unseen accuracy in percent, by method,
    data set and split; one column for each number k of guesses that count (top1, top2, top3).
    `yan2020_table_5_2`: top-1 accuracy of unseen compositions in percent by generator design, with
    features of ResNet-18; one column for each data set.

    Raises
    ------
    UsageError
        If no table has that name.
    """
    file = resources.files(__package__) / f"{name}.csv"
    if not file.is_file():
        raise UsageError(f"printed table = {name}: there is none of that name.")
    with file.open(encoding="utf-8") as text:
        return pd.read_csv(text)
