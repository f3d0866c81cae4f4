"""How much may be attached: by file, by person, by guest, and by what the disk has."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from chat.errors import ConfigurationError, TooMany
from chat.files import arriving
from chat.files.arriving import FileTooLarge, FolderUnusable, check_folder
from chat.files.files import Files
from chat.limits.room import left, most
from store.database import Database
from store.errors import Refused
from store.users import LOCAL_USER
from tests.chat.files.conftest import add, someone, there, with_settings

pytestmark = pytest.mark.process
WORDS = b"Some words.\nAnd more.\n"
MB = 1024 * 1024


def test_a_file_has_a_limit(kept: Files) -> None:
    small = with_settings(kept, file_mb=1)
    with pytest.raises(FileTooLarge, match="more than 1 megabyte"):
        add(small, b"a" * (MB + 1))
    with pytest.raises(FileTooLarge):
        small.begin(LOCAL_USER, MB + 1)
    assert there(kept) == []


def test_all_of_one_person_have_a_limit(kept: Files, database: Database) -> None:
    small = with_settings(kept, user_files_mb=1)
    first = add(small, b"a" * 600_000)
    assert add(small, b"a" * 600_000).file_id == first.file_id
    with pytest.raises(FileTooLarge, match="yours would take more"):
        add(small, b"b" * 600_000)
    assert add(small, b"b" * 600_000, user_id=someone(database))
    small.remove(LOCAL_USER, first.file_id)
    assert add(small, b"b" * 600_000)


def test_what_comes_at_the_same_time_counts_together(kept: Files) -> None:
    small = with_settings(kept, user_files_mb=1, file_mb=1)
    coming = [small.begin(LOCAL_USER) for _ in range(4)]
    for one in coming[:3]:
        small.arrivals.write(one, b"a" * 600_000)
    with pytest.raises(FileTooLarge):
        small.arrivals.write(coming[3], b"b" * 600_000)
    more = [small.begin(LOCAL_USER) for _ in range(6)]
    with pytest.raises(TooMany):
        small.begin(LOCAL_USER)
    for one in (*coming, *more):
        small.arrivals.close(one)
    assert there(kept) == []


def test_the_database_has_its_room_on_the_disk(kept: Files) -> None:
    full = with_settings(kept, min_free_mb=1_000_000_000)
    with pytest.raises(TooMany, match="no room"):
        add(full, WORDS)


def test_a_folder_that_cannot_be_used_is_named_at_the_start_and_said_at_an_upload(
    kept: Files, tmp_path: Path
) -> None:
    (tmp_path / "no folder").write_text("")
    lost = with_settings(kept, files=str(tmp_path / "no folder" / "files"))
    with pytest.raises(ConfigurationError, match=r"PARLEY_FILES names .*Not a directory"):
        check_folder(lost.settings)
    with pytest.raises(FolderUnusable, match="Files cannot be kept now"):
        add(lost, WORDS)
    assert add(kept, WORDS)


@pytest.mark.parametrize(
    ("number", "refused"), [(errno.EROFS, FolderUnusable), (errno.ENOSPC, TooMany)]
)
def test_a_folder_that_can_no_longer_be_written_loses_nothing(
    kept: Files, monkeypatch: pytest.MonkeyPatch, number: int, refused: type[Exception]
) -> None:
    first, before = add(kept, WORDS), there(kept)

    def fail(*_: object) -> None:
        raise OSError(number, "No.")

    with monkeypatch.context() as patch:
        patch.setattr(type(kept.folder), "keep", fail)
        with pytest.raises(refused):
            add(kept, WORDS + b"more")
    assert there(kept) == before
    assert kept.listed(LOCAL_USER, limit=9) == [first]


def test_guests_have_less_and_pay_once(kept: Files, database: Database) -> None:
    guest = someone(database, "guest", "guest")
    shop = with_settings(kept, auth="guest", guest_file_mb=1, guest_file_bytes_per_hour=30)
    with pytest.raises(FileTooLarge):
        add(shop, b"a" * (MB + 1), user_id=guest)
    for _ in range(3):
        assert add(shop, WORDS, user_id=guest)
    with pytest.raises(TooMany):
        add(shop, WORDS + b"more", user_id=guest)
    assert len(there(kept)) == 3


@pytest.mark.parametrize("role", ["user", "guest"])
def test_somebody_has_so_many_files_however_small(
    kept: Files, database: Database, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setattr(arriving, "FILES_MAX" if role == "user" else "GUEST_FILES_MAX", 2)
    shop, who = with_settings(kept, auth="guest"), someone(database, "many", role)
    for data in (b"one", b"two", b"one"):
        add(shop, data, user_id=who)
    with pytest.raises(Refused, match="2 files already"):
        add(shop, b"three", user_id=who)
    assert len(shop.listed(who, limit=9)) == 2


def test_a_disk_that_is_full_at_the_end_is_told(
    kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TooMany, match="no room"):
        add(kept, WORDS)
    assert there(kept) == []


def test_guests_keep_no_more_results_than_files(kept: Files, database: Database) -> None:
    guest, user = someone(database, "guest", "guest"), someone(database)
    settings = with_settings(kept, results_mb=7, guest_files_mb=2).settings
    with database.reading() as db:
        assert [most(settings, db, one) for one in (user, guest)] == [7_000_000, 2_000_000]
        assert left(db, settings, guest) == 2_000_000
