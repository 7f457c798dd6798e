"""JSON in which what occurs more than once is written once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

import attrs

_SHORT = 12
"""Lists and objects whose text is shorter than this are written out each time."""


def pooled(tree: Any) -> dict[str, Any]:
    """The same tree as `{"pool": [...], "tree": ...}`.

    Every list and object that occurs more than once stands in the pool, and the text `@n` stands
    for the pool's item n wherever it occurs, in the pool's own items too. `unpooled` puts it all
    back, and so does `report/static/explorer.js`.

    Raises
    ------
    ValueError
        If the tree has a text that begins with `@`.

    Examples
    --------
    >>> pooled([[1000, 2000, 3000], [1000, 2000, 3000]])
    {'pool': [[1000, 2000, 3000]], 'tree': ['@0', '@0']}
    """
    return _Pool().of(tree)


def unpooled(packed: dict[str, Any]) -> Any:
    """The tree from which `pooled` made this; what occurred twice is one object now."""
    items: list[Any] = []

    def full(node: Any) -> Any:
        if isinstance(node, str) and node.startswith("@"):
            return items[int(node[1:])]
        if isinstance(node, list):
            return [full(item) if isinstance(item, str | list | dict) else item for item in node]
        if isinstance(node, dict):
            return {key: full(item) for key, item in node.items()}
        return node

    for item in packed["pool"]:  # an item refers to earlier ones alone
        items.append(full(item))
    return full(packed["tree"])


@attrs.frozen(eq=False)
class _Row:
    numbers: list[Any]


class _Pool:
    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._nodes: list[Any] = []
        self._uses: Counter[int] = Counter()
        self._met: dict[int, int] = {}
        self._written: dict[int, str] = {}
        self._items: list[Any] = []

    def of(self, tree: Any) -> dict[str, Any]:
        root = self._number(tree)
        return {"pool": self._items, "tree": self._write(root)}

    def _number(self, node: Any) -> int:
        """A number for each different list, object and single value; equal ones have the same."""
        if id(node) in self._met:  # what the tree itself has once is walked once
            return self._met[id(node)]
        if isinstance(node, dict):
            named = {key: self._number(item) for key, item in node.items()}
            found = self._noted(("object", *named.items()), named, named.values())
        elif isinstance(node, list) and any(isinstance(item, str | list | dict) for item in node):
            items = [*map(self._number, node)]
            found = self._noted(("list", *items), items, items)
        elif isinstance(node, list):  # a row of numbers: most of what there is
            found = self._noted(("row", json.dumps(node, allow_nan=False)), _Row(node), ())
        else:
            if isinstance(node, str) and node.startswith("@"):
                raise ValueError(f"text = {node}: allowed is one that does not begin with @.")
            return self._noted((type(node), node), (node,), ())
        self._met[id(node)] = found
        return found

    def _noted(self, key: Hashable, node: Any, children: Iterable[int]) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._nodes)
            self._nodes.append(node)
            self._uses.update(children)
        return self._numbers[key]

    def _write(self, number: int) -> Any:
        node = self._nodes[number]
        if isinstance(node, tuple):
            return node[0]
        if number in self._written:
            return self._written[number]
        if isinstance(node, dict):
            full: Any = {key: self._write(child) for key, child in node.items()}
        else:
            full = node.numbers if isinstance(node, _Row) else [self._write(at) for at in node]
        if self._uses[number] < 2 or len(json.dumps(full, allow_nan=False)) < _SHORT:
            return full
        self._items.append(full)
        self._written[number] = f"@{len(self._items) - 1}"
        return self._written[number]
