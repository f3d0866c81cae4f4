"""Files that are brought, kept and given back, with a real child process that reads them."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from chat.errors import InvalidInput
from chat.files.files import Files
from chat.files.sweeping import sweep
from chat.work.pool import Pool
from store import cleanup, files, users
from store.database import Database
from store.errors import FileNotHere, UserNotFound
from store.file_folder import FileFolder
from store.file_values import NewFile
from store.users import LOCAL_USER
from tests import attached
from tests.chat.files.conftest import add, someone, there
from tests.processes import ROOT
from tests.store.samples import exchange, make, statements

pytestmark = pytest.mark.process
ROWS = b"city,price\nGraz,1.5\nWien,2.5\n"
WORDS = b"Some words.\nAnd more.\n"
MB = 1024 * 1024
FAR = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    "</sheetData></worksheet>"
)


def test_a_file_is_kept_with_what_was_made_of_it(kept: Files) -> None:
    file, is_new = kept.add(LOCAL_USER, io.BytesIO(WORDS), "../x/a.txt")
    assert (is_new, file.name, file.kind, file.size) == (True, "a.txt", "text", len(WORDS))
    assert kept.get(LOCAL_USER, file.file_id) == file
    assert kept.listed(LOCAL_USER, limit=5) == [file]
    assert kept.bytes_path(file).read_bytes() == WORDS
    assert (kept.text(file, 1_000), kept.text(file, 4)) == (WORDS.decode(), "Some")
    assert (kept.picture(file), kept.small(file), kept.tables(file)) == (None, None, None)


def test_tables_and_pictures_lie_beside(kept: Files) -> None:
    table, picture = add(kept, ROWS, "a.csv"), add(kept, attached.png(600, 300), "a.png")
    assert (kept.text(table, 9), kept.text(picture, 9)) == ("", "")
    path, first = kept.tables(table), kept.first_rows(table, table.details.tables[0])
    assert path
    assert first
    with duckdb.connect(str(path), read_only=True) as db:
        assert db.execute("SELECT avg(price) FROM data").fetchone() == (2.0,)
    assert kept.picture(picture)
    assert (kept.small(picture) or Path()).name == "small.webp"


def test_nobody_else_on_the_computer_reads_them(kept: Files) -> None:
    add(kept, ROWS, "a.csv")
    path = kept.folder.path
    modes = {one: stat.S_IMODE(one.stat().st_mode) for one in (path, *path.rglob("*"))}
    assert {oct(mode) for one, mode in modes.items() if one.is_dir()} == {"0o700"}
    assert {oct(mode) for one, mode in modes.items() if one.is_file()} == {"0o600"}


def test_the_same_bytes_again_are_the_same_file(kept: Files) -> None:
    first, _ = kept.add(LOCAL_USER, io.BytesIO(WORDS), "a.txt")
    before = there(kept)
    again, is_new = kept.add(LOCAL_USER, io.BytesIO(WORDS), "b.txt")
    assert (again.file_id, again.name, is_new) == (first.file_id, "a.txt", False)
    assert there(kept) == before


def test_bytes_that_two_have_go_with_the_second(kept: Files, database: Database) -> None:
    other = someone(database)
    mine, theirs = add(kept, WORDS), add(kept, WORDS, "mine.md", other)
    assert (mine.file_id != theirs.file_id, theirs.name, theirs.kind) == (
        True,
        "mine.md",
        "markdown",
    )
    assert len({one.split("/")[1] for one in there(kept)}) == 1
    with pytest.raises(FileNotHere):
        kept.get(LOCAL_USER, theirs.file_id)
    kept.remove(LOCAL_USER, mine.file_id)
    assert kept.text(theirs, 4) == "Some"
    kept.remove(other, theirs.file_id)
    assert there(kept) == []
    with pytest.raises(FileNotHere):
        kept.bytes_path(theirs)


def test_deleting_a_chat_for_good_removes_bytes_that_nobody_else_has(
    kept: Files, database: Database
) -> None:
    mine, shared = add(kept, WORDS), add(kept, b"Of two.")
    theirs = add(kept, b"Of two.", user_id=someone(database))
    with database.transaction() as db:
        place = make(db, LOCAL_USER)
        question, _ = exchange(db, place)
        ids = [mine.file_id, shared.file_id]
        files.attach(db, place, message_id=question.id, file_ids=ids)
    kept.sweep()
    assert kept.text(mine, 4) == "Some"
    with database.transaction() as db:
        cleanup.purge(db, place)
    kept.sweep()
    assert kept.listed(LOCAL_USER, limit=5) == []
    assert kept.text(theirs, 2) == "Of"
    assert not kept.folder.of(str(mine.sha256)).exists()


@pytest.mark.parametrize("data", [b"", b"\x7fELF" + bytes(99), attached.png(1, 60_000)])
def test_of_what_is_refused_nothing_stays(kept: Files, data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(kept, data)
    assert refused.value.fix
    assert there(kept) == []
    assert kept.listed(LOCAL_USER, limit=5) == []


def test_what_was_made_is_made_again_where_it_is_missing_or_damaged(kept: Files) -> None:
    file, table = add(kept, WORDS), add(kept, ROWS, "a.csv")
    path = kept.folder.of(str(file.sha256))
    (path / "text.txt").unlink()
    assert kept.text(file, 4) == "Some"
    (path / "text.txt").write_bytes(b"cut")
    (path / "made.json").write_text("{")
    assert kept.text(file, 4) == "Some"
    made = kept.tables(table)
    assert made
    made.write_bytes(made.read_bytes()[:-1])
    assert (kept.tables(table) or Path()).stat().st_size > 1
    assert there(kept) == sorted(set(there(kept)))
    for one in (path / "text.txt", path / "bytes"):
        one.unlink()
    assert kept.text(file, 4) == ""


def test_the_same_file_again_mends_lost_bytes(kept: Files) -> None:
    file = add(kept, WORDS)
    kept.bytes_path(file).unlink()
    assert add(kept, WORDS) == file
    assert kept.bytes_path(file).read_bytes() == WORDS


def test_a_process_that_ended_before_the_row_was_there_leaves_nothing(
    kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving = kept.begin(LOCAL_USER)
    kept.arrivals.write(arriving, WORDS)
    arriving.finish()
    kept.folder.settle(arriving.folder)
    kept.folder.keep(arriving.folder, arriving.sha256)
    half = kept.begin(LOCAL_USER)
    assert len(there(kept)) == 3
    for _ in range(256):
        kept.sweep()
    assert there(kept) == [str(half.path.relative_to(kept.folder.path))]
    monkeypatch.setattr("store.file_folder.OLD_SECONDS", -1.0)
    kept.sweep()
    assert there(kept) == []
    half.file.close()


def test_a_sweep_that_was_cut_off_goes_on(
    kept: Files, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = add(kept, WORDS)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with database.transaction() as db:
        files.remove(db, user_id=LOCAL_USER, file_id=file.file_id)
    for name in ("store.files.went", "store.file_folder.FileFolder.clear"):
        with monkeypatch.context() as patch:
            patch.setattr(name, cut_off)
            with pytest.raises(KeyboardInterrupt):
                kept.sweep()
    assert there(kept)
    assert add(kept, WORDS).file_id != file.file_id
    kept.sweep()
    assert len(there(kept)) == 3
    with database.reading() as db:
        assert files.going(db) == []


def test_bytes_that_come_again_before_the_sweep_stay(kept: Files, database: Database) -> None:
    file = add(kept, WORDS)
    with database.transaction() as db:
        files.remove(db, user_id=LOCAL_USER, file_id=file.file_id)
    again = add(kept, WORDS)
    kept.sweep()
    assert kept.text(again, 4) == "Some"


def test_nothing_that_is_on_the_disk_says_whose_it_is(kept: Files, database: Database) -> None:
    add(kept, ROWS, "salaries of Ann.csv")
    whole = b"".join((kept.folder.path / one).read_bytes() for one in there(kept))
    assert b"salaries" not in whole
    assert LOCAL_USER.encode() not in whole
    made = next(one for one in there(kept) if one.endswith("made.json"))
    assert set(json.loads((kept.folder.path / made).read_text())) == {
        "tables.duckdb",
        "first-0.parquet",
    }
    with database.reading() as db:
        assert db.execute(text("SELECT count(*) FROM files")).scalar() == 1


def test_a_large_process_is_not_kept(kept: Files, work: Pool) -> None:
    add(kept, WORDS)
    (before,) = work.pids
    add(kept, WORDS + b"!")
    assert work.pids == [before]
    add(kept, ROWS, "a.csv")
    assert work.pids == []


def test_a_workbook_with_a_cell_at_the_far_end_takes_nothing_from_others(kept: Files) -> None:
    far = attached.xlsx({"s": [["a"], [1]]}, {"xl/worksheets/sheet1.xml": FAR})
    with pytest.raises(InvalidInput) as refused:
        add(kept, far)
    assert refused.value.fix
    assert there(kept) == []


def test_what_reads_files_is_not_loaded_by_the_server() -> None:
    code = "import sys, chat.files.files, chat.files.reading; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"duckdb", "pyarrow", "pandas", "numpy", "PIL", "pypdfium2", "python_calamine", "docx"}
    assert heavy & set(found.stdout.split()) == set()


def test_whoever_removes_one_is_not_told_that_its_bytes_go_later(
    kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = add(kept, WORDS)

    def full(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(FileFolder, "take_away", full)
        kept.remove(LOCAL_USER, file.file_id)
    assert kept.folder.size(file.sha256 or "") == len(WORDS)
    kept.sweep()
    assert there(kept) == []


def test_looking_at_what_lies_there_takes_one_query(kept: Files, database: Database) -> None:
    counts = []
    for many in (1, 30):
        for at in range(many):
            (kept.folder.path / "00" / f"00{at:062}").mkdir(parents=True, exist_ok=True)
            new = NewFile(f"{at}", "text", "text/plain", 1, f"00{at:062}")
            with database.transaction() as db:
                files.add(db, user_id=LOCAL_USER, new=new)
        with statements(database.engine) as seen:
            sweep(database, kept.folder, 0)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert len(list((kept.folder.path / "00").iterdir())) == 30


def test_processes_that_live_shortly_look_at_all_that_lies_there(
    kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each begins at another part."""
    looked = list[int]()
    monkeypatch.setattr(FileFolder, "some", lambda _, at: looked.append(at % 256) or [])
    for _ in range(12):
        Files(kept.settings, kept.database, kept.limits, work=kept.work).sweep()
    assert len(set(looked)) > 1


def test_who_is_removed_while_a_file_is_read_keeps_none(kept: Files, database: Database) -> None:
    who = someone(database)
    arriving = kept.begin(who)
    kept.arrivals.write(arriving, WORDS)
    assert kept.known(arriving) is None
    with database.transaction() as db:
        users.remove(db, user_id=who)
    with pytest.raises(UserNotFound):
        kept.keep(arriving, NewFile("a", "text", "text/plain", len(WORDS), arriving.sha256))
    kept.arrivals.close(arriving)
    assert there(kept) == []
