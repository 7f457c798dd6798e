"""Where a number comes from: versions, device, data, time."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import io
import platform
import tokenize
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeGuard

import torch

import mtlkit

NUMERICS = 1
"""Raised by hand when code outside the lessons changes such that results may change."""

_PACKAGES = ("torch", "torchvision", "numpy", "pandas", "scikit-learn", "scipy")


def device_class(device: torch.device) -> str:
    """What of a device may change results beyond the last digits: `cpu` or `cuda`."""
    return device.type


def numerics_version(files: Sequence[Path]) -> str:
    """A version of a lesson's numerics: the core's number and its experiment's code.

    Comments, docstrings and blank lines do not count, so that they can be mended without
    recomputing what they describe; nor does whether a program's step is `capturable`, which says
    how it is executed on a GPU, not what it computes.
    """
    code = "\n".join(_code(file) for file in files)
    return f"{NUMERICS}-{hashlib.sha256(code.encode()).hexdigest()[:12]}"


def _code(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(text)):
        if _does_not_count(node):
            # Columns are counted in bytes. What shares its line with code stays.
            before = lines[node.lineno - 1].encode()[: node.col_offset]
            after = lines[(node.end_lineno or 0) - 1].encode()[node.end_col_offset :]
            if before.strip() or after.strip():
                continue
            for row in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                lines[row - 1] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _does_not_count(node: ast.AST) -> TypeGuard[ast.stmt]:
    if not isinstance(node, ast.Expr | ast.Assign) or not isinstance(node.value, ast.Constant):
        return False
    return isinstance(node, ast.Expr) or list(map(ast.unparse, node.targets)) == ["capturable"]


def versions() -> dict[str, str]:
    """The versions of everything that takes part in a number."""
    return {"mtlkit": mtlkit.__version__, "python": platform.python_version(), **_installed()}


@functools.cache
def _installed() -> dict[str, str]:
    """Looked up once: it takes 15 ms, and every run of thousands says it."""
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


def device_name(device: torch.device) -> str:
    """The device in words: the GPU's name, or the processor's kind."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU ({platform.machine()}, {platform.system()})"


def provenance(device: torch.device, **more: Any) -> dict[str, Any]:
    """The record that goes with every result and every published study."""
    return {
        "versions": versions(),
        "device": device_name(device),
        "device_class": device_class(device),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **more,
    }
