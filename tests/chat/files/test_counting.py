"""Files of all users, counted for metrics a part at a time."""

from __future__ import annotations

from functools import partial

import pytest
from pydantic import SecretStr

from chat.files.files import Files
from store import all_files
from store.database import Database
from tests.chat.conftest import counted
from tests.chat.files.conftest import someone
from tests.store.samples import add_file


def test_all_are_told_when_all_were_counted(
    kept: Files, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    settings = kept.settings.model_copy(update={"metrics_token": SecretStr("secret")})
    files = Files(settings, database, kept.limits, counted=lambda *all_: told.append(all_))
    monkeypatch.setattr(all_files, "counted", partial(all_files.counted, limit=2))
    with database.transaction() as db:
        add_file(db, "default", "mine")
    for name in ("ann", "bob"):
        user_id = someone(database, name)
        with database.transaction() as db:
            add_file(db, user_id)
    for expected in ([], [(3, 30)], [(3, 30)], [(3, 30), (3, 30)]):
        files.tidy()
        assert told == expected

    with counted(database) as used:
        files.sweep()
        kept.tidy()
    assert (len(told), used["commits"]) == (2, 0), "by the upkeep only, and only where it is wanted"
