"""Provenance: the numerics' version follows the code, not the words about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from mtlkit.core import provenance as module
from mtlkit.core.provenance import numerics_version, provenance
from mtlkit.lessons import get, names

CODE = '''"""A module."""

RATE = 0.1  # a comment


def step(x: float) -> float:
    """One step."""
    text = "# no comment"
    return x * RATE + len(text)
'''


def version(tmp_path: Path, *codes: str) -> str:
    files = [tmp_path / f"{number}.py" for number in range(len(codes))]
    for file, code in zip(files, codes, strict=True):
        file.write_text(code, encoding="utf-8")
    return numerics_version(files)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment", "# another comment"),
        ("  # a comment", ""),
        ("    return", "    # one more\n    return"),
        ('"""A module."""', '"""Another\n\nmodule, with é and Σ.\n"""  # and a comment'),
        ('"""One step."""', "'''Two\n    steps: # not a comment.'''"),
        ('    """One step."""\n', ""),
        ("\n\n\n", "\n\n\n\n\n"),
        ("    return", "\n    return"),
        ("    return", "    capturable = True\n    return"),
        ("x * RATE + len(text)", "x * RATE + len(text)   "),
    ],
)
def test_words_do_not_change_it(tmp_path: Path, old: str, new: str) -> None:
    assert CODE.count(old) == 1
    assert version(tmp_path, CODE.replace(old, new)) == version(tmp_path, CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.1", "0.2"),
        ("x * RATE", "RATE * x"),
        ("# no comment", "# a comment"),
        ("    return", "    x = x\n    return"),
        ("    return", "    capturable = x\n    return"),
        ("    return", "    x.capturable = True\n    return"),
        ("    return", "  # words\n    x = x\n    return"),
        ("RATE = 0.1", '"words"; RATE = 0.2'),
        ("RATE = 0.1", 'RATE = 0.2; "words"'),
        ('"""A module."""', '"""A module."""; RATE = 3'),
        ("def step", "@staticmethod\ndef step"),
    ],
)
def test_code_changes_it(tmp_path: Path, old: str, new: str) -> None:
    assert CODE.count(old) == 1
    assert version(tmp_path, CODE.replace(old, new)) != version(tmp_path, CODE)


def test_every_file_and_the_cores_number_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = version(tmp_path, CODE), version(tmp_path, CODE, CODE)
    assert one != two
    monkeypatch.setattr(module, "NUMERICS", module.NUMERICS + 1)
    assert version(tmp_path, CODE) != one


@pytest.mark.parametrize("name", names())
def test_a_lessons_numerics_are_all_but_its_readers(name: str) -> None:
    files = {file.name for file in get(name).numerics_files}
    assert "experiment.py" in files
    assert not files & {"studies.py", "claims.py", "views.py", "__init__.py"}
    assert numerics_version(get(name).numerics_files).startswith(f"{module.NUMERICS}-")


def test_the_record_is_json_and_names_what_took_part() -> None:
    record = provenance(torch.device("cpu"), seconds=1.5)
    assert json.loads(json.dumps(record)) == record
    assert record["seconds"] == 1.5
    assert record["device_class"] == "cpu"
    assert torch.__version__.startswith(record["versions"]["torch"])
    assert {"mtlkit", "python", "numpy", "pandas"} <= record["versions"].keys()
