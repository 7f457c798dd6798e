"""Publishing: what cannot be written is told, and what was published before stays."""

from __future__ import annotations

import errno
from pathlib import Path

import pandas as pd
import pytest
import torch

from mtlkit.core.publishing import published
from mtlkit.core.reproducing import reproduce
from mtlkit.errors import UsageError

from .toy import toy_lesson, toy_study


@pytest.mark.parametrize("full", ["table", "provenance"])
def test_a_full_disk_is_told_and_the_old_table_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    lesson = toy_lesson(tmp_path, toy_study())
    pack = tmp_path / "pack"

    def publish() -> Path:
        (path,) = reproduce(lesson, ["sizes"], scale="lesson", device=torch.device("cpu"), out=pack)
        return path

    old = publish().read_bytes()

    def no_space(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space")

    with monkeypatch.context() as patch:
        if full == "table":
            patch.setattr(pd.DataFrame, "to_parquet", no_space)
        else:
            patch.setattr(Path, "write_text", no_space)
        with pytest.raises(UsageError, match=r"pack: the table of sizes cannot be written there"):
            publish()
    (found,) = published("toy", pack)
    assert (pack / "studies/toys.lesson/sizes.parquet").read_bytes() == old
    assert found.provenance["study"] == "sizes"
    assert [path.name for path in pack.rglob(".*")] == []
