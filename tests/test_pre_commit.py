"""The hooks of .pre-commit-config.yaml: valid, fetching nothing, each telling good from bad."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[1]
FILE = ROOT / ".pre-commit-config.yaml"
(REPO,) = yaml.safe_load(FILE.read_text(encoding="utf-8"))["repos"]
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in REPO["hooks"]}

GOOD = '"""A module."""\n\nNUMBER: int = 1\n'
IMPORTS = """
[tool.importlinter]
root_package = "sample"

[[tool.importlinter.contracts]]
name = "one way"
type = "layers"
layers = ["sample.top", "sample.bottom"]
"""
MYPY = '[tool.mypy]\nfiles = ["sample"]\nstrict = true\n'

# Of each hook: the files of a project it lets pass, and the change it does not.
SAMPLES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "ruff-check": ({"a.py": GOOD}, {"a.py": "print(undefined)\n"}),
    "ruff-format": ({"a.py": GOOD}, {"a.py": "NUMBER: int=1\n"}),
    "mypy": (
        {"pyproject.toml": MYPY, "sample/__init__.py": GOOD},
        {"sample/__init__.py": 'NUMBER: int = "one"\n'},
    ),
    "imports": (
        {
            "pyproject.toml": IMPORTS,
            "sample/__init__.py": "",
            "sample/top.py": "import sample.bottom\n",
            "sample/bottom.py": "",
        },
        {"sample/top.py": "", "sample/bottom.py": "import sample.top\n"},
    ),
    "large-files": ({"a.bin": "x" * 5_000_000}, {"a.bin": "x" * 5_000_001}),
    "unfinished-merge": ({"a.md": "Title\n=======\n"}, {"a.md": "<<<<<<< HEAD\nours\n"}),
}


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


def _hook(name: str, folder: Path) -> bool:
    """Whether a hook lets all files of a folder pass, and leaves them as they are."""
    hook = HOOKS[name]
    command = shlex.split(hook["entry"])
    if hook["language"] == "pygrep":
        command = [sys.executable, "-m", "pre_commit.languages.pygrep", hook["entry"]]
    names = [str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()]
    before = {name: (folder / name).read_bytes() for name in names}
    done = _run([*command, *(names if hook.get("pass_filenames", True) else [])], folder)
    changed = any((folder / name).read_bytes() != text for name, text in before.items())
    return done.returncode == 0 and not changed


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def test_the_file_is_valid_and_names_nothing_to_fetch(tmp_path: Path) -> None:
    done = _run([sys.executable, "-m", "pre_commit", "validate-config", str(FILE)], tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert REPO["repo"] == "local"
    assert {hook["language"] for hook in HOOKS.values()} == {"system", "pygrep"}
    assert "://" not in FILE.read_text(encoding="utf-8")
    assert HOOKS.keys() == SAMPLES.keys() | {"notebooks"}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_hook_tells_good_from_bad(name: str, tmp_path: Path) -> None:
    good, bad = SAMPLES[name]
    _write(tmp_path, good)
    assert _hook(name, tmp_path)
    _write(tmp_path, bad)
    assert not _hook(name, tmp_path)


@pytest.mark.slow
def test_the_hook_for_notebooks_refuses_output(tmp_path: Path) -> None:
    tests = tmp_path / "tests" / "notebooks"
    tests.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "notebooks" / "test_notebooks.py", tests)
    (tmp_path / "notebooks").mkdir()
    notebook = next((ROOT / "notebooks").glob("02_*.ipynb"))
    copy = tmp_path / "notebooks" / notebook.name
    shutil.copy(notebook, copy)
    assert _hook("notebooks", tmp_path)
    edited = nbformat.read(copy, 4)
    cell = next(each for each in edited.cells if each.cell_type == "code")
    cell.outputs = [nbformat.v4.new_output("stream", text="left over\n")]
    nbformat.write(edited, copy)
    assert not _hook("notebooks", tmp_path)
