"""The scripts that arrange downloads, on miniatures in the official format."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

from mtlkit.core.paths import project_root
from mtlkit.data.catalogue import OFFICIAL
from mtlkit.data.official.arrive import get
from mtlkit.data.official.captioned_index import read_index
from mtlkit.data.official.captioned_pack import decode
from mtlkit.data.official.entry import Official
from mtlkit.data.pictures import like_mnist
from mtlkit.data.superclasses import grouped
from mtlkit.errors import UsageError
from tests.data.official.captioned_miniature import (
    Files,
    coco_downloads,
    coco_miniature,
    flickr_downloads,
    flickr_miniature,
    iapr_downloads,
    iapr_miniature,
    mir_downloads,
    mir_miniature,
)
from tests.data.official.composed_miniature import (
    SETS,
    glove_downloads,
    small,
    small_glove,
)
from tests.data.official.grouped_miniature import (
    SIZES,
    cifar_archive,
    cifar_files,
    cifar_miniature,
    tiny_archive,
    tiny_files,
    tiny_miniature,
    write_tiny,
)
from tests.data.official.miniature import (
    miniature,
    packed_files,
    pixels_and_labels,
    raw_files,
    write,
)

FOLDER = project_root() / "data_scripts"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py"))
NAMES = pytest.mark.parametrize(
    ("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")]
)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_script_but_that_of_features_is_of_a_set_in_the_catalogue() -> None:
    assert set(SCRIPTS) - {"frozen_features"} <= OFFICIAL.keys()


@NAMES
def test_downloads_become_what_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, folder: str
) -> None:
    entry = miniature(like=OFFICIAL[name], folder=folder)
    downloads = write(tmp_path / "downloads", packed_files())
    root = tmp_path / "root"
    assert script(name).main([str(downloads), "--out", str(root)], entry) == 0
    assert capsys.readouterr().out == f"{name} is in {root / name}, whole and official.\n"
    raw = root / name / folder / "raw"
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == raw_files()
    found = like_mnist(entry, "test", root)
    pixels, labels = pixels_and_labels("t10k")
    assert found.labels.tolist() == labels.tolist()
    assert torch.equal((255 * found.images).round().byte(), torch.from_numpy(pixels).flatten(1))


@NAMES
def test_the_default_is_the_data_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, folder: str
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path / "root"))
    downloads = write(tmp_path / "downloads", packed_files())
    entry = miniature(like=OFFICIAL[name], folder=folder)
    assert script(name).main([str(downloads)], entry) == 0
    assert (tmp_path / "root" / name / folder).is_dir()


@NAMES
def test_run_on_other_files_it_says_so_and_changes_nothing(
    tmp_path: Path, name: str, folder: str
) -> None:
    downloads = write(tmp_path / "downloads", packed_files())
    root = tmp_path / "root"
    command = [sys.executable, FOLDER / f"{name}.py", downloads, "--out", root]
    path = os.pathsep.join([str(project_root()), os.environ.get("PYTHONPATH", "")])
    told = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert (told.returncode, told.stdout) == (2, "")
    file = downloads / "train-images-idx3-ubyte.gz"
    checksum = OFFICIAL[name].downloads[0].checksum
    assert told.stderr == (
        f"{name}.py: {file}: is not the official file, whose checksum is {checksum}.\n"
    )
    assert not root.exists()


def test_cifar100s_archive_becomes_what_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = cifar_files()
    archive = cifar_archive(files)
    entry = cifar_miniature(files, archive=archive)
    downloads = write(tmp_path / "downloads", {entry.downloads[0].file: archive})
    root = tmp_path / "root"
    assert script("cifar100").main([str(downloads), "--out", str(root)], entry) == 0
    folder = root / "cifar100" / "cifar-100-python"
    told = f"cifar100 is in {root / 'cifar100'}, whole and official.\n"
    assert capsys.readouterr().out == told
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert len(grouped(entry, "test", root, SIZES).labels) == 200


@pytest.mark.parametrize("packed", [True, False])
def test_tiny_imagenet_is_packed_from_its_archive_or_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], packed: bool
) -> None:
    files = tiny_files()
    archive = tiny_archive(files)
    entry = tiny_miniature(archive=archive)
    downloads = tmp_path / "downloads"
    if packed:
        write(downloads, {entry.downloads[0].file: archive})
    else:
        write_tiny(downloads, files)
    root = tmp_path / "root"
    assert script("tiny_imagenet").main([str(downloads), "--out", str(root)], entry) == 0
    folder = root / "tiny_imagenet100"
    assert capsys.readouterr().out == f"tiny_imagenet is in {folder}, whole.\n"
    assert [path.name for path in folder.iterdir()] == ["tiny_imagenet100_jpeg.npz"]
    assert len(grouped(entry, "train", root, SIZES).labels) == 300


@pytest.mark.parametrize(
    ("name", "downloads", "miniature"),
    [
        ("coco", coco_downloads(), coco_miniature),
        ("flickr8k", flickr_downloads(), flickr_miniature),
        ("iapr_tc12", iapr_downloads(), iapr_miniature),
        ("mirflickr25k", mir_downloads(), mir_miniature),
    ],
)
def test_sets_with_captions_are_packed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    downloads: Files,
    miniature: Callable[[Files], Official],
) -> None:
    folder = tmp_path / "downloads"
    for file, content in downloads.items():
        write((folder / file).parent, {(folder / file).name: content})
    root = tmp_path / "root"
    assert script(name).main([str(folder), "--out", str(root)], miniature(downloads)) == 0
    assert capsys.readouterr().out == f"{name} is in {root / name}, whole.\n"
    index = read_index(root / name)
    assert decode(index, index.part("test"), 8).any()
    with pytest.raises(SystemExit):
        script(name).main(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert all(one.file in told for one in OFFICIAL[name].downloads)
    assert OFFICIAL[name].beside in told


@pytest.mark.parametrize("name", [*SETS, "glove"])
def test_sets_of_compositions_and_word_vectors_are_arranged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    entry, downloads = SETS.get(name, (small_glove(), glove_downloads))
    folder, root = tmp_path / "downloads", tmp_path / "root"
    entry = entry if name == "glove" else small(entry)
    command = [str(folder), "--out", str(root)]
    assert script(name).main(command, entry) == 2
    needed = entry.downloads[0].file
    assert f": {folder / needed}: is missing; {name} is made from {needed}" in (
        capsys.readouterr().err
    )
    write(folder, downloads())
    assert script(name).main(command, entry) == 0
    assert capsys.readouterr().out == f"{name} is in {root / name}, whole.\n"
    made = {"glove.6B.300d.txt"} if name == "glove" else {"compositions.json", "pictures.bin"}
    assert {path.name for path in (root / name).iterdir()} == made
    assert not list(folder.parent.glob("root/.incoming/*/built"))
    with pytest.raises(SystemExit):
        script(name).main(["--help"])
    told = "".join(capsys.readouterr().out.split())
    for one in OFFICIAL[name].downloads:
        assert one.file in told
        assert all(url in told for url in one.urls)


@pytest.mark.parametrize("name", [*SETS, "glove"])
def test_sets_without_official_checksums_are_not_fetched(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=rf"^{name}: .* no checksums?; put .* into a folder, and "):
        get(OFFICIAL[name], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("cifar100", "cifar-100-python.tar.gz"),
        ("tiny_imagenet", "tiny-imagenet-200.zip or the folder tiny-imagenet-200"),
    ],
)
def test_what_a_grouped_set_is_made_from_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, needs: str
) -> None:
    entry = OFFICIAL[name]
    assert script(name).main([str(tmp_path), "--out", str(tmp_path / "root")]) == 2
    missing = tmp_path / entry.downloads[0].file
    assert f": {missing}: is missing; {name} is made from {needs}.\n" in capsys.readouterr().err
    missing.write_bytes(b"<html>Please sign in</html>")
    assert script(name).main([str(tmp_path), "--out", str(tmp_path / "root")]) == 2
    assert f": {missing}: is not the official file, whose " in capsys.readouterr().err
    assert not (tmp_path / "root").exists()
