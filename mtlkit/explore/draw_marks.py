"""What matplotlib calls the dashes and markers of a look."""

from __future__ import annotations

from typing import Any

DASHES: dict[str, Any] = {
    "solid": "-",
    "dash": (0, (5, 2)),
    "dot": (0, (1.5, 1.5)),
    "dashdot": (0, (6, 2, 1.5, 2)),
    "longdash": (0, (9, 2.5)),
    "dashdotdot": (0, (6, 1.5, 1.5, 1.5, 1.5, 1.5)),
}
MARKERS = {
    "circle": "o",
    "square": "s",
    "diamond": "D",
    "triangle-up": "^",
    "triangle-down": "v",
    "x": "X",
    "star": "*",
    "pentagon": "p",
    "cross": "P",
    "hexagon": "h",
    "triangle-left": "<",
}
