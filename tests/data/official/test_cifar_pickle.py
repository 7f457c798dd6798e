"""Files of CIFAR-100 that are not: nothing in them is run, and one sentence tells."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from mtlkit.data.official.cifar_pickle import read_labelled
from mtlkit.errors import UsageError

from .grouped_miniature import cifar_file, cifar_pickle, python2_pickle


def test_what_python_2_wrote_is_read(tmp_path: Path) -> None:
    written = cifar_file("test")
    content = cifar_pickle(written)
    assert b"cnumpy.core.multiarray\n_reconstruct\n" in content
    (tmp_path / "test").write_bytes(content)
    read = read_labelled(tmp_path / "test")
    assert (read.pixels.reshape(-1, 3072) == written.data).all()
    assert (read.fine == written.fine).all()
    assert (read.coarse == written.coarse).all()
    theirs = pickle.loads(content, encoding="latin1")  # as torchvision reads it
    assert (theirs["data"] == written.data).all()


class Call:
    """Pickled, it is a call."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.made_by = function, arguments

    def __reduce__(self) -> tuple[object, ...]:
        return self.made_by


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.system, f"{os.system.__module__}.system"),
        (eval, "builtins.eval"),
        (np.load, "numpy.load"),
        (np.ndarray.dumps, "builtins.getattr"),
    ],
)
def test_nothing_is_run(tmp_path: Path, function: object, name: str) -> None:
    file, trace = tmp_path / "train", tmp_path / "trace"
    file.write_bytes(pickle.dumps({"data": Call(function, f"touch {trace}")}))
    with pytest.raises(UsageError) as told:
        read_labelled(file)
    assert str(told.value) == f"{file}: is no file of CIFAR-100 ({name} in it is not data)."
    assert not trace.exists()


WHOLE = cifar_pickle(cifar_file("test"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Please sign in</html>",
        WHOLE[:1000],
        WHOLE[:-1],
        python2_pickle({"data": np.zeros((2, 3072), np.uint8), "fine_labels": [1, 2]}),
        python2_pickle({"data": np.zeros((2, 3000), np.uint8)}),
        python2_pickle([1, 2]),
        python2_pickle(
            {
                "data": np.zeros((2, 3072), np.uint8),
                "fine_labels": [1, 2, 3],
                "coarse_labels": [1, 2],
            }
        ),
        python2_pickle(
            {"data": np.zeros((2, 3072)), "fine_labels": [1, 2], "coarse_labels": [1, 2]}
        ),
        python2_pickle(
            {
                "data": np.zeros((2, 3072), np.uint8),
                "fine_labels": ["a", "b"],
                "coarse_labels": [1, 2],
            }
        ),
    ],
)
def test_what_is_no_file_of_cifar_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "test"
    file.write_bytes(content)
    with pytest.raises(UsageError) as told:
        read_labelled(file)
    assert str(told.value).startswith(f"{file}: is no file of CIFAR-100 (")
    assert "\n" not in str(told.value)
