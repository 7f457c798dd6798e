"""The lock files: pinned, hashed, free of addresses, and consistent with each other."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-cpu.lock")


def entries(name: str) -> dict[str, list[str]]:
    """Each requirement line of a lock with the hash lines under it."""
    found: dict[str, list[str]] = {}
    pin = ""
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("#"):
            continue
        text = line.strip().removesuffix("\\").strip()
        if line.startswith(" "):
            found[pin].append(text)
        else:
            pin = text
            found[pin] = []
    return found


def package(pin: str) -> str:
    """The name of a package from its requirement line."""
    return pin.split("==")[0]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_once_and_hashed(name: str) -> None:
    lock = entries(name)
    assert len(lock) > 100
    assert len({package(pin) for pin in lock}) == len(lock)
    for pin, hashes in lock.items():
        assert re.match(r"[a-z0-9-]+==[^\s;]+", pin), pin
        assert hashes, f"{pin} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), pin


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_or_path_in_a_lock(name: str) -> None:
    text = (ROOT / name).read_text()
    assert re.findall(r"://|file:|@ |--index|--extra-index|--find-links|^/", text, re.M) == []


def test_the_cpu_lock_is_the_main_lock_without_torch_and_cuda() -> None:
    main, cpu = (entries(name) for name in LOCKS)
    assert cpu.items() <= main.items()
    left_out = {package(pin) for pin in main.keys() - cpu.keys()}
    assert {"torch", "torchvision"} <= left_out
    others = left_out - {"torch", "torchvision"}
    assert all(re.match(r"(nvidia|cuda)-|triton$", name) for name in others), others
    kept = {package(pin) for pin in cpu}
    assert not [name for name in kept if re.match(r"(nvidia|cuda)-|triton$", name)]


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_what_installs_the_package(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    backend = {re.split(r"[<>=]", need)[0] for need in project["build-system"]["requires"]}
    assert {"uv", "hatchling", "editables"} == backend | {"uv"}
    assert backend | {"uv"} <= {package(pin) for pin in entries(name)}
