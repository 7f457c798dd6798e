"""Vectors of GloVe, on a miniature of the file: means of words, and what is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mtlkit.data.glove_vectors import glove_vectors
from mtlkit.data.official.arrive import install
from mtlkit.data.official.glove import ARCHIVE, GLOVE, VECTORS
from mtlkit.data.official.store import flaws
from mtlkit.data.word_vectors import KINDS, word_vectors
from mtlkit.errors import UsageError
from tests.data.official.captioned_miniature import write, zipped
from tests.data.official.composed_miniature import (
    VOCABULARY,
    glove_downloads,
    glove_text,
    small_glove,
    vector_of,
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install(small_glove(), write(tmp_path / "downloads", glove_downloads()), tmp_path / "root")
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path / "root"))
    return tmp_path / "root"


def mean(*words: str) -> torch.Tensor:
    return torch.tensor([vector_of(word) for word in words]).mean(0)


def test_a_word_has_its_vector_and_a_name_the_mean(root: Path) -> None:
    names = ["fur", "Faux Fur", "ankle boots", "mid-calf boots", "knee-high", "nubuck", "fur"]
    found = glove_vectors(names)
    assert found.shape == (7, 300)
    calf = torch.stack([mean("mid", "calf"), mean("boots")]).mean(0)
    expected = [
        mean("fur"),
        mean("faux", "fur"),
        mean("ankle", "boots"),
        calf,
        mean("knee-high"),  # it has a vector itself
        mean("leather"),  # nubuck has none
        mean("fur"),
    ]
    torch.testing.assert_close(found, torch.stack(expected))


def test_they_are_word_vectors_like_others(root: Path) -> None:
    assert "glove" in KINDS
    found = word_vectors(["fur", "boots"], "glove", seed=3, size=300)
    torch.testing.assert_close(found.square().mean(1), torch.ones(2))
    torch.testing.assert_close(found, word_vectors(["fur", "boots"], "glove", seed=4, size=300))
    given = glove_vectors(["fur", "boots"])
    torch.testing.assert_close(torch.cosine_similarity(found, given), torch.ones(2))


def test_what_has_no_vector_is_told(root: Path) -> None:
    with pytest.raises(UsageError) as error:
        glove_vectors(["faux fur", "zebra boots", "quagga"])
    assert str(error.value) == (
        f"word vectors = glove: {root / 'glove' / VECTORS} has no vector of quagga and 1 other, "
        'which "quagga" needs; allowed are words that stand in it, and word vectors that need '
        "none, as random or one_hot."
    )
    with pytest.raises(UsageError, match=r"^size = 32: allowed with .* glove is 300\.$"):
        word_vectors(["fur"], "glove", seed=0, size=32)
    with pytest.raises(UsageError, match=r"^words = '': a name without a word has no vector\.$"):
        glove_vectors(["fur", " "])


def test_only_the_words_that_are_asked_for_are_read(root: Path) -> None:
    file = root / "glove" / VECTORS
    lines = glove_text().splitlines(keepends=True)
    # What comes after the last wanted word is not looked at.
    file.write_bytes(b"".join([*lines[:3], b"faux is no vector\n", *lines[4:]]))
    assert torch.equal(glove_vectors(["the", "fur", "the"])[0], mean("the"))
    assert len(glove_vectors(["boots"])) == 1
    with pytest.raises(UsageError, match=r"line 4 has not 300 numbers after its word\.$"):
        glove_vectors(["faux"])


def test_vectors_that_are_not_here_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    with pytest.raises(UsageError, match=r"glove: not in .*; `python data_scripts/glove\.py FOLDE"):
        glove_vectors(["fur"])


@pytest.mark.parametrize(
    ("spoilt", "quick", "slow"),
    [
        (glove_text(VOCABULARY[:-1]), "", "has 9 instead of 10 words"),
        (glove_text()[:-1], "is cut off", "is cut off"),
        (b"<html>\n", "does not begin with a word", "does not begin with a word and 300 numbers"),
        (b"", "does not begin with a word", "does not begin with a word and 300 numbers"),
    ],
)
def test_what_is_wrong_with_a_copy_is_told(
    root: Path, spoilt: bytes, quick: str, slow: str
) -> None:
    (root / "glove" / VECTORS).write_bytes(spoilt)
    for read, words in ((False, quick), (True, slow)):
        found = [one.words for one in flaws(small_glove(), root / "glove", read=read)]
        assert len(found) == bool(words)
        assert all(one.startswith(words) for one in found)


def test_what_is_no_archive_of_vectors_is_told(tmp_path: Path) -> None:
    for content, words in (
        (b"<html>", "cannot be unpacked"),
        (zipped({"glove.42B.300d.txt": b"the 1\n"}), f"{VECTORS} in it is missing."),
    ):
        downloads = write(tmp_path / "downloads", {ARCHIVE: content})
        with pytest.raises(UsageError, match=f"{ARCHIVE}: {words}"):
            install(GLOVE, downloads, tmp_path / "root")


def test_vectors_are_single_precision(root: Path) -> None:
    assert glove_vectors(["fur"]).numpy().dtype == np.float32
