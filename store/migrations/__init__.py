"""Alembic, driven from code: `upgrade` at start-up, under a lock.

Alembic itself is only imported when there is something to do; whether there is, is read from
its version table and the names of the revision files (``0001_….py``).
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from store.dialects import lock_upgrades
from store.errors import CannotOpen, StorageUnavailable

HERE = Path(__file__).parent


def revisions() -> list[str]:
    """The revisions this version of Parley knows, oldest first."""
    return sorted(file.name[:4] for file in (HERE / "versions").glob("[0-9]*.py"))


def current(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision, in one transaction.

    Two processes that start together wait for each other. Raises `CannotOpen` for a database
    of a newer Parley, or for somebody else's.
    """
    with engine.begin() as connection:
        lock_upgrades(connection)
        known, now = revisions(), current(connection)
        if now is not None and now not in known:
            raise CannotOpen(
                f"The database is of a newer Parley (revision {now}; this one knows {known[-1]}).",
                "Start the newer version, or choose another database with PARLEY_DATABASE_URL.",
            )
        if now is None and inspect(connection).has_table("sessions"):
            raise CannotOpen(
                "The database has a table named sessions, but it is not Parley's.",
                "Choose another database with PARLEY_DATABASE_URL.",
            )
        if now != known[-1]:
            _run(connection, "head")


def check(engine: Engine) -> None:
    """Raise `StorageUnavailable` unless the database is at the newest revision."""
    with engine.connect() as connection:
        if current(connection) != revisions()[-1]:
            raise StorageUnavailable(
                "The database was replaced by one that Parley has not prepared.",
                "Put the right file back, or restart Parley.",
            )


def _run(connection: Connection, target: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
