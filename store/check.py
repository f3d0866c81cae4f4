"""Finds what of attached files and results does not agree: ``python -m store.check [URL]``.

What messages say of how many they have is compared with the rows, and rows with the bytes in the
folder; ``--repair`` puts the counts right. Bytes that are missing come back with a backup only, or
when somebody attaches the same file again. ``--files`` names the folder as in `store.take_out`.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import ScalarSelect, Table, func, or_, select, update
from sqlmodel import Session

from store.dialects import ADDRESSES
from store.errors import ParleyError
from store.file_folder import FileFolder
from store.tables import files, message_files, messages, results
from store.take_out import folder_of, opened, say

AT_ONCE = 500
NAMED = 100
"""So many of each kind are named; the others are counted."""


def counts(db: Session, *, repair: bool = False) -> Iterator[str]:
    """Messages that say another number than there is, by user, session and message."""
    kinds = {"file_count": message_files, "result_count": results}
    there = {name: _rows(table) for name, table in kinds.items()}
    differs = or_(*(messages.c[name] != rows for name, rows in there.items()))
    names = ("user_id", "session_id", "id", *kinds)
    for row in db.execute(select(*(messages.c[name] for name in names)).where(differs)).all():
        this = (messages.c[name] == row._mapping[name] for name in ("user_id", "session_id", "id"))
        if repair:
            db.execute(update(messages).where(*this).values(there))
        place = f"user {row.user_id}, session {row.session_id}, message {row.id}"
        yield f"{place}: it has another number of files or results than it says"


def missing(db: Session, folder: FileFolder) -> Iterator[str]:
    """Files whose bytes are not there, or are more or fewer."""
    names = ("user_id", "file_id", "name", "size", "sha256")
    query = select(*(files.c[name] for name in names)).where(files.c.sha256.is_not(None))
    found = db.execute(query.order_by(files.c.user_id, files.c.file_id))
    for rows in found.partitions(AT_ONCE):
        for row in rows:
            if folder.size(row.sha256) != row.size:
                yield f"user {row.user_id}, file {row.file_id} ({row.name}): its bytes are missing"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is well."""
    parser = ArgumentParser("python -m store.check", description="Compares files with their rows.")
    parser.add_argument("url", nargs="?", default=os.environ.get("PARLEY_DATABASE_URL"))
    parser.add_argument("--files", type=Path, help="the folder of attached files")
    parser.add_argument("--repair", action="store_true", help="put counts right")
    given = parser.parse_args(arguments)
    try:
        database = opened(given)
    except ParleyError as error:
        say(f"{error} {ADDRESSES}")
        return 1
    try:
        with database.transaction() as db:
            wrong = list(counts(db, repair=given.repair))
        with database.reading() as db:
            lost = list(missing(db, folder_of(given, database)))
    finally:
        database.close()
    for found in (wrong, lost):
        for one in found[:NAMED]:
            say(one)
        if len(found) > NAMED:
            say(f"{len(found) - NAMED:,} more.")
    mended = " They are right now." if given.repair and wrong else ""
    say(f"{len(wrong):,} wrong counts, {len(lost):,} files without their bytes.{mended}")
    return 1 if lost or (wrong and not given.repair) else 0


def _rows(table: Table) -> ScalarSelect[int]:
    here = (table.c[name] == messages.c[name] for name in ("user_id", "session_id"))
    return select(func.count()).where(*here, table.c.message_id == messages.c.id).scalar_subquery()


if __name__ == "__main__":
    sys.exit(main())
