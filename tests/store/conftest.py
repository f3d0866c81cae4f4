"""An open database of each dialect with two users, and a transaction in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from store.database import Database
from tests.databases import DIALECTS, new_postgres
from tests.store.samples import opened


@pytest.fixture(scope="session")
def shared_sqlite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("shared"))
    with opened(f"sqlite:///{file}") as database:
        yield database


@pytest.fixture(scope="session")
def shared_postgres(postgres_server: str, postgres_template: str) -> Iterator[Database]:
    with opened(new_postgres(postgres_server, "shared", postgres_template)) as database:
        yield database


@pytest.fixture(params=DIALECTS)
def shared(request: pytest.FixtureRequest) -> Database:
    """A database that stays as it was made: whoever writes to it rolls back."""
    name = "shared_sqlite" if request.param == "sqlite" else "shared_postgres"
    database: Database = request.getfixturevalue(name)
    return database


@pytest.fixture
def db(shared: Database) -> Iterator[Session]:
    """One writing transaction, rolled back after the test."""
    with shared.transaction() as db:
        yield db
        db.rollback()
