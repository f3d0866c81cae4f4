"""Files of which something was damaged on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from chat.files.files import Files
from store.file_folder import FileFolder
from store.file_values import StoredFile
from tests.chat.files.conftest import add

pytestmark = pytest.mark.process
ROWS = b"city,price\nGraz,1.5\nWien,2.5\n"


def test_tables_that_are_damaged_are_made_anew_from_the_bytes_that_came(
    kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = add(kept, ROWS, "a.csv")
    path = kept.tables(file) or Path()
    whole, size = path.read_bytes(), path.stat().st_size
    path.write_bytes(b"x" * size)
    assert kept.tables(file) == path, "of that length it is"
    assert kept.tables_anew(file) == path
    with duckdb.connect(str(path), read_only=True) as db:
        assert db.execute("SELECT avg(price) FROM data").fetchone() == (2.0,)

    kept.bytes_path(file).write_bytes(ROWS.replace(b"1.5", b"9.5"))
    assert kept.tables_anew(file) is None, "its numbers would be others"
    path.unlink()
    asked: list[StoredFile] = []
    monkeypatch.setattr(kept, "make_again", asked.append)
    assert kept.tables(file) is None
    assert asked == [], "not tried again and again"
    monkeypatch.undo()
    assert add(kept, ROWS, "b.csv") == file
    assert kept.bytes_path(file).read_bytes() == ROWS
    assert (kept.tables(file) or Path()).stat().st_size == len(whole)


def test_what_somebody_else_made_anew_meanwhile_is_not_made_again(
    kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, make, made = add(kept, ROWS, "a.csv"), kept.make_again, list[StoredFile]()
    path = kept.tables(file) or Path()
    path.write_bytes(b"x" * path.stat().st_size)

    @contextmanager
    def after_another() -> Iterator[None]:
        make(file)
        yield

    monkeypatch.setattr(kept, "_again", after_another())
    monkeypatch.setattr(kept, "make_again", made.append)
    assert kept.tables_anew(file) == path
    assert made == []


def test_a_folder_that_cannot_be_written_ends_nothing(
    kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = add(kept, ROWS, "a.csv")
    (kept.tables(file) or Path()).unlink()

    def full(_folder: FileFolder) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileFolder, "new", full)
    assert kept.tables(file) is None
