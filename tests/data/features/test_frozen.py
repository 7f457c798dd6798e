"""Frozen features in the cache: whole or not at all, once, and of what they say they are."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.data import captioned, labelled_captions
from mtlkit.data.features import sources
from mtlkit.data.features.frozen import Encoder, Examples, Source, frozen_features, place_of
from mtlkit.data.official.arrive import install
from mtlkit.errors import UsageError
from tests.data.official.captioned_miniature import (
    flickr_downloads,
    flickr_miniature,
    iapr_downloads,
    iapr_miniature,
    write,
)

TEXTS = tuple(f"caption number {number}" for number in range(23))


def texts(count: int = len(TEXTS)) -> Source:
    return Source("texts", "of the texts", count, lambda start, end: TEXTS[start:end])


class Counting:
    """Gives the length and the last digit of each caption, and remembers what it was asked for."""

    def __init__(self, breaks_at: int = -1) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.breaks_at = breaks_at

    def __call__(self, examples: Examples) -> Float[Tensor, "example feature"]:
        if len(self.asked) == self.breaks_at:
            raise KeyboardInterrupt
        self.asked.append(tuple(examples))
        return torch.tensor([[float(len(one)), float(one[-1])] for one in examples])


def encoder(encode: Callable[[Examples], Tensor], checksum: str = "of the weights") -> Encoder:
    return Encoder("length", checksum, 2, 5, encode)


def expected(count: int = len(TEXTS)) -> Float[np.ndarray, "example 2"]:
    return np.array([[len(one), int(one[-1])] for one in TEXTS[:count]], np.float32)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "features").iterdir())


def test_features_are_computed_once_and_mapped(isolated_cache: Path) -> None:
    counting, told = Counting(), []
    found = frozen_features(
        texts(), encoder(counting), report=lambda done, count: told.append((done, count))
    )
    assert np.array_equal(found, expected())
    assert told == [(5, 23), (10, 23), (15, 23), (20, 23), (23, 23)]
    again = frozen_features(texts(), encoder(counting))
    assert len(counting.asked) == 5
    for one in (found, again):
        assert isinstance(one, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            one[0] = 1
    file = place_of(texts(), encoder(counting))
    assert np.array_equal(np.load(file), expected())
    assert set(names(isolated_cache)) <= {file.name, file.with_suffix(".lock").name}


def test_features_of_other_data_or_weights_are_others(isolated_cache: Path) -> None:
    counting = Counting()
    own = encoder(counting)
    places = {
        place_of(source, other)
        for source in (texts(), attrs.evolve(texts(), checksum="of others"), texts(20))
        for other in (own, encoder(counting, "of others"), attrs.evolve(own, features=3))
    }
    assert len(places) == 9
    frozen_features(texts(), own)
    frozen_features(texts(), encoder(counting, "of others"))
    assert len(counting.asked) == 10
    assert np.array_equal(frozen_features(texts(20), own), expected(20))


def test_a_break_is_gone_on_with_and_its_part_never_taken_for_the_whole(
    isolated_cache: Path,
) -> None:
    breaking = Counting(breaks_at=3)
    with pytest.raises(KeyboardInterrupt):
        frozen_features(texts(), encoder(breaking))
    file = place_of(texts(), encoder(breaking))
    assert not file.exists()
    part = file.with_suffix(".part")
    with part.open("ab") as rows:
        rows.write(b"a broken row and more")
    going_on, told = Counting(), []
    found = frozen_features(
        texts(), encoder(going_on), report=lambda done, count: told.append(done)
    )
    assert np.array_equal(found, expected())
    assert going_on.asked == [TEXTS[15:20], TEXTS[20:]]
    assert told == [20, 23]
    assert not part.exists()


@pytest.mark.parametrize("left", [b"", b"\x93NUMPY", b"something else altogether" * 20])
def test_a_part_of_another_form_is_begun_anew(isolated_cache: Path, left: bytes) -> None:
    counting = Counting()
    part = place_of(texts(), encoder(counting)).with_suffix(".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(left)
    assert np.array_equal(frozen_features(texts(), encoder(counting)), expected())
    assert len(counting.asked) == 5


@pytest.mark.parametrize("spoil", [lambda whole: whole[:-8], lambda whole: whole[:50], bytes])
def test_a_file_that_is_cut_off_is_made_anew(
    isolated_cache: Path, spoil: Callable[[bytes], bytes]
) -> None:
    counting = Counting()
    frozen_features(texts(), encoder(counting))
    file = place_of(texts(), encoder(counting))
    content = file.read_bytes()
    file.write_bytes(b"" if spoil is bytes else spoil(content))
    assert np.array_equal(frozen_features(texts(), encoder(counting)), expected())
    assert len(counting.asked) == 10
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "wrong", [torch.zeros(5, 3), torch.zeros(4, 2), torch.full((5, 2), float("nan"))]
)
def test_what_an_encoder_must_not_give_is_told(isolated_cache: Path, wrong: Tensor) -> None:
    with pytest.raises(UsageError, match="for 5 examples of texts, or numbers that are not finite"):
        frozen_features(texts(), encoder(lambda examples: wrong))
    assert not place_of(texts(), encoder(Counting())).exists()


def _slowly(folder: Path) -> None:
    """In a process of its own: says in a file of its own when it encodes."""

    def encode(examples: Examples) -> Tensor:
        with (folder / "blocks").open("a") as file:
            file.write("x")
        time.sleep(0.05)
        return torch.tensor([[float(len(one)), float(one[-1])] for one in examples])

    found = frozen_features(texts(), encoder(encode))
    (folder / f"{multiprocessing.current_process().pid}.sum").write_text(str(found.sum()))


def test_of_two_processes_one_computes_and_the_other_waits(
    isolated_cache: Path, tmp_path: Path
) -> None:
    # Forked, so that both are there at once: another start would import torch first.
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_slowly, args=(tmp_path,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert [one.exitcode for one in both] == [0, 0]
    assert (tmp_path / "blocks").read_text() == "x" * 5
    sums = [file.read_text() for file in tmp_path.glob("*.sum")]
    assert sums == [str(expected().sum())] * 2


# --- what features are of ---


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    for downloads, miniature in (
        (flickr_downloads(), flickr_miniature),
        (iapr_downloads(), iapr_miniature),
    ):
        install(miniature(downloads), write(tmp_path_factory.mktemp("d"), downloads), root)
    return root


@pytest.fixture
def here(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MTLKIT_DATA", str(root))
    yield root


def test_photographs_and_captions_stand_as_the_doors_give_them(here: Path) -> None:
    found = captioned.load("flickr8k", "train", seed=0, size=4, side=sources.SIDE)
    pictures = sources.pictures("flickr8k", "train", size=4)
    assert torch.equal(pictures.block(1, 3), found.images[1:3])
    captions = sources.captions("flickr8k", "train", size=4)
    assert captions.count == 20
    assert tuple(captions.block(0, 20)) == tuple(one for those in found.captions for one in those)
    assert tuple(captions.block(7, 9)) == found.captions[1][2:4]
    labelled = labelled_captions.load("iapr_tc12", "train", seed=0, size=3)
    assert tuple(sources.captions("iapr_tc12", "train", size=3).block(0, 3)) == labelled.captions


def test_scenes_are_those_of_the_seed() -> None:
    found = captioned.load("scenes", "test", seed=5, size=6)
    pictures = sources.pictures("scenes", "test", seed=5, size=6)
    assert torch.equal(pictures.block(0, 6), found.images)
    assert sources.captions("scenes", "test", seed=5, size=6).count == 30
    tags = sources.captions("scene_tags", "test", seed=5, size=6)
    own = labelled_captions.load("scene_tags", "test", seed=5, size=6).captions
    assert tuple(tags.block(0, 6)) == own


def test_every_source_has_its_own_checksum(here: Path) -> None:
    made = [
        source(name, part, seed=seed, size=size)
        for source in (sources.pictures, sources.captions)
        for name, part, seed, size in (
            ("scenes", "test", 0, 6),
            ("scenes", "test", 1, 6),
            ("scene_tags", "test", 0, 6),
            ("flickr8k", "train", 0, 4),
            ("flickr8k", "train", 0, 3),
        )
    ]
    assert len({one.checksum for one in made}) == len(made)


def test_what_there_is_no_source_of_is_told(here: Path) -> None:
    for asked, words in (
        (("photos", "train", None), "data = photos: allowed is one of scenes, "),
        (("scenes", "dev", None), "part = dev: allowed is one of"),
        (("iapr_tc12", "test", 2001), "size = 2001: allowed is 1 to 2,000"),
        (("mirflickr25k", "test", 1), "data = mirflickr25k: not in "),
    ):
        name, part, size = asked
        for source in (sources.pictures, sources.captions):
            with pytest.raises(UsageError) as error:
                source(name, part, size=size)
            assert str(error.value).startswith(words)
