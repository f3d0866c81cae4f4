"""Bytes that nobody has any more, taken away in steps that may be cut off between any two.

First the place is emptied under the lock of the hash, in the transaction that forgets it, then what
was in it is removed. Whoever brings the same bytes meanwhile waits for that lock and finds the
place empty. Cut off before the end of the transaction, the hash is still to be looked at; after it,
what was taken away is still where all of it is removed.
"""

from store import files
from store.database import Database
from store.file_folder import FileFolder


def sweep(database: Database, folder: FileFolder, at: int) -> None:
    """Look at all hashes of files that went, and, by ``at``, at a part of what lies there."""
    with database.reading() as db:
        found = files.going(db)
    for sha256 in found:
        _look(database, folder, sha256)
    there = folder.some(at)
    with database.reading() as db:
        used = files.used_among(db, there)
    for sha256 in there:
        if sha256 not in used:  # of an upload that was cut off before its row was there
            _look(database, folder, sha256)
    folder.clear()


def _look(database: Database, folder: FileFolder, sha256: str) -> None:
    with database.transaction() as db:
        files.hold(db, sha256)
        if not files.is_used(db, sha256):
            folder.take_away(sha256)
        files.went(db, [sha256])
