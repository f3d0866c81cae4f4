"""Both kinds of databases, for those who take backups and bring them back."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from store.backups import postgres, sqlite
from store.backups.manifest import BackupError, DialectName
from store.backups.shelf import Backup
from store.backups.snapshot import Snapshot
from store.database import Database


def dialect_of(database: Database) -> DialectName:
    """Which kind it is."""
    return "sqlite" if database.path else "postgresql"


def take(database: Database, out: Path) -> Snapshot:
    """Write all of it, as it is at one moment, to a file; what is in it."""
    if database.path:
        return sqlite.take(database.path, out)
    return postgres.take(database.url, out)


@contextmanager
def restored(backup: Backup, beside: Path, url: str, *, rest: float = 0.0) -> Iterator[str]:
    """A file of its own, or the name of a database of its own, with what a backup holds.

    It was checked, and is gone afterwards, unless it was put to its place. The file is made in the
    folder ``beside``, the database on the server of ``url``; ``rest`` as
    `Gently`. Raises `BackupDamaged`.
    """
    with tempfile.TemporaryDirectory(prefix=".parley-", dir=beside) as folder:
        made = Path(folder) / backup.database.name
        backup.copy_database(made, rest=rest)
        if backup.about.dialect == "sqlite":
            sqlite.check(made, backup.about.tables)
            yield str(made)
        else:
            with postgres.restored(made, url, backup.about.tables) as name:
                yield name


def check_target(backup: Backup, database: Database) -> None:
    """Raise `BackupError` for a database of the other kind, or a file that somebody uses."""
    if dialect_of(database) != backup.about.dialect:
        what = f"The backup is of {backup.about.dialect}, and the database is not."
        raise BackupError(what, "store.take_out and store.put_in carry chats between the two.")
    if database.path:
        used = database.path.exists() and sqlite.is_used(database.path)
    else:
        used = postgres.is_used(database.url)
    if used:
        raise BackupError(f"{database.label} is in use.", "Stop Parley first.")


def there(database: Database) -> Mapping[str, int] | None:
    """The rows of each table of a database that is there; None where there is none."""
    if database.path:
        return sqlite.rows(database.path) if database.path.exists() else None
    return postgres.rows(database.url) if postgres.exists(database.url) else None


def put(made: str, database: Database, aside: str) -> str:
    """Give what was restored its place; where what was there is now, if there was anything."""
    if database.path:
        old = database.path.with_name(f"{database.path.stem}.{aside}{database.path.suffix}")
        return str(old) if sqlite.put(Path(made), database.path, old) else ""
    old_name = f"parley_{aside}".replace("-", "_").lower()
    return old_name if postgres.put(made, database.url, old_name) else ""
