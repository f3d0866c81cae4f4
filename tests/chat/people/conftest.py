"""A database of each dialect, with nobody in it but the local user."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store import users
from store.database import Database
from tests.chat.clock import NOON


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    opened.open()
    with opened.transaction() as db:
        users.ensure_local(db, now=NOON)
    yield opened
    opened.close()
