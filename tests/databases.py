"""Databases for tests: brought up to date once, then copied."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from store import users
from store.database import Database
from store.tables import kept, metadata

DIALECTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.process)]
"""For ``params``: PostgreSQL has to be started."""


def bring_up_to_date(url: str) -> None:
    """Make all tables."""
    with closing(Database(url)) as database:
        database.open()


def new_postgres(server: str, name: str, template: str = "template1") -> str:
    """The URL of a new database, a copy of another, that stays as long as the server.

    As files: where nothing waits for the disk, that is a quarter of the work of a log.
    """
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return server.replace("/postgres?", f"/{name}?")


def lent_postgres(server: str, template: str) -> Iterator[str]:
    """The URL of a copy that is gone afterwards, whoever is still connected."""
    name = f"test_{uuid.uuid4().hex}"
    yield new_postgres(server, name, template)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def emptied(database: Database) -> None:
    """As it was made: nobody but the local user; what is kept for ever stays."""
    with database.transaction() as db:
        for table in reversed(metadata.sorted_tables):
            if table is not kept:
                db.execute(table.delete())
        users.ensure_local(db)
