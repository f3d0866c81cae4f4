from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chat.config import Settings
from chat.limits.spending import Limits
from chat.news import News
from chat.personas.book import PersonaBook
from chat.transfer.imports import Imports, Preview
from chat.transfer.spool import Spool, Spools
from store import users
from store.database import Database
from store.imports import Import
from store.users import LOCAL_USER
from tests.chat.conftest import PERSONAS
from tests.store.carrying import taken_out
from tests.waiting import until


class Desk:
    """One process's imports, and what came of them."""

    def __init__(self, settings: Settings) -> None:
        self.database = Database(settings.database_url)
        self.database.open()
        with self.database.transaction() as db:
            users.ensure_local(db)
        limits = Limits(settings, self.database)
        book = PersonaBook(PERSONAS, self.database, limits, set())
        spools = Spools(settings)
        self.imports = Imports(settings, self.database, limits, book, News(), spools)

    def held(self, data: bytes, user_id: str = LOCAL_USER, role: str = "user") -> Spool:
        spool = self.imports.spools.open(user_id, role, len(data))
        self.imports.spools.write(spool, data)
        return spool

    def preview(self, data: bytes, mapping: dict[str, str] | None = None) -> Preview:
        spool = self.held(data)
        try:
            return self.imports.preview(spool, mapping)
        finally:
            self.imports.spools.close(spool)

    def put_in(self, data: bytes, user_id: str = LOCAL_USER, role: str = "user") -> Import:
        spool = self.held(data, user_id, role)
        try:
            return self.ended(self.imports.start(spool), user_id)
        finally:
            self.imports.spools.close(spool)

    def ended(self, import_id: str, user_id: str = LOCAL_USER) -> Import:
        until(lambda: not self.imports.get(user_id, import_id).is_running)
        return self.imports.get(user_id, import_id)

    def chats(self, user_id: str = LOCAL_USER) -> dict[str, dict[str, Any]]:
        whole = taken_out(self.database, user_id)
        return {one["title"]: one for one in whole["sessions"]}


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings)
    yield made
    made.imports.close()
    made.database.close()
