"""Takes a backup while Parley runs: ``python -m store.backup FOLDER``.

It counts as good only after it was restored into a temporary file (with PostgreSQL a temporary
database) and checked: each byte, each page, the rows of each table. ``--from`` names the database,
by default that of ``PARLEY_DATABASE_URL``; ``--files`` the folder of attached files, as in
`store.take_out`; ``--keep`` how many backups stay, by default all.
"""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from store.backups import attached, databases, shelf, state
from store.backups.gently import REST, step_back
from store.backups.manifest import NAMES, BackupError, Manifest, copied
from store.backups.shelf import Backup
from store.database import Database
from store.dialects import ADDRESSES
from store.disk import free_bytes
from store.errors import ParleyError, StoreError
from store.file_folder import FileFolder
from store.take_out import folder_of, named, say
from store.types import utc_now

COUNTED = ("users", "sessions", "messages")
ROOM = 2.1
"""So many times the database's size has to be free: for the copy, and for another to check it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when there is another good backup; what it did is printed."""
    parser = ArgumentParser("python -m store.backup", description="Takes a backup and checks it.")
    parser.add_argument("folder", type=Path, help="where backups are")
    parser.add_argument("--from", dest="url", help=ADDRESSES)
    parser.add_argument("--files", type=Path, help="the folder of attached files")
    parser.add_argument("--keep", type=int, help="how many backups stay; by default all")
    given = parser.parse_args(arguments)
    if given.keep is not None and given.keep < 1:
        parser.error("--keep must be 1 or more")
    step_back()
    try:
        database = named(given)
    except ParleyError as error:
        say(f"There is no new backup. {error}")
        return 1
    try:
        _backup(database, given)
    except (ParleyError, OSError) as error:
        say(f"There is no new backup. {error}")
        _note_problem(database, str(error))
        return 1
    finally:
        database.close()
    return 0


def take(database: Database, folder: Path, files: FileFolder) -> tuple[Backup, int]:
    """A good backup in a folder of them, and how many attached files had no bytes.

    Raises `BackupError`. What is attached is copied before the rows that name it and again after
    them, so that what goes meanwhile is there.
    """
    with shelf.alone(folder), shelf.coming(folder) as made:
        _check_room(database, folder)
        attached.add(files, attached.everything(files), folder)
        made_at, dialect = utc_now(), databases.dialect_of(database)
        found = databases.take(database, out := made / NAMES[dialect])
        with out.open("rb") as file:
            size, sha256 = copied(file)
        count, total, lost = attached.add(files, found.hashes, folder)
        about = Manifest(
            made_at, found.revision, dialect, size, sha256, found.tables, count, total, len(lost)
        )
        with databases.restored(Backup(made, about), made, database.url, rest=REST):
            pass
        hashes = [one for one in found.hashes if one not in set(lost)]
        return shelf.keep(made, folder, about, hashes), len(lost)


def told(rows: Mapping[str, int]) -> str:
    """The rows that say most, for people."""
    return ", ".join(f"{rows.get(name, 0):,} {name}" for name in COUNTED)


def _backup(database: Database, given: Namespace) -> None:
    began = time.monotonic()
    backup, lost = take(database, given.folder, folder_of(given, database))
    about = backup.about
    with database.transaction() as db:
        state.note_good(db, made_at=about.made_at)
    say(f"Backed up to {backup.path}, restored and checked in {time.monotonic() - began:.1f} s:")
    attached_files = f"{about.files:,} attached files with {about.file_bytes:,} bytes"
    say(f"{told(about.tables)}, {attached_files}; the database has {about.size:,} bytes.")
    if lost:
        say(f"{lost:,} attached files have no bytes: python -m store.check names them.")
    if given.keep is not None and (gone := shelf.forget(given.folder, given.keep)):
        say(f"Removed {gone:,} older ones.")


def _check_room(database: Database, folder: Path) -> None:
    if database.path is None or not database.path.exists():
        return
    needed, free = round(database.path.stat().st_size * ROOM), free_bytes(folder / "_")
    if free is not None and free < needed:
        what = f"{folder} has {free:,} bytes free, and {needed:,} are needed."
        raise BackupError(what, "Free some disk space, or choose another folder.")


def _note_problem(database: Database, problem: str) -> None:
    try:
        with database.transaction() as db:
            state.note_problem(db, problem=problem)
    except StoreError as failure:
        say(f"That could not be noted in the database. {failure}")


if __name__ == "__main__":
    sys.exit(main())
