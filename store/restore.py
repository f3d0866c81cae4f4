"""Brings a backup back: ``python -m store.restore BACKUP``, with Parley stopped.

BACKUP is one, or a folder of them, then the newest. It is restored and checked beside the database
and then takes its place. A database that has anybody's chats is replaced with ``--replace`` only,
and is kept under another name. ``--dry-run`` restores and checks, says what would be, and leaves
all as it is. ``--to`` names the database, ``--files`` the folder of attached files, as in
`store.take_out`.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from store import migrations
from store.backup import told
from store.backups import attached, databases, shelf
from store.backups.manifest import BackupError
from store.backups.shelf import Backup
from store.database import Database
from store.dialects import ADDRESSES
from store.disk import FOLDER_MODE
from store.errors import ParleyError
from store.take_out import folder_of, named, say
from store.types import utc_now

OF_PEOPLE = ("sessions", "files")
"""A database in which these are empty is nobody's yet."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is well; what it did is printed."""
    parser = ArgumentParser("python -m store.restore", description="Brings a backup back.")
    parser.add_argument("backup", type=Path, help="a backup, or a folder of them")
    parser.add_argument("--to", dest="url", help=ADDRESSES)
    parser.add_argument("--files", type=Path, help="the folder of attached files")
    parser.add_argument("--dry-run", action="store_true", help="only restore beside, and check")
    parser.add_argument("--replace", action="store_true", help="put aside what is there")
    given = parser.parse_args(arguments)
    try:
        backup = shelf.opened(given.backup)
        database = named(given)
        try:
            _restore(backup, database, given)
        finally:
            database.close()
    except (ParleyError, OSError) as error:
        say(f"Nothing was restored. {error}")
        return 1
    return 0


def _restore(backup: Backup, database: Database, given: Namespace) -> None:
    about, hashes = backup.about, backup.hashes
    if about.revision not in migrations.revisions():
        what = f"The backup is of a newer Parley (revision {about.revision})."
        raise BackupError(what, "Restore it with that version.")
    say(f"{backup.path}, taken {about.made_at:%Y-%m-%d %H:%M:%S} UTC: {told(about.tables)}.")
    there = databases.there(database)
    if not given.dry_run:
        _check_may_replace(there, database, given)
        databases.check_target(backup, database)
    beside = _folder_beside(database)
    with databases.restored(backup, beside, database.url) as made:
        size = attached.check(hashes, backup.path.parent)
        say(f"It is whole, with {len(hashes):,} attached files of {size:,} bytes.")
        if given.dry_run:
            _say_what_would_be(there, database)
            return
        attached.bring_back(hashes, backup.path.parent, folder_of(given, database))
        aside = databases.put(made, database, f"before-{utc_now():%Y%m%dT%H%M%SZ}")
    say(
        f"Restored to {database.label}." + (f" What was there is kept as {aside}." if aside else "")
    )
    say("Start Parley: it brings an older database up to date by itself.")


def _check_may_replace(
    there: Mapping[str, int] | None, database: Database, given: Namespace
) -> None:
    if there and not given.replace and any(there.get(name) for name in OF_PEOPLE):
        what = f"{database.label} is there, with {told(there)}."
        raise BackupError(what, "Add --replace: it is put aside then, and kept.")


def _say_what_would_be(there: Mapping[str, int] | None, database: Database) -> None:
    if there is None:
        say(f"Nothing was changed: {database.label} would be made.")
    else:
        what = f"{database.label}, with {told(there)}, would be put aside and kept"
        say(f"Nothing was changed: {what}.")


def _folder_beside(database: Database) -> Path:
    if database.path is None:
        return Path.cwd()
    database.path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    return database.path.parent


if __name__ == "__main__":
    sys.exit(main())
