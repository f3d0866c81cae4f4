"""Backups come back whole, also beside those who write; what cannot be taken is said."""

from __future__ import annotations

import shutil
import threading
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import make_url

from store import backup
from store.backups import shelf, state
from store.backups.gently import Gently
from store.database import Database
from store.file_folder import FileFolder
from store.tables import messages
from store.types import utc_now
from store.values import SessionKey
from tests.store.backups.commands import Say, back_up, bring_back, rows
from tests.store.samples import ANN, add_file, exchange, make


def test_a_backup_comes_back_whole(
    full: Database, shelf_folder: Path, files: FileFolder, elsewhere: str, tmp_path: Path, say: Say
) -> None:
    before = rows(full.url)
    assert back_up(full, shelf_folder, files) == 0
    told = say()
    assert "restored and checked" in told
    assert "1 sessions, 2 messages, 1 attached files with 9 bytes" in told
    there = FileFolder(tmp_path / "there")
    assert bring_back(shelf_folder, elsewhere, there, "--dry-run") == 0
    assert "Nothing was changed" in say()
    assert not there.path.exists()
    assert bring_back(shelf_folder, elsewhere, there) == 0
    assert rows(elsewhere) == before
    [sha256] = shelf.opened(shelf_folder).hashes
    with there.opened(sha256) as body:
        assert body.read() == b"notes.txt"
    with full.reading() as db:
        known = state.read(db)
    assert known.good_at == shelf.opened(shelf_folder).about.made_at


def test_beside_those_who_write_all_that_is_older_is_there(
    sqlite: Database, shelf_folder: Path, files: FileFolder, tmp_path: Path
) -> None:
    """And nothing of it is half."""
    sent: list[tuple[datetime, SessionKey]] = []
    done, begun = threading.Event(), threading.Barrier(6)

    def write() -> None:
        for number in range(100_000):
            with sqlite.transaction() as db:
                place = make(db, ANN, title=f"{number}")
                exchange(db, place, "x" * 2_000, "y" * 2_000)
            sent.append((utc_now(), place))
            if number == 3:
                begun.wait()
            if done.is_set():
                return

    threads = [threading.Thread(target=write) for _ in range(5)]
    for one in threads:
        one.start()
    begun.wait()
    try:
        made, _ = backup.take(sqlite, shelf_folder, files)
    finally:
        done.set()
        for one in threads:
            one.join()
    url = f"sqlite:///{tmp_path / 'again.db'}"
    assert bring_back(made.path, url, files) == 0
    found = rows(url)
    there = {(row[0], row[1]) for row in found["messages"]}
    assert all(
        (key.user_id, key.session_id) in there for at, key in sent if at < made.about.made_at
    )
    assert len(found["messages"]) == 2 * len(found["sessions"]) < 2 * len(sent)


def test_a_database_that_was_damaged_before_is_no_good_backup(
    sqlite: Database, shelf_folder: Path, files: FileFolder, say: Say
) -> None:
    """The last good one stays the last good one, and the next process says so."""
    with sqlite.transaction() as db:
        place = make(db, ANN)
        for _ in range(40):
            exchange(db, place, "x" * 4_000, "y" * 4_000)
    assert back_up(sqlite, shelf_folder, files) == 0
    [good] = shelf.listed(shelf_folder)
    sqlite.close()
    assert sqlite.path
    content = sqlite.path.read_bytes()
    at = content.rindex(b"yyyyyyyy") // 4096 * 4096
    sqlite.path.write_bytes(content[:at] + b"\x0d" + bytes(50) + content[at + 51 :])
    assert back_up(sqlite, shelf_folder, files) == 1
    assert "There is no new backup. The database" in say()
    assert [one.path for one in shelf.listed(shelf_folder)] == [good.path]
    with sqlite.reading() as db:
        known = state.read(db)
    assert known.good_at == good.about.made_at
    assert "The database" in known.problem


def test_the_newest_stay_with_what_they_have(
    sqlite: Database, shelf_folder: Path, files: FileFolder
) -> None:
    hashes = []
    for number in range(3):
        with sqlite.transaction() as db:
            one = add_file(db, content=f"{number}")
        files.take_in(str(one.sha256), BytesIO(f"{number}".encode()))
        hashes.append(one.sha256)
        assert back_up(sqlite, shelf_folder, files) == 0
    first, *later = shelf.listed(shelf_folder)
    shutil.rmtree(shelf_folder / "files" / str(hashes[2])[:2])
    for path in later[-1:]:
        shutil.rmtree(path.path)
    with sqlite.transaction() as db:
        db.execute(messages.delete())
    assert shelf.forget(shelf_folder, 1) == 1
    assert [one.path for one in shelf.listed(shelf_folder)] == [later[0].path]
    kept = {path.name for path in (shelf_folder / "files").glob("??/*")}
    assert kept == {str(one) for one in hashes[:2]}
    assert not first.path.exists()


def test_nobody_else_can_read_it(full: Database, shelf_folder: Path, files: FileFolder) -> None:
    assert back_up(full, shelf_folder, files) == 0
    assert {path.stat().st_mode & 0o777 for path in [shelf_folder, *shelf_folder.rglob("*")]} <= {
        0o600,
        0o700,
    }


def test_files_without_bytes_are_said(
    sqlite: Database, shelf_folder: Path, files: FileFolder, say: Say
) -> None:
    with sqlite.transaction() as db:
        add_file(db, content="gone")
    assert back_up(sqlite, shelf_folder, files) == 0
    assert "1 attached files have no bytes" in say()
    assert shelf.opened(shelf_folder).hashes == []


def test_two_at_once(sqlite: Database, shelf_folder: Path, files: FileFolder, say: Say) -> None:
    with shelf.alone(shelf_folder):
        assert back_up(sqlite, shelf_folder, files) == 1
    assert "under way" in say()
    assert back_up(sqlite, shelf_folder, files) == 0


def test_what_a_killed_one_left_is_removed_by_the_next(
    sqlite: Database, shelf_folder: Path, files: FileFolder
) -> None:
    assert back_up(sqlite, shelf_folder, files) == 0
    (shelf_folder / ".coming-1").mkdir()
    assert back_up(sqlite, shelf_folder, files, "--keep", "1") == 0
    assert len([*shelf_folder.glob("parley-*")]) == 1
    assert not (shelf_folder / ".coming-1").exists()


def test_what_is_no_database_of_parley(
    tmp_path: Path, shelf_folder: Path, files: FileFolder, new_postgres_url: str, say: Say
) -> None:
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("Nothing\n" * 1_000)
    for url, words in (
        (f"sqlite:///{tmp_path / 'none.db'}", "There is no"),
        (f"sqlite:///{tmp_path / 'empty.db'}", "no database of Parley"),
        (f"sqlite:///{tmp_path / 'text.db'}", "cannot be read"),
        (new_postgres_url, "no database of Parley"),
        (
            make_url(new_postgres_url)
            .set(database="nowhere")
            .render_as_string(hide_password=False),
            "does not answer",
        ),
    ):
        assert backup.main([str(shelf_folder), "--from", url, "--files", str(files.path)]) == 1
        assert words in say()
        assert shelf.listed(shelf_folder) == []


def test_without_postgres_own_programs(
    postgres: Database,
    shelf_folder: Path,
    files: FileFolder,
    monkeypatch: pytest.MonkeyPatch,
    say: Say,
) -> None:
    monkeypatch.setenv("PATH", "")
    assert back_up(postgres, shelf_folder, files) == 1
    assert "pg_dump is not on this computer. It takes" in say()


def test_one_that_may_make_no_database_is_not_checked(
    postgres: Database, shelf_folder: Path, files: FileFolder, say: Say
) -> None:
    with postgres.transaction() as db:
        db.connection().exec_driver_sql("DROP ROLE IF EXISTS clerk")
        db.connection().exec_driver_sql("CREATE ROLE clerk LOGIN PASSWORD 'se?cr/et'")
        db.connection().exec_driver_sql("GRANT pg_read_all_data, pg_write_all_data TO clerk")
    clerk = postgres.url.replace("postgres:@", "clerk:se%3Fcr%2Fet@")
    assert clerk != postgres.url
    assert backup.main([str(shelf_folder), "--from", clerk, "--files", str(files.path)]) == 1
    told = say()
    assert "Give it CREATEDB" in told
    assert "cr/et" not in told


def test_one_process_takes_it_when_it_is_due(database: Database) -> None:
    """After one that failed, sooner; and a clock that was wrong holds up nothing."""
    now = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
    for later, expected in ((0, True), (10, False), (59, False), (60, True), (60, False)):
        with database.transaction() as db:
            moment = now + timedelta(seconds=later)
            assert state.claim(db, now=moment, seconds=3600, again=60) is expected
    with database.transaction() as db:
        state.note_problem(db, problem="The disk is full.")
        state.note_good(db, made_at=now)
        assert state.read(db).problem == ""
        state.note_good(db, made_at=now - timedelta(days=1))
        assert state.read(db).good_at == now
        for later, expected in ((3599, False), (3600, True)):
            moment = now + timedelta(seconds=later)
            assert state.claim(db, now=moment, seconds=3600, again=60) is expected
        assert state.claim(db, now=now - timedelta(days=1), seconds=3600, again=60)


def test_it_rests_as_long_as_it_works(tmp_path: Path) -> None:
    times, rests = iter([0.0, 2.0, 10.0, 11.0, 20.0]), list[float]()
    with (tmp_path / "file").open("wb") as file:
        gently = Gently(file.fileno(), 1.0, clock=lambda: next(times), pause=rests.append)
        gently.wrote(1)
        gently.wrote(1)
    assert rests == [2.0, 1.0]
