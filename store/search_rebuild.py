"""Builds anew what search looks through: ``python -m store.search_rebuild [URL]``.

A server may go on meanwhile; until the command has ended, its searches find less.
"""

import os
import sys
from pathlib import Path

from store import search_index
from store.database import Database
from store.dialects import ADDRESSES, database_url
from store.errors import StoreError

AT_ONCE = 20


def rebuilt(database: Database) -> int:
    """Of all chats of all users; how many chats they are."""
    with database.transaction() as db:
        search_index.emptied(db)
        keys = search_index.all_keys(db)
    for start in range(0, len(keys), AT_ONCE):
        with database.transaction() as db:
            search_index.rebuilt(db, keys[start : start + AT_ONCE])
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
