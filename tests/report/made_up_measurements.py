"""Records of benchmarks that nobody measured: rows of every kind, goals met and missed."""

from mtlkit.core.measurement import Curve, Machine, Measurement, Ratio, Row, Spread

MACHINE = Machine("Made Up <1>", 2, 16.0)


def record(name: str, *rows: Row, title: str = "Made up", threads: int | None = 1) -> Measurement:
    return Measurement(
        name=name,
        title=title,
        sentence="This one (ours) against that one (theirs).",
        rows=rows,
        machine=MACHINE,
        versions={"Python": "3.11.7", "torch": "2.15.0"},
        threads=threads,
        date="2026-03-04",
    )


def speed(replicas: int, width: int, ratio: float, goal: float | None = 0.95) -> Ratio:
    """Ours takes a second for a hundred steps."""
    return Ratio(
        f"{replicas} replicas of width {width}",
        ratio,
        1.0,
        ratio,
        0.9 * ratio,
        1.2 * ratio,
        goal,
        {"replicas": replicas, "width": width, "steps": 100},
    )


def growth(name: str, quantity: str, *y: float) -> Curve:
    x = tuple(10.0**power for power in range(len(y)))
    return Curve(name, name, quantity, x, y, [0.8 * at for at in y], [1.3 * at for at in y])


STACKED = record(
    "stacked_training",
    speed(1, 64, 1.02),
    speed(10, 64, 5.5, goal=6.0),
    speed(100, 64, 8.0),
    speed(1, 512, 0.97),
    speed(10, 512, 0.9),
    title="Many seeds at once",
)
GROWTH = record(
    "growth",
    growth("replicas", "seconds", 0.1, 0.2, 1.5),
    growth("points", "seconds", 0.05, 0.4, 4.0, 40.0),
    growth("replicas", "memory in MiB", 20.0, 30.0, 200.0),
    title="How cost grows",
)
START_UP = record(
    "start_up",
    Spread("`import mtlkit`", (0.014, 0.013, 0.02)),
    Spread("`mtlkit --help`", (0.25, 0.4, 0.35), 0.3),
    Spread("share", (12.0,), 15.0, "%"),
    title="Start-up",
    threads=None,
)
OTHER = record("noisy_digits", Spread("an epoch", (2.0, 2.5)), title="Lesson 02 <at> MNIST")
ALL = {each.name: each for each in (STACKED, GROWTH, START_UP, OTHER)}
