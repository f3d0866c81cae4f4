"""Attached files and computed results of a file of chats, which may be anybody's."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from store import put_in, take_out
from store.carried_files import PIECE
from store.database import Database
from store.file_folder import FileFolder
from store.files import listed
from store.own_files import written
from tests.store import carrying
from tests.store.carrying import taken_out
from tests.store.carrying_files import COLUMNS, Bytes, parquet
from tests.store.samples import ANN, BOB, add_file, asked, end, exchange, make, opened

LONG = 3 * PIECE + 1


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    with opened(sqlite_url) as database:
        yield database


def with_parts(database: Database, kept: Bytes) -> dict[str, Any]:
    """A chat of Ann's as it is taken out: a question with a file, and an answer with a table."""
    with database.transaction() as db:
        place, hashed = make(db, ANN, title="Chat"), kept.put(b"Name,Price\n")
        file = add_file(db, name="a.csv", kind="table", size=11)
        pair = asked(db, place, "Look", file_ids=[file.file_id])
        end(db, place, pair.answer.id)
    whole = taken_out(database, ANN)
    whole["files"][0] |= {"sha256": hashed, "deleted_at": None, "size": 11}
    whole["files"][0]["bytes"] = [b64encode(b"Name,").decode(), b64encode(b"Price\n").decode()]
    whole["sessions"][0]["results"] = [
        {
            "message_id": pair.answer.id,
            "result_id": "prices",
            "number": 1,
            "kind": "table",
            "columns": COLUMNS,
            "count": 2,
            "total": 2,
            "created_at": "2024-05-01T12:00:00Z",
            "data": parquet(2),
        }
    ]
    return whole


def test_what_comes_in_is_what_went_out(database: Database) -> None:
    kept = Bytes()
    whole = with_parts(database, kept)
    count = carrying.put_in(database, BOB, whole, kept.terms(database, BOB))
    assert (count.files, count.skipped) == (1, [])
    there = taken_out(database, BOB, opened=kept.opened)
    assert there["files"][0]["bytes"] == [b64encode(b"Name,Price\n").decode()]
    assert there["sessions"][0]["results"][0]["data"] == parquet(2)
    assert there["sessions"][0]["messages"][0]["files"] == [there["files"][0]["file_id"]]


WRONG_FILES: list[tuple[dict[str, Any], str]] = [
    ({"sha256": "0" * 64}, "not those that it names"),
    ({"size": 10}, "not those that it names"),
    ({"size": 2**62}, "not those that it names"),
    ({"bytes": ["Name"]}, "not those that it names"),
    ({"bytes": ["%%%", 7, None, ["x"]]}, "not those that it names"),
    ({"bytes": []}, "not those that it names"),
    ({"sha256": "../../etc/passwd"}, "sha256 cannot be taken"),
    ({"kind": "chart"}, "no kind that Parley knows"),
    ({"name": 7}, "name cannot be taken"),
    ({"size": -1}, "size cannot be taken"),
    ({"media_type": "a/b\r\nX: 1"}, "media_type cannot be taken"),
    ({"kind": "image", "media_type": "image/svg+xml"}, "no picture that can be shown"),
]


@pytest.mark.parametrize(("said", "why"), WRONG_FILES)
def test_a_bad_file_is_named_and_its_message_comes_without_it(
    database: Database, said: dict[str, Any], why: str
) -> None:
    kept = Bytes()
    whole = with_parts(database, kept)
    whole["files"][0] |= said
    count = carrying.put_in(database, BOB, whole, kept.terms(database, BOB))
    assert (count.added, count.files) == (2, 0)
    assert why in count.skipped[0].why
    assert [one.why for one in count.skipped[1:]] == ["one of its files is left out"]
    (message, _) = taken_out(database, BOB)["sessions"][0]["messages"]
    assert "files" not in message


WRONG_RESULTS: list[tuple[dict[str, Any], str]] = [
    ({"data": b64encode(b"PAR1 no more").decode()}, "rows cannot be read"),
    ({"data": parquet(2)[:400]}, "rows cannot be read"),
    ({"data": "%"}, "data cannot be taken"),
    ({"columns": []}, "columns are not those"),
    ({"message_id": 99}, "message is left out"),
    ({"about": {"chart": {"kind": "bar", "x": "nothing"}}}, "draws columns"),
    ({"about": {"chart": [1]}}, "draws columns"),
    ({"result_id": "../x"}, "its id is none"),
    ({"kind": "pdf"}, "no kind that Parley knows"),
    ({"about": {"x": "y" * 200_000}}, "about cannot be taken"),
]


@pytest.mark.parametrize(("said", "why"), WRONG_RESULTS)
def test_a_bad_result_is_named_and_the_rest_comes(
    database: Database, said: dict[str, Any], why: str
) -> None:
    kept = Bytes()
    whole = with_parts(database, kept)
    whole["sessions"][0]["results"][0] |= said
    count = carrying.put_in(database, BOB, whole, kept.terms(database, BOB))
    assert (count.added, count.files) == (2, 1)
    assert [why in one.why for one in count.skipped] == [True]
    assert taken_out(database, BOB)["sessions"][0]["results"] == []


def test_without_whoever_reads_them_neither_comes_in(database: Database) -> None:
    count = carrying.put_in(database, BOB, with_parts(database, Bytes()))
    assert (count.added, count.files, count.skipped_count) == (2, 0, 3)


def test_a_result_that_is_missing_here_comes_when_the_file_is_read_again(
    database: Database,
) -> None:
    kept = Bytes()
    whole = with_parts(database, kept)
    (late,) = whole["sessions"][0].pop("results")
    carrying.put_in(database, BOB, whole, kept.terms(database, BOB))
    whole["sessions"][0]["results"] = [late]
    for added in (1, 1):
        carrying.put_in(database, BOB, whole, kept.terms(database, BOB))
        found = taken_out(database, BOB)["sessions"][0]
        assert len(found["results"]) == added
    with database.reading() as db:
        assert len(listed(db, user_id=BOB)) == 1


def test_a_file_is_written_in_pieces(database: Database) -> None:
    kept = Bytes()
    content = bytes(LONG)
    with database.transaction() as db:
        file = add_file(db, name="long", size=LONG)
        place = make(db)
        asked(db, place, file_ids=[file.file_id])
    kept.kept[file.sha256 or ""] = content
    pieces = list(written(database.reading, kept.opened, user_id=ANN, session_ids=None))
    assert max(map(len, pieces)) < PIECE * 4 // 3 + 10
    (found,) = json.loads(b"[" + b"".join(pieces) + b"]")
    assert len(found["bytes"]) == 4


def test_one_whose_bytes_are_missing_is_named_only(database: Database) -> None:
    with database.transaction() as db:
        place = make(db, ANN, title="Chat")
        asked(db, place, file_ids=[add_file(db).file_id])
        exchange(db, make(db, ANN, title="Nothing in it"))
    (found,) = taken_out(database, ANN)["files"]
    assert (found["name"], found["sha256"], "bytes" in found) == ("notes.txt", None, False)


def test_the_commands_carry_files_from_folder_to_folder(
    sqlite_url: str, postgres_url: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, here, there = Bytes(), FileFolder(tmp_path / "here"), FileFolder(tmp_path / "there")
    with opened(sqlite_url) as database:
        whole = with_parts(database, kept)
    (tmp_path / "in.json").write_text(json.dumps(whole))
    with opened(postgres_url):
        pass
    place = str(tmp_path / "in.json"), str(tmp_path / "out.json")
    for url, file, folder in ((sqlite_url, place[0], here), (postgres_url, place[1], there)):
        assert put_in.main([BOB, file, "--to", url, "--files", str(folder.path)]) == 0
        assert "1 files" in capsys.readouterr().out
        with folder.opened(whole["files"][0]["sha256"]) as body:
            assert body.read() == b"Name,Price\n"
        out = [BOB, place[1], "--from", url, "--files", str(folder.path)]
        assert take_out.main(out) == 0
    again = json.loads((tmp_path / "out.json").read_text())
    assert again["sessions"][0]["results"][0]["data"] == parquet(2)
    assert again["files"][0]["bytes"] == [b64encode(b"Name,Price\n").decode()]


def test_the_name_of_a_file_that_is_named_only_harms_nothing(database: Database) -> None:
    whole = with_parts(database, Bytes())
    whole["files"][0] |= {"name": "bill\u202etxt.exe\n# Ignore", "sha256": None, "bytes": []}
    carrying.put_in(database, BOB, whole, Bytes().terms(database, BOB))
    (file,) = taken_out(database, BOB)["files"]
    assert file["name"] == "billtxt.exe # Ignore"
