"""Attached files of all users, in parts."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from store import all_files, files
from store.all_files import FilePlace
from tests.store.samples import ANN, BOB, NOON, add_file, asked, make


def some(db: Session) -> tuple[FilePlace, list[FilePlace]]:
    """One that was sent and removed, and four more of two users, in order."""
    sent = add_file(db, name="sent", size=1_000)
    asked(db, make(db), file_ids=[sent.file_id])
    files.remove(db, user_id=ANN, file_id=sent.file_id)
    rest = [(one, add_file(db, one, str(at)).file_id) for at in (1, 2) for one in (ANN, BOB)]
    return (ANN, sent.file_id), sorted(rest)


def test_they_are_counted_part_after_part(db: Session) -> None:
    some(db)
    count, size, after = all_files.counted(db, limit=2)
    parts = [(count, size)]
    while after:
        count, size, after = all_files.counted(db, after=after, limit=2)
        parts.append((count, size))
    assert len(parts) == 3
    assert [sum(one) for one in zip(*parts, strict=True)] == [4, 40]
    assert all_files.counted(db) == (4, 40, None)


def test_those_that_no_message_has_are_found_part_after_part(db: Session) -> None:
    named, free = some(db)
    late = (BOB, add_file(db, BOB, "late", now=NOON + timedelta(2)).file_id)
    found, after = all_files.unattached(db, before=NOON + timedelta(1), limit=3)
    rest, end = all_files.unattached(db, before=NOON + timedelta(1), after=after, limit=9)
    assert ([*found, *rest], end) == (free, None)
    assert all_files.forget(db, [*free, named], before=NOON + timedelta(1)) == 4
    assert all_files.unattached(db, before=NOON + timedelta(3)) == ([late], None)


def test_one_that_comes_again_stays_as_long_as_a_new_one(db: Session) -> None:
    later = NOON + timedelta(2)
    old, sent = (add_file(db, name=name) for name in ("old", "sent"))
    asked(db, make(db), file_ids=[sent.file_id])
    place = (ANN, old.file_id)
    for file in (old, sent):
        again = files.came_again(db, user_id=ANN, sha256=file.sha256 or "", now=later)
        assert again
        assert again.file_id == file.file_id
        assert again.created_at == (later if file is old else NOON)
    assert all_files.unattached(db, before=later)[0] == []
    assert all_files.forget(db, [place], before=later) == 0, "found before it came again"
    assert all_files.forget(db, [place], before=later + timedelta(1)) == 1
    assert files.came_again(db, user_id=ANN, sha256=old.sha256 or "", now=later) is None
