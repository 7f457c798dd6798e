"""Configs: one sentence for a bad value, and a hash that depends on the settings alone."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.core.config import Choice, Config, Flag, Kind, Real, Several, Whole, setting
from mtlkit.errors import UsageError
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig


@attrs.frozen(kw_only=True)
class Sample(Config):
    """A setting of each kind, and one derived from another."""

    count: int = setting(Whole(1, 1_000_000), 10, "a whole number")
    rate: float = setting(Real(0, 1, open_low=True), 0.5, "above 0")
    level: float = setting(Real(0, 100), 1, "from 0")
    shape: str = setting(Choice(("round", "square")), "round", "a name")
    loud: bool = setting(Flag(), False, "yes or no")
    sizes: tuple[int, ...] = setting(Several(Whole(1, 9), 1, 3, distinct=True), (1, 2), "several")
    share: float = setting(Real(0, 1), None, "1 / count")

    PRESETS = {"lesson": {}, "smoke": {"count": 2}}  # noqa: RUF012

    def derive(self) -> dict[str, float]:
        return {"share": 1 / self.count}


WHOLE = "a whole number from 1 to 1,000,000"
SIZES = "1 to 3 different values, each a whole number from 1 to 9"

BAD = [
    ("count", 0, "0", WHOLE),
    ("count", 1_000_001, "1000001", WHOLE),
    ("count", "eight", "eight", WHOLE),
    ("count", 2.5, "2.5", WHOLE),
    ("count", True, "True", WHOLE),
    ("count", None, "None", WHOLE),
    ("count", math.nan, "nan", WHOLE),
    ("count", math.inf, "inf", WHOLE),
    ("count", [3], "3", WHOLE),
    ("rate", math.nan, "nan", "a number above 0 up to 1"),
    ("rate", 0, "0", "a number above 0 up to 1"),
    ("rate", "0.5", "0.5", "a number above 0 up to 1"),
    ("rate", True, "True", "a number above 0 up to 1"),
    ("level", -1, "-1", "a number from 0 up to 100"),
    ("level", math.inf, "inf", "a number from 0 up to 100"),
    ("level", None, "None", "a number from 0 up to 100"),
    ("shape", "flat", "flat", "one of round, square"),
    ("shape", 3, "3", "one of round, square"),
    ("loud", 1, "1", "yes or no"),
    ("sizes", (), "", SIZES),
    ("sizes", (1, 2, 3, 4), "1, 2, 3, 4", SIZES),
    ("sizes", (1, 1), "1, 1", SIZES),
    ("sizes", (0,), "0", SIZES),
    ("sizes", 5, "5", SIZES),
    ("sizes", "12", "12", SIZES),
    ("sizes", {1}, "{1}", SIZES),  # a set has no order
    ("share", 2, "2", "a number from 0 up to 1"),
]


@pytest.mark.parametrize(("field", "value", "shown", "allowed"), BAD)
def test_a_bad_value_is_told_in_one_sentence(
    field: str, value: Any, shown: str, allowed: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Sample(**{field: value})
    assert str(caught.value) == f"{field} = {shown}: allowed is {allowed}."


@pytest.mark.parametrize(
    ("field", "text", "allowed"),
    [
        ("count", "eight", WHOLE),
        ("count", "2.5", WHOLE),
        ("count", "", WHOLE),
        ("rate", "nan", "a number above 0 up to 1"),
        ("rate", "half", "a number above 0 up to 1"),
        ("shape", "flat", "one of round, square"),
        ("loud", "perhaps", "yes or no"),
        ("sizes", "1,two", SIZES),
        ("sizes", "", SIZES),
    ],
)
def test_bad_text_is_told_in_the_same_sentence(field: str, text: str, allowed: str) -> None:
    with pytest.raises(UsageError) as caught:
        Sample.preset("lesson", **{field: text})
    assert str(caught.value) == f"{field} = {text}: allowed is {allowed}."


def test_text_and_values_say_the_same() -> None:
    texts = {"count": "3", "rate": "1", "shape": "square", "loud": "Yes", "sizes": "4, 5"}
    values = {"count": 3, "rate": 1, "shape": "square", "loud": True, "sizes": [4, 5]}
    assert Sample.preset("lesson", **texts) == Sample(**values) == Sample.preset("lesson", **values)


def test_presets_settings_and_derived_values() -> None:
    assert Sample.preset("smoke") == Sample(count=2)
    assert Sample.preset("smoke").share == 0.5
    assert Sample.preset("smoke", count=4).share == 0.25
    assert Sample(share=0.75).share == 0.75


@pytest.mark.parametrize(
    ("scale", "settings", "message"),
    [
        ("huge", {}, "scale = huge: allowed is one of lesson, smoke."),
        (
            "lesson",
            {"cuont": 1},
            r"unknown field cuont \(did you mean count\?\): allowed is count, ",
        ),
        ("lesson", {"zzz": 1}, "unknown field zzz: allowed is count, rate, "),
    ],
)
def test_unknown_names(scale: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Sample.preset(scale, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"degree": 0}, "degree = 0: allowed is a whole number from 1 to 20."),
        ({"degree": 51}, "degree = 51: allowed is a whole number from 1 to 20."),
        ({"degree": "eight"}, "degree = eight: allowed is a whole number from 1 to 20."),
        ({"tasks": 0}, "tasks = 0: allowed is a whole number from 1 to 8."),
        ({"tasks": "two"}, "tasks = two: allowed is a whole number from 1 to 8."),
        ({"tasks": None}, "tasks = None: allowed is a whole number from 1 to 8."),
        ({"learning_rate": math.nan}, "learning_rate = nan: allowed is a number above 0 up to 1."),
        (
            {"tasks": 3, "noise": (1.0, 2.0)},
            "noise = 1, 2: allowed is one number for each of the 3 tasks.",
        ),
    ],
)
def test_lesson_01_refuses(settings: dict[str, Any], message: str) -> None:
    for make in (PolynomialConfig, lambda **s: PolynomialConfig.preset("lesson", **s)):
        with pytest.raises(UsageError) as caught:
            make(**settings)
        assert str(caught.value) == message


def test_a_huge_number_is_refused_before_anything_is_derived_from_it() -> None:
    with pytest.raises(UsageError, match="tasks = 10000000000"):
        PolynomialConfig(tasks=10**10)
    assert PolynomialConfig(tasks=3.0).noise == (1, 2, 3)


WHOLES = st.integers(1, 1_000_000)
REALS = st.floats(0, 1, exclude_min=True)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "count": WHOLES,
        "rate": REALS,
        "level": st.floats(0, 100),
        "shape": st.sampled_from(["round", "square"]),
        "loud": st.booleans(),
        "sizes": st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True).map(tuple),
        "share": st.floats(0, 1),
    },
)


@given(SETTINGS, st.randoms(use_true_random=False))
def test_the_order_of_settings_does_not_matter(settings: dict[str, Any], random: Random) -> None:
    names = list(settings)
    random.shuffle(names)
    shuffled = Sample(**{name: settings[name] for name in names})
    assert shuffled.digest() == Sample(**settings).digest()


@given(SETTINGS, SETTINGS)
def test_hashes_are_equal_exactly_where_the_settings_are(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = Sample(**one), Sample(**other)
    assert (first == second) == (first.digest() == second.digest())


@given(SETTINGS, st.data())
def test_any_changed_setting_changes_the_hash(
    settings: dict[str, Any], data: st.DataObject
) -> None:
    config = Sample(**settings)
    changed = data.draw(SETTINGS.filter(bool))
    for name, value in changed.items():
        other = attrs.evolve(config, **{name: value})
        assert (other.digest() == config.digest()) == (getattr(config, name) == value)


def test_equal_numbers_of_another_type_have_one_hash() -> None:
    digest = Sample(count=3, rate=1.0, level=0.0, sizes=(1, 2)).digest()
    for same in (
        Sample(count=3.0, rate=1, level=0, sizes=[1, 2]),
        Sample(count=3, rate=1.0, level=-0.0, sizes=(1.0, 2.0)),
    ):
        assert same.digest() == digest


def test_the_hash_is_the_same_in_another_process() -> None:
    code = (
        "from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig as C\n"
        "print(C.preset('paper', degree=7, noise='0.1,2,30').digest())"
    )
    here = PolynomialConfig.preset("paper", degree=7, noise=(0.1, 2, 30)).digest()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        there = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.strip() == here


def test_kinds_are_kinds() -> None:
    for kind in (Whole(1, 2), Real(0, 1), Choice(("a",)), Flag(), Several(Flag(), 1, 2)):
        assert isinstance(kind, Kind)


@given(
    st.integers(1, 1_000_000),
    st.floats(1e-6, 1),
    st.booleans(),
    st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True),
)
def test_changes_are_text_that_gives_the_config_back(
    count: int, rate: float, loud: bool, sizes: list[int]
) -> None:
    base = Sample.preset("lesson")
    config = Sample(count=count, rate=rate, loud=loud, sizes=tuple(sizes))
    assert Sample.preset("lesson", **config.changes(base)) == config
    assert config.changes(config) == {}
