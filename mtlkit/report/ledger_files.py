"""The ledger as files to keep: JSON with every comparison, CSV with a line a verdict."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any


def downloads(rows: Sequence[Mapping[str, Any]]) -> str:
    """Links whose addresses hold the files, so that they work without a server."""
    links = " ".join(
        f'<a download="claims.{kind}" href="data:{media};base64,'
        f'{base64.b64encode(text.encode()).decode()}">{kind.upper()}</a>'
        for kind, media, text in (
            ("json", "application/json", as_json(rows)),
            ("csv", "text/csv;charset=utf-8", as_csv(rows)),
        )
    )
    return f'<p class="mtl-downloads">All claims as a file: {links}</p>'


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """The verdicts as a JSON array; null where nothing is estimated."""
    return json.dumps(list(rows), ensure_ascii=False, allow_nan=False)


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The verdicts as CSV with a heading, one line each, without their single comparisons."""
    text = io.StringIO()
    columns = [key for key in (rows[0] if rows else ()) if key != "cells"]
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
