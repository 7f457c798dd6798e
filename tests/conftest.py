"""What every test runs under: shapes checked at run time, one thread, a cache of its own.

Here too: the report that several tests look at, and what is said of tests left out.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from jaxtyping import config, install_import_hook

# Before anything imports mtlkit: its signatures' shapes and types are checked on every call.
install_import_hook("mtlkit", "beartype.beartype")

import torch  # noqa: E402

from tests.browser.chromium import NONE_FOUND  # noqa: E402
from tests.real_report import build_once  # noqa: E402

IN_CI = os.environ.get("CI") == "true"

torch.set_num_threads(1)

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "local")


@pytest.fixture(scope="session", autouse=True)
def _no_cache_of_the_user() -> Iterator[None]:
    """Keep fixtures of a wider scope, and doctests, away from the user's cache too."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTLKIT_CACHE", folder)
        patch.delenv("MTLKIT_SCALE", raising=False)
        yield


@pytest.fixture(autouse=True)
def isolated_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that mtlkit caches in during this test, empty at its start."""
    folder = tmp_path / "mtlkit-cache"
    monkeypatch.setenv("MTLKIT_CACHE", str(folder))
    return folder


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes and types go unchecked, as for users: a fifth of the time of a published training.

    For tests that recompute what is published and look at its numbers alone. Every lesson's code
    runs checked at `smoke`.
    """
    monkeypatch.setattr(config, "jaxtyping_disable", True)


@pytest.fixture(scope="session")
def real_report(tmp_path_factory: pytest.TempPathFactory, _no_cache_of_the_user: None) -> Path:
    """The folder of the whole report at `smoke`, built once however many processes test it."""
    base = tmp_path_factory.getbasetemp()
    return build_once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "report")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Build the report first, on one process, while the others test; look at it last.

    Last come the tests in a browser: they leave Playwright running, whose event loop others need
    not meet. In each turn slow tests come first, so that no process ends long after the others.
    """

    def turn(item: pytest.Item) -> tuple[int, bool]:
        needs = getattr(item, "fixturenames", ())
        quick = item.get_closest_marker("slow") is None
        if item.get_closest_marker("builds_report"):
            return 0, quick
        return 3 if "browser" in needs else 2 if "real_report" in needs else 1, quick

    items.sort(key=turn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out because there is no browser, and how to get one."""
    skipped = terminalreporter.stats.get("skipped", [])
    left_out = [report.nodeid for report in skipped if NONE_FOUND in str(report.longrepr)]
    if left_out:
        tests = "1 test" if len(left_out) == 1 else f"{len(left_out)} tests"
        terminalreporter.section(f"{tests} left out", yellow=True)
        for name, count in sorted(Counter(name.split("[")[0] for name in left_out).items()):
            terminalreporter.line(name if count == 1 else f"{name} ({count} times)")
        terminalreporter.line(f"because {NONE_FOUND}", yellow=True)


@pytest.fixture(scope="session")
def mtlkit_data() -> Path:
    """The folder of official data sets; a test that asks for it is skipped where there is none."""
    named = os.environ.get("MTLKIT_DATA")
    if not named:
        pytest.skip("MTLKIT_DATA names no folder of official data sets")
    folder = Path(named)
    if not folder.is_dir():
        reason = f"MTLKIT_DATA is {named!r}, and that is no folder"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
