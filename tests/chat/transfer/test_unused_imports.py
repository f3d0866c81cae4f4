"""What comes in where rules of retention let unused chats go: none goes at once."""

from __future__ import annotations

import pytest

from chat.config import Settings
from store import cleanup, folders, retention_rules, sessions
from store.users import LOCAL_USER
from tests.chat.transfer import exports
from tests.chat.transfer.conftest import Desk
from tests.chat.transfer.exports import dumped
from tests.store.carrying import taken_out
from tests.store.samples import NOON, make


@pytest.mark.parametrize(
    ("days", "on", "auth", "is_kept"),
    [
        (1, False, "password", True),
        (3650, True, "password", True),
        (1, True, "off", True),
        (1, True, "password", False),
    ],
)
def test_what_a_rule_would_take_at_once_counts_as_used_when_it_comes_in(
    settings: Settings, days: int, on: bool, auth: str, is_kept: bool
) -> None:
    desk = Desk(settings.model_copy(update={"auth": auth}))
    with desk.database.transaction() as db:
        made = retention_rules.add(db, days=days)
        retention_rules.switch(db, rule_id=made.id, on=on)
    desk.put_in(dumped([exports.claude()]))
    [chat] = desk.chats().values()
    assert chat["last_activity_at"].startswith("2025-03-01") == is_kept
    assert chat["created_at"].startswith("2025-03-01")
    desk.imports.close()
    desk.database.close()


def test_a_rule_for_a_folder_is_none_for_what_comes_into_no_folder(settings: Settings) -> None:
    desk = Desk(settings.model_copy(update={"auth": "password"}))
    with desk.database.transaction() as db:
        folders.create(db, user_id=LOCAL_USER, new=folders.NewFolder("Drafts"), folder_id="f")
        for title, folder in (("Inside", "f"), ("Outside", None)):
            make(db, LOCAL_USER, title=title, folder=folder, now=NOON)
    before = taken_out(desk.database, LOCAL_USER)
    with desk.database.transaction() as db:
        sessions.trash_all(db, user_id=LOCAL_USER)
        cleanup.purge_trash(db, user_id=LOCAL_USER)
        made = retention_rules.add(db, days=1, folder="Drafts")
        retention_rules.switch(db, rule_id=made.id, on=True)
    desk.put_in(dumped(before))
    was = {one["title"]: one["last_activity_at"] for one in before["sessions"]}
    now = {title: one["last_activity_at"] for title, one in desk.chats().items()}
    assert now["Outside"] == was["Outside"]
    assert now["Inside"] > was["Inside"]
    desk.imports.close()
    desk.database.close()
