"""What is started to be looked at is ended, also when it never becomes healthy."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.container import __main__ as command
from tests.container.dockerfile import read
from tests.processes import ROOT

pytestmark = pytest.mark.process


def test_what_never_is_healthy_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[psutil.Process] = []

    def never(_: object, _seconds: float) -> None:
        started.extend(one for one in psutil.Process().children() if "3600" in one.cmdline())
        raise AssertionError("not healthy")

    monkeypatch.setattr(command, "entered", lambda *_, **__: ["sleep", "3600"])
    monkeypatch.setattr(command, "until", never)
    stage = read((ROOT / "Dockerfile").read_text())[-1]
    with pytest.raises(AssertionError, match="not healthy"):
        command.Running(stage, tmp_path, tmp_path / "volume")
    [process] = started
    assert not psutil.pid_exists(process.pid)
