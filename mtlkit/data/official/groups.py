"""Classes in groups: which class is in which, as a table beside this module tells."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from importlib import resources

import attrs

CLASSES_PER_GROUP = 5
"""In every set of the course."""


@attrs.frozen
class Groups:
    """Groups of classes, in the order in which a table first names them.

    Parameters
    ----------
    names
        Of the groups.
    members
        The classes of each: what the data call them, and their names.
    """

    names: tuple[str, ...]
    members: tuple[Mapping[str, str], ...]

    @property
    def classes(self) -> tuple[tuple[str, ...], ...]:
        """Names of the classes in each group."""
        return tuple(tuple(members.values()) for members in self.members)

    @property
    def keys(self) -> tuple[str, ...]:
        """What the data call the classes, group after group."""
        return tuple(key for members in self.members for key in members)

    def flaw(self, found: Mapping[str, str]) -> str:
        """What is wrong with a set's own groups (class to group), in words; empty if nothing."""
        sizes = Counter(found.values())
        for name in self.names:
            if sizes[name] < CLASSES_PER_GROUP:
                classes = "1 class" if sizes[name] == 1 else f"{sizes[name]} classes"
                return f"has {classes} in the group {name}, where {CLASSES_PER_GROUP} are needed"
        declared = {
            key: name
            for name, members in zip(self.names, self.members, strict=True)
            for key in members
        }
        for key in sorted(declared.keys() | found.keys()):
            if found.get(key) != declared.get(key):
                return (
                    f"has the class {key} in {_group(found.get(key))}, where it belongs in "
                    f"{_group(declared.get(key))}"
                )
        return ""


def _group(name: str | None) -> str:
    return "no group" if name is None else f"the group {name}"


def read_groups(table: str, key: str) -> Groups:
    """The groups of `TABLE.csv`, which has the columns `class` and `group`.

    The column named `key` has what the data call a class.
    """
    text = (resources.files(__package__) / f"{table}.csv").read_text(encoding="utf-8")
    members: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        members.setdefault(row["group"], {})[row[key]] = row["class"]
    return Groups(tuple(members), tuple(members.values()))
