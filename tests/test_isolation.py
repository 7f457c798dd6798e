"""Experiments run where nothing can draw, and nothing here needs a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtlkit import lessons
from tests.real_report import run_without_network

# Whatever draws, plays or runs notebooks is as if it were not installed.
NO_PLOTTING = """
import sys

class Blocked:
    packages = {
        *("plotly", "matplotlib", "ipywidgets", "anywidget", "IPython", "ipykernel", "traitlets"),
        *("notebook", "nbclient", "nbconvert", "nbformat", "papermill", "sphinx", "myst_nb"),
    }

    def find_spec(self, name, path=None, target=None):
        package = name.partition(".")[0]
        if package in self.packages or package.startswith("jupyter"):
            raise ModuleNotFoundError(f"the test blocks {package}")

sys.meta_path.insert(0, Blocked())
"""

EXPERIMENTS = """
from pathlib import Path
from mtlkit import lessons
from mtlkit.core.device import choose_device
from mtlkit.core.reproducing import reproduce
from mtlkit.core.runner import Runner, merged

out = Path(sys.argv[1])
for name in lessons.names():
    lesson = lessons.get(name)
    config = lesson.experiment.Config.preset("smoke")
    *_, results = Runner(lesson, choose_device("cpu")).run(config, [0, 1])
    merged(lesson, config, results).save(out / name)
    study = next(iter(lesson.studies))
    reproduce(lesson, [study], scale="smoke", device=choose_device("cpu"), out=out / "pack" / name)
    print(name, len(lesson.claims))
"""


def run_blocked(code: str, *arguments: str | Path, refused: Path) -> str:
    """As `run_without_network`, of code that succeeds; what it printed."""
    told = run_without_network(code, *arguments, refused=refused)
    assert told.returncode == 0, told.stderr
    return told.stdout


@pytest.mark.slow
def test_experiments_run_without_plotting_widgets_jupyter_or_a_network(tmp_path: Path) -> None:
    refused = tmp_path / "refused"
    told = run_blocked(NO_PLOTTING + EXPERIMENTS, tmp_path, refused=refused)
    claims = {name: str(len(lessons.get(name).claims)) for name in lessons.names()}
    assert dict(line.split() for line in told.splitlines()) == claims
    for name in lessons.names():
        assert (tmp_path / name / "result.json").is_file()
        assert len(list((tmp_path / "pack" / name).glob("studies/*/*.parquet"))) == 1
    assert not refused.exists()


def test_the_block_on_plotting_holds(tmp_path: Path) -> None:
    packages = ("plotly", "matplotlib.pyplot", "ipywidgets", "IPython", "jupyter_core", "notebook")
    attempt = "try:\n    import {0}\nexcept ModuleNotFoundError as error:\n    print(error)\n"
    code = NO_PLOTTING + "".join(map(attempt.format, packages))
    told = run_blocked(code, refused=tmp_path / "refused")
    expected = [f"the test blocks {package.partition('.')[0]}" for package in packages]
    assert told.splitlines() == expected


@pytest.mark.slow
@pytest.mark.builds_report
def test_the_report_is_built_without_a_network(real_report: Path) -> None:
    page = Path((real_report / "told").read_text().strip())
    assert page == real_report / "html" / "index.html"
    assert page.is_file()
    assert not (real_report / "refused").exists()


# A connection to a documentation address (RFC 5737), by name and by number, one from a child.
OUTWARD = """
import socket, subprocess, sys, urllib.request
for use in (
    lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
    lambda: socket.socket().connect(("192.0.2.2", 80)),
    lambda: socket.socket().connect_ex(("192.0.2.3", 80)),
    lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("192.0.2.4", 80)),
    lambda: urllib.request.urlopen("http://example.invalid", timeout=1),
):
    try:
        use()
    except OSError as error:
        print(error)
    else:
        print("went out")
child = "import socket; socket.create_connection(('192.0.2.5', 80), timeout=1)"
child = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True)
print(child.stderr.splitlines()[-1])
"""

# What Jupyter's kernels and a page served from this machine do.
INWARD = """
import socket
server = socket.create_server(("127.0.0.1", 0))
with socket.create_connection(("localhost", server.getsockname()[1])):
    server.accept()[0].sendall(b"hello")
print("spoke")
"""


def test_the_block_on_the_network_holds_and_lets_loopback_through(tmp_path: Path) -> None:
    refused = tmp_path / "refused"
    told = run_blocked(OUTWARD, refused=refused)
    assert "went out" not in told
    assert told.count("the test blocks the network") == 6
    hosts = [f"192.0.2.{last}" for last in range(1, 5)]
    assert refused.read_text().split() == [*hosts, "example.invalid", "192.0.2.5"]
    assert run_blocked(INWARD, refused=refused) == "spoke\n"
