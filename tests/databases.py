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
        _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class PostgresCopies:
    """Copies of one database, lent one after the other: to put the rows of one back takes a tenth
    of the time of another copy. One whose tables were changed is not lent again."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[tuple[str, object]] = []
        with psycopg.connect(server.replace("/postgres?", f"/{template}?")) as connection:
            self._rows = {
                table: rows
                for (table,) in connection.execute(_TABLES).fetchall()
                if (rows := connection.execute(_ROWS.format(table)).fetchall()[0][0])
            }

    def lent(self) -> Iterator[str]:
        """The URL of a copy that nobody else has, as it was made."""
        if not self._free:
            name = f"test_{uuid.uuid4().hex}"
            url = new_postgres(self._server, name, self._template)
            with psycopg.connect(url, autocommit=True) as connection:
                self._free.append((name, connection.execute(_SHAPE).fetchone()))
        name, shape = self._free.pop()
        yield self._server.replace("/postgres?", f"/{name}?")
        self._take_back(name, shape)

    def _take_back(self, name: str, shape: object) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(_END_OTHERS, {"name": name})
            if self._put_back(name, shape):
                self._free.append((name, shape))
            else:
                _drop(connection, name)

    def _put_back(self, name: str, shape: object) -> bool:
        with psycopg.connect(self._server.replace("/postgres?", f"/{name}?")) as connection:
            if connection.execute(_SHAPE).fetchone() != shape:
                return False
            # No trigger, no foreign key: all rows go, in whatever order.
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(_EMPTY)
            for table, rows in self._rows.items():
                connection.execute(_REFILL.format(table), {"rows": rows})
        return True


_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
_ROWS = "SELECT jsonb_agg(to_jsonb(row))::text FROM {} AS row"
_REFILL = "INSERT INTO {0} SELECT * FROM jsonb_populate_recordset(NULL::{0}, %(rows)s)"
_SHAPE = """
SELECT count(*), max(c.oid::bigint), sum(c.relfilenode::bigint), sum(c.relchecks),
    (SELECT sum(a.attnum * hashtext(a.attname || '-' || a.atttypid)::bigint) FROM pg_attribute a
        WHERE a.attrelid >= 16384),
    (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_db_role_setting)
FROM pg_class c WHERE c.oid >= 16384
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %(name)s
"""
_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S';
END $$
"""


def emptied(database: Database) -> None:
    """As it was made: nobody but the local user; what is kept for ever stays."""
    with database.transaction() as db:
        for table in reversed(metadata.sorted_tables):
            if table is not kept:
                db.execute(table.delete())
        users.ensure_local(db)
