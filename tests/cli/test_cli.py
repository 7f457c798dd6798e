"""The command line: what it writes, what it refuses, and that nothing is lost on the way."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest
import torch

from mtlkit import __version__, lessons
from mtlkit.core.claim import Claim
from mtlkit.core.publishing import published
from mtlkit.core.result import Result
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram

from .calling import Command, assert_refused, tree


def test_help_and_version_import_no_torch() -> None:
    for option, expected in (("--help", "reproduce"), ("--version", __version__)):
        code = (
            f"import sys; sys.argv = ['mtlkit', '{option}']\n"
            "from mtlkit.cli import main\n"
            "main()\n"
            "print(sorted({'torch', 'numpy', 'pandas', 'plotly'} & set(sys.modules)))"
        )
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert expected in found.stdout
        assert found.stdout.splitlines()[-1] == "[]"


def test_list_names_lessons_and_studies(mtlkit: Command) -> None:
    told = mtlkit("list")
    assert told.code == 0
    assert [line.split()[1] for line in told.out.splitlines()] == list(lessons.names())
    told = mtlkit("list", "--studies")
    assert [tuple(line.split()) for line in told.out.splitlines()] == [
        (name, study) for name in lessons.names() for study in lessons.get(name).studies
    ]


STRATEGIES = ("learned_printed", "equal", "single_task", "hand_tuned")


def test_run_writes_a_result_with_its_tables(mtlkit: Command, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    told = mtlkit(
        *("run", "noisy_polynomials", "--scale", "smoke", "--seeds", "2", "--out", out),
        *("--set", f"strategies={','.join(STRATEGIES)}", "--set", "noise=0.5,2"),
    )
    assert (told.code, told.err) == (0, "")
    head = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert head["seeds"] == [0, 1]
    assert head["config"]["strategies"] == list(STRATEGIES)
    assert head["config"]["noise"] == [0.5, 2]
    tables = {path.stem: pd.read_parquet(path) for path in (out / "tables").glob("*.parquet")}
    runs = ["seed", "strategy", "task"]
    asked = {
        "noise_estimates": [*runs, "true_noise", "estimate", "estimate_at_stop"],
        "errors": [*runs, "noisy_loss", "clean_error", "split"],
        "history": [*runs, "epoch"],
    }
    for name, columns in asked.items():
        assert set(columns) <= set(tables[name])
    errors, estimates = tables["errors"], tables["noise_estimates"]
    assert set(errors["strategy"]) == set(STRATEGIES)
    assert not errors.duplicated([*runs, "split"]).any()
    assert len(errors) == 2 * len(STRATEGIES) * 2 * errors["split"].nunique()
    assert set(estimates["strategy"]) == {"learned_printed"}
    assert estimates["true_noise"].tolist() == pytest.approx(
        estimates["task"].map({1: 0.5, 2: 2.0}).tolist()
    )
    assert Result.load(out).tables.keys() == tables.keys()


def test_run_again_replaces_the_result_and_nothing_else(mtlkit: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    command = ("run", "noisy_polynomials", "--scale", "smoke", "--out", tmp_path, "--seeds")
    assert mtlkit(*command, "1").code == mtlkit(*command, "2").code == 0
    assert Result.load(tmp_path).seeds == (0, 1)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_doubtful_setting_and_diverged_replicas_are_told(
    mtlkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(self: PolynomialProgram) -> torch.Tensor:
        return torch.where(self.seed == 1, torch.nan, 1.0)

    monkeypatch.setattr(PolynomialProgram, "score", lost)
    told = mtlkit(
        *("run", "noisy_polynomials", "--scale", "smoke", "--seeds", "2", "--out", tmp_path),
        *("--set", "strategies=equal", "--set", "degree=20", "--set", "x_distribution=normal"),
    )
    assert told.code == 0
    warning, diverged = told.err.splitlines()
    assert warning.startswith("warning: x_distribution = normal at degree 20")
    cause = "diverged: the validation loss was not a finite number in epoch 0"
    assert diverged == f"seed 1, equal: {cause}"
    errors = Result.load(tmp_path).tables["errors"].set_index("seed")
    assert errors.loc[1, "noisy_loss"].isna().all()
    assert errors.loc[0, "noisy_loss"].notna().all()


def test_reproduce_publishes_a_study(mtlkit: Command, tmp_path: Path) -> None:
    told = mtlkit(
        *("reproduce", "noisy_polynomials", "frozen_heads"),
        *("--scale", "smoke", "--seeds", "2", "--out", tmp_path),
    )
    assert (told.code, told.err) == (0, "")
    (found,) = published("noisy_polynomials", tmp_path)
    assert (found.study, found.data, found.scale) == ("frozen_heads", "generated", "smoke")
    assert set(found.table["seed"]) == {0, 1}
    assert told.out.splitlines()[0] == str(
        tmp_path / "studies" / "generated.smoke" / "frozen_heads.parquet"
    )


REQUIRED = {
    *("id", "lesson", "source", "statement", "verdict"),
    *("effect", "low", "high", "data", "scale", "evidence"),
}


def no_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


def test_claims_are_json_objects_unique_by_claim_data_and_scale(mtlkit: Command) -> None:
    told = mtlkit("claims", "--json")
    assert (told.code, told.err) == (0, "")
    rows = json.loads(told.out, parse_constant=no_constant)
    declared: list[Claim] = [c for name in lessons.names() for c in lessons.get(name).claims]
    assert {row["id"] for row in rows} == {claim.id for claim in declared} != set()
    assert len({(row["id"], row["data"], row["scale"]) for row in rows}) == len(rows)
    for row in rows:
        assert row.keys() >= REQUIRED
        assert row["lesson"] in lessons.names()
        assert row["verdict"] in ("holds", "fails", "inconclusive", "not testable here")
        assert row["evidence"] in ("source data", "stand-in", "printed")
        for bound in ("effect", "low", "high"):
            assert row[bound] is None or math.isfinite(row[bound])
    (one, *_) = lessons.names()
    assert [row["id"] for row in json.loads(mtlkit("claims", "--json", one).out)] == [
        row["id"] for row in rows if row["lesson"] == one
    ]
    told = mtlkit("claims", one)
    assert all(row["id"] in told.out for row in rows if row["lesson"] == one)


RUN = ("run", "noisy_polynomials", "--scale", "smoke", "--seeds", "1")
REPRODUCE = ("reproduce", "noisy_polynomials", "frozen_heads", "--scale", "smoke", "--seeds", "1")
DEGREE = "allowed is a whole number from 1 to 20."

BAD = [
    ((*RUN, "--set", "degree=0"), f"degree = 0: {DEGREE}"),
    ((*RUN, "--set", "degree=51"), f"degree = 51: {DEGREE}"),
    ((*RUN, "--set", "degree=eight"), f"degree = eight: {DEGREE}"),
    ((*RUN, "--set", "degree="), f"degree = : {DEGREE}"),
    ((*RUN, "--set", "tasks=0"), "tasks = 0: allowed is a whole number from 1 to 8."),
    (
        (*RUN, "--set", "learning_rate=nan"),
        "learning_rate = nan: allowed is a number above 0 up to 1.",
    ),
    (
        (*RUN, "--set", "tasks=3", "--set", "noise=1,2"),
        "noise = 1, 2: allowed is one number for each of the 3 tasks.",
    ),
    ((*RUN, "--set", "degre=3"), "unknown field degre (did you mean degree?): allowed is degree, "),
    ((*RUN, "--set", "foo"), "--set foo: allowed is FIELD=VALUE."),
    ((*RUN, "--set", "=3"), "--set =3: allowed is FIELD=VALUE."),
    (
        (*RUN, "--set", "degree=3", "--set", "degree=4"),
        "--set degree=4: degree is set twice; allowed is once.",
    ),
    ((*RUN, "--device", "tpu"), "device = tpu: allowed is one of auto, cpu, cuda."),
    ((*RUN, "--seeds", "0"), "Invalid value for '--seeds': 0 is not in the range"),
    ((*RUN, "--seeds", "two"), "Invalid value for '--seeds': 'two' is not a valid integer"),
    (("report", "--scale", "huge"), "scale = huge: allowed is one of smoke, lesson, paper."),
    ((*RUN, "--scale", "huge"), "scale = huge: allowed is one of smoke, lesson, paper."),
    (("run", "zebra"), "lesson = zebra: allowed is one of noisy_polynomials, "),
    ((*REPRODUCE, "--device", "tpu"), "device = tpu: allowed is one of auto, cpu, cuda."),
    ((*REPRODUCE, "--seeds", "0"), "Invalid value for '--seeds': 0 is not in the range"),
    ((*REPRODUCE, "--scale", "huge"), "scale = huge: allowed is one of smoke, lesson, paper."),
    (("reproduce", "zebra"), "lesson = zebra: allowed is one of noisy_polynomials, "),
    (
        ("reproduce", "noisy_polynomials", "table_9"),
        "study = table_9: allowed is one of table_4_1, figure_4_2, ",
    ),
]


def test_a_published_study_is_not_replaced_by_one_of_fewer_seeds(
    mtlkit: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("mtlkit.core.paths.project_root", lambda: tmp_path)
    published = ("reproduce", "digit_task_weights", "uncertainty_order", "--scale", "smoke")
    told = mtlkit(*published, "--seeds", "2")
    assert told.code == 0
    assert "no verdict rests on it" in told.out
    before = tree(tmp_path)
    assert any(path.endswith(".parquet") for path in map(str, before))
    refused = mtlkit(*published, "--seeds", "1")
    assert_refused(refused, "seeds = 1: uncertainty_order is published with 2; fewer are allowed ")
    assert tree(tmp_path) == before
    assert mtlkit(*published, "--seeds", "1", "--out", tmp_path / "mine").code == 0
    assert {path: text for path, text in tree(tmp_path).items() if path in before} == before


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_told_in_one_sentence_and_nothing_is_written(
    mtlkit: Command, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert_refused(mtlkit(*arguments, "--out", tmp_path / "out"), message)
    assert tree(tmp_path) == {}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
@pytest.mark.parametrize("command", [RUN, REPRODUCE])
def test_cuda_without_a_gpu_is_told(
    mtlkit: Command, tmp_path: Path, command: tuple[str, ...]
) -> None:
    told = mtlkit(*command, "--device", "cuda", "--out", tmp_path / "out")
    assert_refused(told, "device = cuda: no GPU can be used here; allowed is auto or cpu.")
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("claims", "zebra"), "lesson = zebra: allowed is one of noisy_polynomials, "),
        (("run", "noisy_polynomials"), "Missing option '--out'"),
        (("sing",), "No such command 'sing'"),
    ],
)
def test_other_mistakes(mtlkit: Command, arguments: tuple[str, ...], message: str) -> None:
    assert_refused(mtlkit(*arguments), message)


@pytest.mark.parametrize("command", [RUN, REPRODUCE])
@pytest.mark.parametrize("below", ["", "below"])
def test_an_out_that_cannot_be_written_to_is_told_before_any_work(
    mtlkit: Command, tmp_path: Path, command: tuple[str, ...], below: str
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    before = tree(tmp_path)
    out = tmp_path / "file" / below
    assert_refused(mtlkit(*command, "--out", out), f"out = {out}: cannot be written to (")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("command", [RUN, REPRODUCE])
def test_a_cache_that_cannot_be_written_to_is_told_before_any_work(
    mtlkit: Command, tmp_path: Path, isolated_cache: Path, command: tuple[str, ...]
) -> None:
    isolated_cache.write_text("mine", encoding="utf-8")
    told = mtlkit(*command, "--out", tmp_path / "out")
    assert_refused(told, f"MTLKIT_CACHE = {isolated_cache}: cannot be written to (")
    assert tree(tmp_path / "out") == {}
    assert isolated_cache.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("head", "message"),
    [('{"format": 99, "seeds": [1]}', "holds a result of layout version 99;"), ("{}", "holds no ")],
)
def test_a_result_of_another_version_is_not_replaced(
    mtlkit: Command, tmp_path: Path, head: str, message: str
) -> None:
    (tmp_path / "result.json").write_text(head, encoding="utf-8")
    before = tree(tmp_path)
    assert_refused(mtlkit(*RUN, "--out", tmp_path), f"{tmp_path}: {message}")
    assert tree(tmp_path) == before


# Sends itself SIGINT once so many results are kept: a sender outside could come too late. A shell's
# background job ignores that signal, and its children inherit it: take it back.
INTERRUPTED = """
import os, signal, sys
from mtlkit.cli import main
from mtlkit.core.cache import Cache

left = int(sys.argv.pop(1))
put = Cache.put

def put_and_interrupt(*arguments):
    global left
    put(*arguments)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
Cache.put = put_and_interrupt
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to another process")
def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(
    mtlkit: Command, tmp_path: Path, isolated_cache: Path
) -> None:
    seeds = 25
    command = ("reproduce", "noisy_polynomials", "figure_4_2", "--scale", "smoke")
    command = (*command, "--seeds", str(seeds), "--out", str(tmp_path / "pack"))

    def kept() -> dict[Path, int]:
        found = isolated_cache.glob("noisy_polynomials/*/*/result.json")
        return {path: path.stat().st_mtime_ns for path in found}

    running = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(seeds), *command],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert running.returncode == 130
    assert running.stdout == ""
    (sentence,) = running.stderr.split("\n")[1:-1]  # the first line is the terminal's ^C
    assert sentence.startswith("mtlkit: interrupted; what was finished is kept")
    before = kept()
    assert published("noisy_polynomials", tmp_path / "pack") == []
    assert mtlkit(*command).code == 0
    after = kept()
    assert seeds == len(before) < len(after) == 8 * seeds
    assert {path: after[path] for path in before} == before  # nothing was trained again
    (found,) = published("noisy_polynomials", tmp_path / "pack")
    assert found.table["seed"].nunique() == seeds
    assert not [path for path in isolated_cache.rglob(".*")]
