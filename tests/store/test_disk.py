"""Nobody else on the computer reads the database: the key that signs logins is inside."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Database
from store.errors import StorageUnavailable
from tests.store.samples import exchange, make, opened


@pytest.fixture(params=[0o022, 0o000, 0o077])
def mask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


PRIVATE = dict.fromkeys(("parley.db", "parley.db-wal", "parley.db-shm"), 0o600)


@pytest.mark.usefixtures("mask")
def test_new_files_and_folders_are_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "deeper" / "data"
    with opened(f"sqlite:///{folder / 'parley.db'}") as database, database.transaction() as db:
        exchange(db, make(db))
        assert modes(folder) == PRIVATE
    for made in (folder, folder.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


@pytest.mark.usefixtures("mask")
def test_those_of_an_earlier_version_are_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with opened(f"sqlite:///{folder / 'parley.db'}") as running:
        for file in (folder, *folder.iterdir()):
            file.chmod(0o755 if file.is_dir() else 0o644)
        again = Database(f"sqlite:///{folder / 'parley.db'}")
        again.open()
        with again.transaction() as db:
            exchange(db, make(db))
        assert modes(folder) == PRIVATE
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        again.close()
        assert running.path


def test_a_folder_with_other_things_in_it_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letter.txt").write_text("Dear reader")
    (tmp_path / "letter.txt").chmod(0o644)
    with (
        caplog.at_level(logging.WARNING, "parley.store"),
        opened(f"sqlite:///{tmp_path}/parley.db"),
    ):
        assert modes(tmp_path) == {**PRIVATE, "letter.txt": 0o644}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert f"{tmp_path} is not Parley's alone" in caplog.text


def test_how_much_fits_is_told_of_files_only(database: Database) -> None:
    free = database.free_bytes()
    assert (free is not None and free > 0) == bool(database.path)


def test_a_disk_that_takes_no_more_is_known(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill() -> None:
        with sqlite.transaction() as db:
            pages = db.scalar(text("PRAGMA page_count"))
            db.execute(text(f"PRAGMA max_page_count = {pages}"))
            exchange(db, make(db), "x" * 1_000_000)

    assert not sqlite.disk_fails()
    with pytest.raises(StorageUnavailable, match="disk space"):
        fill()
    assert sqlite.disk_fails()
    monkeypatch.setattr("store.database.REFUSED_SECONDS", 0.0)
    assert not sqlite.disk_fails()
