"""Files of all users, counted for metrics a part at a time."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from sqlmodel import Session

from chat.files.files import Files
from store import all_files
from store.all_files import FilePlace
from store.database import Database
from tests.chat.files.conftest import someone
from tests.store.samples import add_file


def test_all_are_told_when_all_were_counted(
    kept: Files, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    looks: list[FilePlace | None] = []
    whole = all_files.counted

    def few(db: Session, *, after: FilePlace | None) -> tuple[int, int, FilePlace | None]:
        looks.append(after)
        return whole(db, after=after, limit=2)

    settings = kept.settings.model_copy(update={"metrics_token": SecretStr("secret")})
    files = Files(settings, database, kept.limits, counted=lambda *all_: told.append(all_))
    monkeypatch.setattr(all_files, "counted", few)
    with database.transaction() as db:
        add_file(db, "default", "mine")
    for name in ("ann", "bob"):
        user_id = someone(database, name)
        with database.transaction() as db:
            add_file(db, user_id)
    for expected in ([], [(3, 30)], [(3, 30)], [(3, 30), (3, 30)]):
        files.tidy()
        assert told == expected

    files.sweep()
    kept.tidy()
    assert len(looks) == 4, "by the upkeep only, and only where it is wanted"
