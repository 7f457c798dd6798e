"""Whether somebody sits before a page that can answer."""

from __future__ import annotations

import os
from typing import Any


def shell() -> Any:
    """IPython's shell, if this code runs in a kernel's; else None."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    found = get_ipython()
    return found if hasattr(found, "kernel") else None


def is_there() -> bool:
    """Whether JupyterLab, Notebook 7 or VS Code asked for the code that runs.

    A Jupyter server names the session of each kernel that it starts, and VS Code tells the file.
    A runner (papermill, nbclient, nbval) starts kernels without either, unless it is itself
    started from a notebook, whose session its kernels inherit; so the request itself has to be a
    frontend's, which all say which cell they run. `MTLKIT_HEADLESS=1` says no for certain.
    """
    kernel = shell()
    if kernel is None or os.environ.get("MTLKIT_HEADLESS") == "1" or cell() is None:
        return False
    return "JPY_SESSION_NAME" in os.environ or "__vsc_ipynb_file__" in kernel.user_ns


def cell() -> tuple[str, str] | None:
    """The cell that is being run and the message that asked for it, where the page tells."""
    kernel = shell()
    parent = (kernel.get_parent() if kernel is not None else None) or {}
    name = parent.get("metadata", {}).get("cellId")
    return (name, parent["header"]["msg_id"]) if name else None
