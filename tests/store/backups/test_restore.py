"""Nothing is replaced unasked, and what is damaged is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from store.backups import shelf
from store.backups.manifest import BackupDamaged
from store.backups.snapshot import check_counts
from store.database import Database
from store.file_folder import FileFolder
from store.tables import messages
from tests.store.backups.commands import Say, back_up, bring_back, rows
from tests.store.samples import ANN, write_chat


def test_what_is_there_is_replaced_only_when_that_is_said_and_is_kept(
    full: Database, shelf_folder: Path, files: FileFolder, say: Say
) -> None:
    assert back_up(full, shelf_folder, files) == 0
    before = rows(full.url)
    write_chat(full, ANN, "After")
    full.close()
    after = rows(full.url)
    assert bring_back(shelf_folder, full.url, files) == 1
    assert "Add --replace" in say()
    assert rows(full.url) == after
    assert bring_back(shelf_folder, full.url, files, "--replace") == 0
    assert rows(full.url) == before
    [aside] = [word for word in say().split() if "before" in word]
    place = aside.rstrip(".")
    old = make_url(full.url).set(database=place).render_as_string(hide_password=False)
    assert rows(old) == after


def test_a_database_in_use_is_not_replaced(
    full: Database, shelf_folder: Path, files: FileFolder, say: Say
) -> None:
    assert back_up(full, shelf_folder, files) == 0
    with full.reading() as db:
        db.execute(select(messages.c.id)).all()
        assert bring_back(shelf_folder, full.url, files, "--replace") == 1
    assert "Stop Parley first" in say()


def _spoil(path: Path, at: int = 50_000) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + 100] = bytes(100)
    path.write_bytes(content)


def test_damage_is_found(
    full: Database, shelf_folder: Path, files: FileFolder, elsewhere: str, say: Say
) -> None:
    assert back_up(full, shelf_folder, files) == 0
    one = shelf.opened(shelf_folder)
    whole = one.database.read_bytes()
    _spoil(one.database, len(whole) // 2)
    assert bring_back(shelf_folder, elsewhere, files) == 1
    assert "not as it was written" in say()
    one.database.unlink()
    assert bring_back(shelf_folder, elsewhere, files, "--dry-run") == 1
    assert "is missing" in say()
    one.database.write_bytes(whole)
    [sha256] = one.hashes
    _spoil(shelf_folder / "files" / sha256[:2] / sha256, 0)
    assert bring_back(shelf_folder, elsewhere, files, "--dry-run") == 1
    assert f"{sha256} is damaged" in say()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"made_at": 1}', "\udcff"])
def test_a_damaged_manifest(
    sqlite: Database, shelf_folder: Path, files: FileFolder, say: Say, text: str
) -> None:
    assert back_up(sqlite, shelf_folder, files) == 0
    one = shelf.opened(shelf_folder)
    (one.path / shelf.MANIFEST).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert bring_back(one.path, "sqlite:///never.db", files) == 1
    assert "manifest.json is damaged" in say()
    assert bring_back(shelf_folder, "sqlite:///never.db", files) == 1
    assert "There is no backup" in say()


def test_of_a_newer_parley_or_of_the_other_kind(
    sqlite: Database, shelf_folder: Path, files: FileFolder, postgres_url: str, say: Say
) -> None:
    assert back_up(sqlite, shelf_folder, files) == 0
    assert bring_back(shelf_folder, postgres_url, files) == 1
    assert "store.take_out" in say()
    path = shelf.opened(shelf_folder).path / shelf.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"revision": "9999"}))
    assert bring_back(shelf_folder, "sqlite:///never.db", files) == 1
    assert "newer Parley" in say()


def test_counts_that_differ_are_damage() -> None:
    check_counts({"a": 1}, {"a": 1})
    with pytest.raises(BackupDamaged, match="a has 1 rows and should have 2"):
        check_counts({"a": 1}, {"a": 2})
    with pytest.raises(BackupDamaged, match="b has 0 rows and should have 2"):
        check_counts({"a": 1}, {"a": 1, "b": 2})
