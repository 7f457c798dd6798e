"""A panel as JSON and back, so that pictures can be published as numbers and drawn later."""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import attrs
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from mtlkit.errors import UsageError
from mtlkit.explore import panels


def to_json(value: Any) -> Any:
    """A panel, or part of one, as JSON: `{"is": "Line", ...}` with what is not as by default.

    Raises
    ------
    UsageError
        If it holds what JSON has no words for.
    """
    if attrs.has(type(value)):
        fields = {
            field.name: to_json(found)
            for field in attrs.fields(type(value))
            if (found := getattr(value, field.name)) is not None and _differs(found, field.default)
        }
        return {"is": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [_short(to_json(item)) for item in value]
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3:
        return {"is": "png", "data": _png(value)}
    if isinstance(value, np.ndarray):
        return {"is": value.dtype.name, "values": _gaps(value.tolist())}
    if isinstance(value, bool | int | float | str):
        return _gaps(value)
    raise UsageError(f"value = {value!r}: allowed are numbers, text, arrays and parts of panels.")


def from_json(value: Any) -> Any:
    """What `to_json` made this from.

    Raises
    ------
    UsageError
        If it names something that is no part of a panel.
    """
    if isinstance(value, list):
        return tuple(from_json(at) if isinstance(at, dict | list) else at for at in value)
    if not isinstance(value, dict):
        return value
    fields = {name: item for name, item in value.items() if name != "is"}
    if value["is"] == "png":
        return np.array(Image.open(io.BytesIO(base64.b64decode(fields["data"]))))
    if value["is"] in ("uint8", "float32", "float64"):
        return np.array(_numbers(fields["values"]), value["is"])
    kind = getattr(panels, value["is"], None)
    if not (isinstance(kind, type) and attrs.has(kind)):
        raise UsageError(f"is = {value['is']}: allowed is a part of a panel, such as Line.")
    return kind(**{name: from_json(item) for name, item in fields.items()})


def _png(pixels: UInt8[np.ndarray, "height width 3"]) -> str:
    """Colours as a PNG, which is a tenth of their numbers."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _differs(value: Any, default: Any) -> bool:
    return isinstance(value, np.ndarray) or value != default


def _short(value: Any) -> Any:
    """Without `.0`: in a row of numbers it says nothing."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _gaps(value: Any) -> Any:
    if isinstance(value, list):
        return [_gaps(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return math.nan if value is None else value
