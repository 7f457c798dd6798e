"""Made-up panels that the tests draw: several facets, bands, gaps, references, marks."""

import math

import numpy as np

from mtlkit.explore.palette import task_key
from mtlkit.explore.panels import (
    ColumnGroup,
    CurveFacet,
    Curves,
    GridImage,
    ImageGrid,
    IntervalFacet,
    Intervals,
    Line,
    Points,
    Reference,
    Series,
    Table,
)

COMMAND = "mtlkit reproduce noisy_polynomials table_4_1"


def estimates(facets: int = 2, epochs: int = 40) -> Curves:
    """Noise estimates over epochs with the truth as lines; the last run diverges."""
    epoch = np.arange(epochs)
    return Curves(
        title="Learned noise over training",
        alt="The estimates of three tasks rise to their true variances within 30 epochs.",
        caption="Each line is the mean of five seeds, each band their 95 % interval.",
        command=COMMAND,
        x_label="epoch",
        y_label="estimated variance (squared units of y)",
        facets=[
            CurveFacet(
                title=("T = 3, Kendall's form", "T = 3, as printed")[number % 2],
                lines=[
                    Line(
                        task_key(task),
                        epoch,
                        np.where(
                            (epoch > 30) & (task == 3) & (number == 1),
                            math.nan,
                            task * (1 - np.exp(-epoch / 9)) / (1 + number),
                        ),
                        low=task * (1 - np.exp(-epoch / 9)) / (1 + number) - 0.2,
                        high=np.where(
                            (epoch > 30) & (task == 3) & (number == 1),
                            math.inf,
                            task * (1 - np.exp(-epoch / 9)) / (1 + number) + 0.2,
                        ),
                    )
                    for task in (1, 2, 3)
                ],
                references=[
                    Reference(task, "true variance", key=task_key(task)) for task in (1, 2, 3)
                ],
            )
            for number in range(facets)
        ],
    )


def fits() -> Curves:
    """Fitted curves through noisy data, with the clean polynomial."""
    draw = np.random.default_rng(0)
    x = np.sort(draw.uniform(-1, 1, 200))
    clean = 3 * x**3 - 2 * x + 1
    return Curves(
        title="What was fitted",
        alt="Both fitted curves follow the clean cubic through widely scattered data.",
        x_label="x",
        y_label="y",
        facets=[
            CurveFacet(
                title=f"task {task}",
                points=[Points("data", x, clean + draw.normal(0, task, 200), "noisy data")],
                lines=[
                    Line("truth", x, clean, label="clean polynomial"),
                    Line("learned_kendall", x, clean + 0.2 * np.sin(3 * x)),
                    Line("equal", x, clean - 0.3 * np.cos(3 * x)),
                ],
            )
            for task in (1, 2, 3)
        ],
    )


def errors() -> Intervals:
    """Errors by strategy with intervals over seeds, some printed values, one missing."""
    keys = ("learned_kendall", "learned_printed", "equal", "hand_tuned", "single_task")
    return Intervals(
        title="Error by strategy",
        alt="Learned weights have the lowest error at every number of tasks but two.",
        caption="Dots are means over ten seeds, bars their 95 % intervals.",
        command="mtlkit reproduce noisy_polynomials figure_4_2",
        x_label="number of tasks",
        y_label="clean error (MSE)",
        categories=["T = 2", "T = 3", "T = 4", "T = 5"],
        facets=[
            IntervalFacet(
                title=f"degree {degree}",
                series=[
                    Series(
                        key=key,
                        values=[0.1 * number + 0.02 * t * degree for t in range(3)] + [math.nan],
                        low=[0.1 * number + 0.02 * t * degree - 0.05 for t in range(3)] + [None],
                        high=[0.1 * number + 0.02 * t * degree + 0.07 for t in range(3)] + [None],
                        printed=[0.3, 0.4, 0.5, None] if key == "learned_kendall" else None,
                    )
                    for number, key in enumerate(keys)
                ],
            )
            for degree in (5, 8, 10)
        ],
    )


def strategies() -> Intervals:
    """One facet whose categories have long names."""
    return Intervals(
        title="Test error of task 1",
        alt="The five strategies lie within a tenth of each other.",
        x_label="strategy",
        y_label="clean error (MSE)",
        categories=["learned (Kendall)", "learned (as printed)", "equal weights", "hand-tuned"],
        facets=[IntervalFacet(series=[Series(key="task 1", values=[1.0, 2.0, 1.5, 0.5])])],
    )


def digits() -> ImageGrid:
    """Ten gradients, two of them with a flipped label."""
    ramp = np.tile(np.linspace(0, 255, 8).astype(np.uint8), (8, 1))
    return ImageGrid(
        title="Digits with noisy labels",
        alt="Ten digits with their labels, two of which are flipped.",
        caption="A flipped label is marked.",
        command="mtlkit reproduce digit_task_weights",
        images=[GridImage(np.roll(ramp, n, 1), f"label {n}", n in (3, 7)) for n in range(10)],
        mark="label flipped",
    )


def table() -> Table:
    """The source's table beside ours."""
    return Table(
        title="Table 4.1, printed and recomputed",
        alt="Learned variances by number of tasks, the source's beside ours.",
        caption="Mean of ten seeds with a 95 % interval.",
        command=COMMAND,
        columns=["tasks", "task 1", "task 2", "task 1", "task 2"],
        groups=[ColumnGroup("", 1), ColumnGroup("printed", 2), ColumnGroup("ours", 2)],
        rows=[
            ["T = 2", "1.0015", "1.9827", "1.02 [0.98, 1.05]", "1.97 [1.90, 2.04]"],
            ["T = 3 & more <b>", "0.9993", "2.0231", "1.01 [0.97, 1.04]", "2.01 [1.95, 2.08]"],
        ],
    )
