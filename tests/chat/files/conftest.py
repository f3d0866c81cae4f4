"""Files read as a child process reads them, but here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chat.files import reading
from chat.files.reading import Made

Read = Callable[..., Made]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where what is made of it lies."""
    made = tmp_path / "made"
    made.mkdir()
    return made


@pytest.fixture
def read(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """What is made of these bytes with this name; the limit of a child's files is left out."""
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)

    def reading_of(data: bytes | str, name: str = "file") -> Made:
        file = tmp_path / "bytes"
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return reading.read(str(file), name, str(folder))

    return reading_of
