"""A backup of a PostgreSQL database, by its own ``pg_dump`` and ``pg_restore``.

Rows are counted in the transaction whose view the dump has. It is checked, and comes back, in a
database of its own on the same server, which takes the other's name only when all is there. The
password is in the programs' environment, not on their command line.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, make_url

from store.backups.manifest import BackupError
from store.backups.snapshot import Snapshot, check_counts
from store.disk import make_private

MAINTENANCE = "postgres"
CONNECT_SECONDS = 10
SAID_CHARS = 300
VERSION = "It takes PostgreSQL's client programs of the server's version, or of a newer one."


class NotChecked(BackupError):
    """The dump is there, but this account may make no database to try it in."""


def take(url: str, out: Path) -> Snapshot:
    """Dump it to ``out``; what is in it."""
    make_private(out)
    address = make_url(url)
    with _connected(address) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        view = _one(connection, "SELECT pg_export_snapshot()")
        revision = _revision(connection)
        found = Snapshot(revision, _counts(connection), _hashes(connection))
        what = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={view}")
        _run("pg_dump", address, *what, f"--file={out}")
    return found


@contextmanager
def restored(dump: Path, url: str, tables: Mapping[str, int]) -> Iterator[str]:
    """The name of a database of its own with what is in the dump, and with these rows.

    Afterwards it is gone, unless it has another name by then. Raises `BackupDamaged`, and
    `NotChecked` where no database can be made.
    """
    address, name = make_url(url), f"parley_{uuid4().hex}"
    with _connected(address.set(database=MAINTENANCE)) as server:
        server.autocommit = True
        try:
            server.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            what = "It cannot be checked: this account may not make a database to try it in."
            raise NotChecked(what, "Give it CREATEDB, or restore it where it may.") from None
        try:
            there = address.set(database=name)
            _run("pg_restore", there, "--exit-on-error", "--no-owner", "--no-privileges", str(dump))
            with _connected(there) as connection:
                check_counts(_counts(connection), tables)
            yield name
        finally:
            server.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))


def is_used(url: str) -> bool:
    """Whether another program is connected to it."""
    address = make_url(url)
    with _connected(address.set(database=MAINTENANCE)) as server:
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = %s LIMIT 1"
        return server.execute(query, [address.database]).fetchone() is not None


def exists(url: str) -> bool:
    """Whether there is a database of that name."""
    address = make_url(url)
    with _connected(address.set(database=MAINTENANCE)) as server:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        return server.execute(query, [address.database]).fetchone() is not None


def rows(url: str) -> dict[str, int]:
    """The rows of each table in it."""
    with _connected(make_url(url)) as connection:
        return _counts(connection)


def put(made: str, url: str, aside: str) -> bool:
    """Give a restored database its name; whether there was one, which is ``aside`` then."""
    address = make_url(url)
    there, rename = exists(url), SQL("ALTER DATABASE {} RENAME TO {}")
    with _connected(address.set(database=MAINTENANCE)) as server:
        place = Identifier(str(address.database))
        try:
            if there:
                server.execute(rename.format(place, Identifier(aside)))
            server.execute(rename.format(Identifier(made), place))
        except psycopg.errors.ObjectInUse:
            raise BackupError("The database is in use.", "Stop Parley first.") from None
    return there


def _run(program: str, address: URL, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupError(f"{program} is not on this computer.", VERSION)
    safe, password = _apart(address)
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    command = [path, f"--dbname={safe}", "--no-password", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True)
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())[-SAID_CHARS:]
        raise BackupError(f"{program} failed: {said.rstrip('.')}.", VERSION)


def _apart(address: URL) -> tuple[str, str]:
    """An address for PostgreSQL's own programs without its password, and that."""
    named = address.query.get("password", "")
    password = address.password or (named if isinstance(named, str) else named[-1])
    bare = address.set(drivername="postgresql", password=None).difference_update_query(["password"])
    return bare.render_as_string(hide_password=False), password


@contextmanager
def _connected(address: URL) -> Iterator[psycopg.Connection]:
    whole = address.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = psycopg.connect(whole, connect_timeout=CONNECT_SECONDS)
    except psycopg.OperationalError:
        raise BackupError(
            "The database's server does not answer.", "Look at its address."
        ) from None
    with connection:
        yield connection


def _one(connection: psycopg.Connection, query: str) -> str:
    found = connection.execute(query.encode()).fetchone()
    assert found
    return str(found[0])


def _revision(connection: psycopg.Connection) -> str:
    try:
        return _one(connection, "SELECT version_num FROM alembic_version")
    except (psycopg.errors.UndefinedTable, AssertionError):
        raise BackupError("This is no database of Parley.", "Name Parley's.") from None


def _tables(connection: psycopg.Connection) -> Sequence[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    return [str(name) for (name,) in connection.execute(query)]


def _counts(connection: psycopg.Connection) -> dict[str, int]:
    query = SQL("SELECT count(*) FROM public.{}")
    found = {}
    for name in _tables(connection):
        [row] = connection.execute(query.format(Identifier(name))).fetchall()
        found[name] = int(row[0])
    return found


def _hashes(connection: psycopg.Connection) -> Sequence[str]:
    if "files" not in _tables(connection):
        return []
    query = "SELECT DISTINCT sha256 FROM files WHERE sha256 IS NOT NULL ORDER BY sha256"
    return [str(sha256) for (sha256,) in connection.execute(query)]
