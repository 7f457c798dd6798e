"""The command line that the scripts of `data_scripts/` share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mtlkit.core.paths import data_root
from mtlkit.data.official.arrive import install
from mtlkit.data.official.entry import Official
from mtlkit.data.official.store import folder_of
from mtlkit.errors import UsageError


def run(entry: Official, arguments: Sequence[str] | None) -> int:
    """Arrange a folder of official downloads in the data root; the exit code.

    Parameters
    ----------
    entry
        The data set.
    arguments
        Those of the command line; None for this process's own.
    """
    unpacked = f", or the folder {entry.unpacked} that it unpacks to" if entry.unpacked else ""
    beside = f", and the folder {entry.beside}" if entry.beside else ""
    # Those that `mtlkit data get` does not know how to fetch may have several owners.
    urls = [url for one in entry.downloads for url in one.urls if entry.by_hand]
    addresses = f" They were last seen at {' , '.join(urls)} ." if urls else ""
    parser = argparse.ArgumentParser(
        description=f"Arrange the official downloads of {entry.title} as mtlkit reads them.",
        epilog=f"FOLDER has {', '.join(download.file for download in entry.downloads)}"
        f"{unpacked}{beside}. "
        f"They are described at {entry.page}.{addresses}",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where the downloads are")
    parser.add_argument(
        "--out",
        metavar="ROOT",
        type=Path,
        help="folder of all data sets (default: the one that `mtlkit data where` prints)",
    )
    chosen = parser.parse_args(arguments)
    root = chosen.out or data_root()
    try:
        install(entry, chosen.folder, root)
    except UsageError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    print(f"{entry.name} is in {folder_of(entry, root)}, {entry.state}.")
    return 0
