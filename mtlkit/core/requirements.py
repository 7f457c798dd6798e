"""What mtlkit asks to be installed, read from where it is declared."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import attrs

_COMPARISONS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": lambda found, limit: found >= limit,
    "<": lambda found, limit: found < limit,
}


@attrs.frozen
class Requirement:
    """A package and the versions of it that will do, such as `>=2.2,<3`."""

    name: str
    range: str

    def allows(self, version: str) -> bool:
        """Whether a version is within the range; its leading numbers count.

        Examples
        --------
        >>> numpy = Requirement("numpy", ">=2.2,<3")
        >>> numpy.allows("2.2"), numpy.allows("2.10.1"), numpy.allows("3.0.0"), numpy.allows("2")
        (True, True, False, False)
        """
        return all(
            _COMPARISONS[sign](_numbers(version), _numbers(limit))
            for sign, limit in re.findall(r"(>=|<)\s*([\d.]+)", self.range)
        )


def required(extra: str = "") -> list[Requirement]:
    """What every run needs or, with the name of an extra, what that one adds.

    Read from the checkout's `pyproject.toml`, else from the installed package.
    """
    checkout = Path(__file__).resolve().parents[2] / "pyproject.toml"
    if checkout.is_file():
        project = tomllib.loads(checkout.read_text(encoding="utf-8"))["project"]
        lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    else:
        lines = [
            line.partition(";")[0]
            for line in importlib.metadata.requires("mtlkit") or ()
            if _extra(line) == extra
        ]
    return [_parsed(line) for line in lines]


def installed_version(name: str) -> str | None:
    """The installed version of a package, None where there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _extra(line: str) -> str:
    found = re.search(r"""extra == ["'](\w+)["']""", line)
    return found.group(1) if found else ""


def _parsed(line: str) -> Requirement:
    name, limits = re.fullmatch(r"\s*([\w.-]+)\s*(.*?)\s*", line).groups()  # type: ignore[union-attr]
    return Requirement(name, limits)


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, without zeros at the end: 2.14.0+cpu is 2.14."""
    release = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in release.group().split(".")] if release else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
