"""Slow pictures on disk: found again, told apart, and made again where a file is broken."""

from pathlib import Path

import numpy as np
import pytest

from mtlkit.explore import embedding_cache
from mtlkit.explore.embedding_cache import kept

POINTS = np.arange(12.0).reshape(4, 3)
PLACES = np.arange(8.0).reshape(4, 2)


class Counted:
    """Computes the same places each time, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> np.ndarray:
        self.times += 1
        return PLACES


def files(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*"))


def test_the_same_is_computed_once_and_lies_in_the_cache(isolated_cache: Path) -> None:
    compute = Counted()
    for _ in range(3):
        assert np.array_equal(kept({"method": "a"}, [POINTS], compute), PLACES)
    assert compute.times == 1
    (file,) = (path for path in files(isolated_cache) if path.is_file())
    assert file.suffix == ".npy"
    assert file.parent == isolated_cache / "embeddings"


def test_settings_points_shape_and_versions_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compute = Counted()
    kept({"seed": 0}, [POINTS], compute)
    kept({"seed": 1}, [POINTS], compute)
    kept({"seed": 0}, [POINTS + 1e-12], compute)
    kept({"seed": 0}, [POINTS.reshape(4, 3), PLACES], compute)
    kept({"seed": 0}, [np.asfortranarray(POINTS)], compute)  # the same numbers: the same picture
    assert compute.times == 4
    monkeypatch.setattr(embedding_cache, "version", lambda _: "another")
    kept({"seed": 0}, [POINTS], compute)
    assert compute.times == 5


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00broken"])
def test_a_broken_file_is_made_again(isolated_cache: Path, content: bytes) -> None:
    compute = Counted()
    kept({}, [POINTS], compute)
    (file,) = (path for path in files(isolated_cache) if path.is_file())
    file.write_bytes(content)
    assert np.array_equal(kept({}, [POINTS], compute), PLACES)
    kept({}, [POINTS], compute)
    assert compute.times == 2


def test_nothing_pickled_is_read(isolated_cache: Path) -> None:
    compute = Counted()
    kept({}, [POINTS], compute)
    (file,) = (path for path in files(isolated_cache) if path.is_file())
    np.save(file, np.array([{"an": "object"}], dtype=object), allow_pickle=True)
    assert np.array_equal(kept({}, [POINTS], compute), PLACES)
    assert compute.times == 2


def test_a_computation_that_fails_leaves_nothing(isolated_cache: Path) -> None:
    def fail() -> np.ndarray:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        kept({}, [POINTS], fail)
    assert not any(path.is_file() for path in files(isolated_cache))
