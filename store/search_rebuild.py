"""Builds anew what search looks through: ``python -m store.search_rebuild [URL]``.

Chat by chat: a server may go on meanwhile and finds what it found, and what was done stays done
where the command is ended. Only while an index that was damaged is mended nobody can write.
"""

import os
import sys
from pathlib import Path

from store import search_files, search_index
from store.database import Database
from store.dialects import ADDRESSES, database_url
from store.errors import StorageUnavailable, StoreError

AT_ONCE = 20
DAMAGED = "malformed"


def rebuilt(database: Database) -> int:
    """Of all chats of all users; how many chats they are."""
    try:
        return _rebuilt(database)
    except StorageUnavailable as error:
        if DAMAGED not in str(error.__cause__):
            raise
    with database.transaction() as db:
        search_index.mended(db)
    return _rebuilt(database)


def _rebuilt(database: Database) -> int:
    with database.reading() as db:
        keys = search_index.all_keys(db)
    for start in range(0, len(keys), AT_ONCE):
        with database.transaction() as db:
            search_index.rebuilt(db, keys[start : start + AT_ONCE])
            for key in keys[start : start + AT_ONCE]:
                search_files.named(db, key)
    with database.transaction() as db:
        search_index.tidied(db)
    return len(keys)


def main(url: str) -> int:
    """Says what it did; 0 when all is well."""
    try:
        database = Database(database_url(url, Path.cwd()))
        database.open()
        count = rebuilt(database)
    except (StoreError, ValueError) as error:
        sys.stderr.write(f"{str(error) or ADDRESSES}\n")
        return 1
    sys.stdout.write(f"{database.label}: {count:,} chats can be searched.\n")
    database.close()
    return 0


if __name__ == "__main__":
    given = [*sys.argv[1:2], os.environ.get("PARLEY_DATABASE_URL", "")]
    sys.exit(main(given[0]))
