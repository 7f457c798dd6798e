"""The examination of an installation, sound and broken in made-up ways."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import platformdirs
import pytest
import torch

from mtlkit.core import requirements
from mtlkit.core.doctor import PROBES, examine
from mtlkit.core.probes import browser, hardware, packages, places
from mtlkit.core.probes.finding import Finding
from mtlkit.core.probes.results import results
from mtlkit.core.reproducing import reproduce
from mtlkit.core.requirements import Requirement
from mtlkit.data.catalogue import OFFICIAL
from mtlkit.data.official.entry import Made
from tests.browser import chromium

from .toy import ToyLesson, toy_lesson, toy_study


def states(findings: Iterator[Finding] | list[Finding]) -> list[tuple[str, str]]:
    return [(finding.state, finding.about) for finding in findings]


def blocked(monkeypatch: pytest.MonkeyPatch, *names: str, error: Exception) -> None:
    """Let importing one of these modules fail."""
    real = importlib.import_module

    def stub(name: str, package: str | None = None) -> Any:
        if name.partition(".")[0] in names:
            raise error
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", stub)


def test_this_installation_is_sound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    found = {finding.about: finding for finding in examine([])}
    assert {finding.about for finding in found.values() if finding.state == "problem"} == set()
    assert found["torch pair"].state == "ok"
    assert f"torch {torch.__version__.partition('+')[0]}" in found["torch pair"].text
    assert "numpy" in found["packages"].text
    assert found["data"].text.startswith(f"no official set in {tmp_path}; ")
    assert "1,257 pictures" in found["embedded data"].text


def test_a_probe_that_breaks_is_a_problem_and_the_others_are_asked() -> None:
    def breaks() -> Iterator[Finding]:
        yield Finding("ok", "one", "is there")
        raise OSError("libcudart.so.13: cannot open\n shared object file.")

    def sound() -> list[Finding]:
        return [Finding("note", "other", "is there")]

    found = list(examine([], {"one": breaks, "other": sound}))
    assert states(found) == [("ok", "one"), ("problem", "one"), ("note", "other")]
    assert found[1].text == (
        "could not be looked at: OSError: libcudart.so.13: cannot open shared object file."
    )


@pytest.mark.parametrize("error", [ModuleNotFoundError("No module named 'torch'"), OSError("dll")])
def test_without_torch_the_rest_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    lesson = toy_lesson(tmp_path, toy_study())
    blocked(monkeypatch, "torch", "torchvision", error=error)
    found = list(examine([lesson]))
    problems = [finding for finding in found if finding.state == "problem"]
    assert states(problems) == [("problem", "torch pair")]
    assert f"{type(error).__name__}: {error}" in problems[0].text
    assert "install both from one source" in problems[0].text
    unseen = {finding.about for finding in found if "torch cannot be imported" in finding.text}
    assert unseen == {"gpu", "embedded data", "results toy"}
    assert {"python", "threads", "cache", "disk"} <= {finding.about for finding in found}


def test_the_examination_imports_no_torch_of_its_own() -> None:
    code = "import sys, mtlkit.core.doctor; print({'torch', 'pandas'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"


def test_a_pair_that_does_not_match_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "operator torchvision::nms does not exist"
    blocked(monkeypatch, "torchvision", error=RuntimeError(message))
    (found,) = hardware.torch_pair()
    assert found.state == "problem"
    assert f"do not work together (RuntimeError: {message})" in found.text


def test_a_pair_that_computes_nonsense_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    import torchvision.ops

    monkeypatch.setattr(torchvision.ops, "nms", lambda *_: torch.tensor([0, 1, 2]))
    (found,) = hardware.torch_pair()
    assert found.state == "problem"
    assert "nms gives [0, 1, 2], not [0, 2]" in found.text


@pytest.mark.parametrize(("works", "state"), [(True, "ok"), (False, "problem")])
def test_a_gpu_is_named_and_made_to_multiply(
    monkeypatch: pytest.MonkeyPatch, works: bool, state: str
) -> None:
    def ones(*shape: int, device: str) -> torch.Tensor:
        if not works:
            raise RuntimeError("CUDA error: no kernel image is available")
        return torch.full(shape, 1.0)

    properties = SimpleNamespace(name="Made-up 3000", total_memory=24 * 2**30)
    cuda = SimpleNamespace(is_available=lambda: True, get_device_properties=lambda _: properties)
    monkeypatch.setattr(hardware, "torch_or_none", lambda: SimpleNamespace(cuda=cuda, ones=ones))
    (found,) = hardware.gpu()
    assert found.state == state
    assert found.text.startswith("Made-up 3000, 24 GiB")
    assert ("no kernel image is available" in found.text) == (not works)


@pytest.mark.parametrize(
    ("version", "told"),
    [(None, "numpy is not installed: "), ("1.26.4", "numpy 1.26.4 is not >=2.2,<3: ")],
)
def test_a_package_missing_or_of_another_version_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, version: str | None, told: str
) -> None:
    real = requirements.installed_version
    monkeypatch.setattr(
        requirements, "installed_version", lambda name: version if name == "numpy" else real(name)
    )
    problem, rest = packages.packages()
    assert (problem.state, rest.state) == ("problem", "ok")
    assert problem.text == f"{told}`make setup` installs the locked versions."


def test_a_missing_extra_is_a_note_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = requirements.installed_version
    monkeypatch.setattr(
        requirements, "installed_version", lambda name: None if name == "plotly" else real(name)
    )
    found = {finding.about: finding for finding in packages.extras()}
    assert (found["explore"].state, found["report"].state) == ("note", "note")
    assert found["explore"].text.endswith("needs plotly: `pip install 'mtlkit[explore]'`.")
    assert found["test"].state == "ok"


def program(path: Path) -> str:
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_browser_is_looked_for_as_the_tests_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert browser.NAMES == chromium.NAMES
    real = requirements.installed_version
    monkeypatch.delenv("MTLKIT_BROWSER", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(requirements, "installed_version", lambda name: None)
    (found,) = browser.browser()
    assert (found.state, "`make browser`" in found.text) == ("note", True)
    monkeypatch.setattr(requirements, "installed_version", real)
    download = program(tmp_path / "download")
    asked = SimpleNamespace(stdout=f"{download}\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: asked)
    assert list(browser.browser()) == [Finding("ok", "browser", download)]
    monkeypatch.setattr(shutil, "which", {"google-chrome": "/opt/google-chrome"}.get)
    assert list(browser.browser()) == [Finding("ok", "browser", "/opt/google-chrome")]
    monkeypatch.setenv("MTLKIT_BROWSER", program(tmp_path / "mine"))
    assert list(browser.browser()) == [Finding("ok", "browser", str(tmp_path / "mine"))]
    monkeypatch.setenv("MTLKIT_BROWSER", "/nowhere/chromium")
    (found,) = browser.browser()
    assert found.state == "problem"
    assert found.text.startswith("MTLKIT_BROWSER is /nowhere/chromium, which is no program: ")


@pytest.mark.parametrize(("named", "state"), [(None, "note"), ("nowhere", "problem"), ("", "note")])
def test_official_data_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str | None, state: str
) -> None:
    monkeypatch.delenv("MTLKIT_DATA", raising=False)
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda name: str(tmp_path / name))
    if named is not None:
        monkeypatch.setenv("MTLKIT_DATA", str(tmp_path / named))
    assert states(places.data()) == [(state, "data"), ("ok", "embedded data")]


def test_official_data_that_is_there_is_named_and_what_is_broken_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    # Captions, compositions and word vectors are told by what is written there, which tests of the
    # data cover.
    texts = (".json", ".txt")
    pictures = {n: e for n, e in OFFICIAL.items() if not e.files[0].path.endswith(texts)}
    for name, entry in pictures.items():
        for file in entry.files:
            path = tmp_path / (entry.folder or name) / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            if isinstance(file, Made):
                zipfile.ZipFile(path, "w").close()  # at a quick look it is whole
            else:
                os.truncate(path, file.size or 0)
    found, _ = places.data()
    assert found == Finding("ok", "data", f"{tmp_path} has {', '.join(pictures)}")
    last = tmp_path / "mnist" / OFFICIAL["mnist"].files[-1].path
    os.truncate(last, 5)
    problem, found, _ = places.data()
    assert (problem.state, found.state) == ("problem", "ok")
    assert "mnist" not in found.text.replace("fashion_mnist", "")
    told = f"mnist: {last} ends after 5 of 10,008 bytes: `mtlkit data get mnist` mends it."
    assert problem.text == told


def test_the_cache_is_weighed_and_one_that_cannot_be_written_to_is_a_problem(
    isolated_cache: Path,
) -> None:
    isolated_cache.mkdir()
    (isolated_cache / "run").write_bytes(b"x" * 2_340_000)
    (found,) = places.cache()
    assert found == Finding("ok", "cache", f"{isolated_cache} can be written to and holds 2 MB")
    shutil.rmtree(isolated_cache)
    isolated_cache.write_text("a file", encoding="utf-8")
    (found,) = places.cache()
    assert (found.state, found.about) == ("problem", "cache")
    assert "MTLKIT_CACHE" in found.text


@pytest.mark.parametrize(("free", "state"), [(1.5e9, "problem"), (30e9, "ok")])
def test_a_full_disk_is_a_problem(monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    found = list(places.disk())
    assert states(found) == [(state, "disk")] * 2
    assert f"{free / 1e9:.1f} GB free" in found[0].text


def pack(lesson: ToyLesson, root: Path) -> None:
    cpu = torch.device("cpu")
    reproduce(lesson, ["sizes"], scale="lesson", device=cpu, out=root / "results" / "toy")


def test_packs_are_current_stale_or_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("mtlkit.core.paths.project_root", lambda: tmp_path)
    other = attrs.evolve(toy_study(), name="others")
    lesson = toy_lesson(tmp_path, toy_study(), other)
    pack(lesson, tmp_path)
    note, current = results(lesson)
    assert (note.state, current.state) == ("note", "ok")
    assert note.text == "others is not published: `mtlkit reproduce toy others` makes it."
    assert current.text.startswith("published studies: 1,")
    lesson.file.write_text("LEARNING = 0.2\n", encoding="utf-8")
    stale, _ = results(lesson)
    assert stale.state == "problem"
    command = "mtlkit reproduce toy sizes --scale lesson"
    assert stale.text == f"sizes is older than the lesson's code: `{command}`."


def test_every_requirement_is_read_with_its_range() -> None:
    found = {need.name: need for need in requirements.required()}
    assert found["numpy"] == Requirement("numpy", ">=2.2,<3")
    assert {"torch", "torchvision", "click"} <= found.keys()
    assert "plotly" not in found
    assert "plotly" in {need.name for need in requirements.required("explore")}
    assert "torch pair" in PROBES


def test_an_installed_package_says_itself_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = ["numpy<3,>=2.2", "plotly<8,>=7; extra == 'explore'", 'sphinx>=8; extra == "report"']
    monkeypatch.setattr(requirements, "__file__", str(tmp_path / "site/mtlkit/core/x.py"))
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: lines)
    assert requirements.required() == [Requirement("numpy", "<3,>=2.2")]
    assert requirements.required("explore") == [Requirement("plotly", "<8,>=7")]
    assert requirements.required("report") == [Requirement("sphinx", ">=8")]
