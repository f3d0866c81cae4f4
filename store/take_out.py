"""Writes all that somebody has to a file: ``python -m store.take_out USER FILE``.

USER is a username, FILE is made for nobody else to read; ``--from`` names the database, by default
that of ``PARLEY_DATABASE_URL``; ``--files`` the folder of attached files, by default that of
``PARLEY_FILES``, else ``files`` beside the database's file or in ``data``.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from store import users
from store.database import Database
from store.dialects import ADDRESSES, database_url
from store.disk import FILE_MODE
from store.errors import ParleyError, UserNotFound
from store.file_folder import FileFolder
from store.takeout import written


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is well; what it did is printed."""
    parser = arguments_of("take_out", "all that somebody has", "--from")
    given = parser.parse_args(arguments)
    try:
        return _take_out(given)
    except (ParleyError, OSError) as error:
        say(f"Nothing was taken out. {error}")
        return 1


def arguments_of(name: str, what: str, url: str) -> ArgumentParser:
    """What both commands are given."""
    parser = ArgumentParser(f"python -m store.{name}", description=f"Carries {what}, as own JSON.")
    parser.add_argument("user", help="a username; default, where nobody logs in")
    parser.add_argument("file", type=Path)
    parser.add_argument(url, dest="url", help=ADDRESSES)
    parser.add_argument("--files", type=Path, help="the folder of attached files")
    return parser


def named(given: Namespace) -> Database:
    """The database that was named, as it is, or is not there yet; raises `CannotOpen`."""
    address = given.url or os.environ.get("PARLEY_DATABASE_URL") or "sqlite:///data/parley.db"
    try:
        return Database(database_url(address, Path.cwd()))
    except ValueError:
        raise ParleyError("The database's address cannot be read.", f"Use {ADDRESSES}.") from None


def opened(given: Namespace) -> Database:
    """The same, brought up to date; raises `CannotOpen`."""
    database = named(given)
    if database.path is not None and not database.path.exists():
        raise ParleyError(f"There is no {database.path}.", "Name the database's file.")
    database.open()
    return database


def folder_of(given: Namespace, database: Database) -> FileFolder:
    """Where attached files are."""
    beside = (database.path.parent if database.path else Path("data")) / "files"
    named = given.files or os.environ.get("PARLEY_FILES")
    return FileFolder(Path(named) if named else beside)


def user_named(database: Database, name: str) -> str:
    """The id of somebody; raises `UserNotFound`."""
    with database.reading() as db:
        found = users.by_username(db, username=name)
    if found is None:
        raise UserNotFound
    return found.id


def say(text: str) -> None:
    """A line for whoever runs it."""
    sys.stdout.write(f"{text}\n")


def _take_out(given: Namespace) -> int:
    database = opened(given)
    try:
        user_id, size = user_named(database, given.user), 0
        with _new(given.file) as file:
            opened_file = folder_of(given, database).opened
            for piece in written(database.reading, opened_file, user_id=user_id):
                size += file.write(piece)
    finally:
        database.close()
    say(f"Wrote {size:,} bytes of {given.user} to {given.file}.")
    return 0


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there only when all of it is; an older one stays until then."""
    half = path.with_name(f"{path.name}.part")
    half.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
