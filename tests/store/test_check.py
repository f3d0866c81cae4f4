"""What does not agree is found, named, and put right where that can be."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import update

from store import check, messages
from store.file_folder import FileFolder
from store.tables import messages as rows
from tests.store.samples import ANN, add_file, add_result, asked, make, opened


def test_counts_and_bytes_are_compared(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [database_url, "--files", str(tmp_path)]
    with opened(database_url) as database:
        with database.transaction() as db:
            key, file = make(db, ANN, session_id="s"), add_file(db, size=9)
            pair = asked(db, key, file_ids=[file.file_id])
            add_result(db, key, pair.answer.id)
        assert check.main(given) == 1
        assert f"file {file.file_id} (notes.txt): its bytes are missing" in capsys.readouterr().out
        assert file.sha256 == sha256(b"notes.txt").hexdigest()
        FileFolder(tmp_path).take_in(file.sha256, BytesIO(b"notes.txt"))
        assert check.main(given) == 0
        with database.transaction() as db:
            db.execute(update(rows).values(file_count=7, result_count=0))
        capsys.readouterr()
        assert check.main(given) == 1
        assert "user ann, session s, message 2:" in capsys.readouterr().out
        assert check.main([*given, "--repair"]) == 0
        assert check.main(given) == 0
        with database.reading() as db:
            window = messages.window(db, key, leaf_id=2)
    assert [(one.file_count, one.result_count) for one in window] == [(1, 0), (0, 1)]
    assert check.main([str(tmp_path / "none.db")]) == 1


def test_without_an_address_it_is_the_usual_file(
    new_sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PARLEY_DATABASE_URL", raising=False)
    assert check.main([]) == 1
    assert f"There is no {tmp_path / 'data' / 'parley.db'}." in capsys.readouterr().out
    with opened(new_sqlite_url.replace("parley.db", "data/parley.db")):
        assert check.main([]) == 0
