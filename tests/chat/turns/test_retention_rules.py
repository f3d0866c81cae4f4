"""Chats that go into the trash by rules: by themselves, slowly, and not by a wrong clock."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from chat.turns import retention as room
from chat.turns.retention import LONG_WAIT_SECONDS, WAIT_SECONDS, Retention
from store import kept, retention_rules, sessions
from store.database import Database
from store.tables import sessions as table
from tests.chat.clock import NOON
from tests.chat.turns.test_retention import ANN, Times, here, retention, unused

DAY = timedelta(days=1)
OLD = NOON - 100 * DAY


@pytest.fixture
def times() -> Times:
    return Times()


def kept_by(database: Database, times: Times, **changes: Any) -> Retention:
    return retention(database, times, **{"auth": "password", **changes})


def rule(database: Database, days: int = 90, *, on: bool = True, **said: Any) -> str:
    with database.transaction() as db:
        made = retention_rules.add(db, days=days, **said)
        retention_rules.switch(db, rule_id=made.id, on=on)
    return made.id


def look(looking: Retention, times: Times, *seconds: float) -> None:
    """One look, and one after each of these times."""
    looking.look_at_rules()
    for one in seconds:
        times.pass_(one)
        looking.look_at_rules()


def test_what_a_rule_lets_go_is_in_the_trash_after_an_hour(
    database: Database, times: Times, caplog: pytest.LogCaptureFixture
) -> None:
    unused(database, 3, since=OLD)
    unused(database, 1, since=NOON, user_id="bob")
    rule(database)
    looking = kept_by(database, times)
    before = looking.news.number
    look(looking, times, WAIT_SECONDS - 1)
    assert (here(database), looking.news.number) == ((3, 0), before)
    with caplog.at_level(logging.INFO, "parley.upkeep"):
        look(looking, times, 1)
    assert (here(database), here(database, "bob")) == ((0, 3), (1, 0))
    assert looking.news.number == before + 3, "open pages follow"
    assert caplog.messages == ["unused sessions=3"]
    for _ in range(2):
        looking.look()
        times.pass_(2 * WAIT_SECONDS)
    assert here(database) == (0, 3), "it stays there as long as any other"


@pytest.mark.parametrize("mode", ["off", "guest"])
def test_without_administrators_no_rule_applies(sqlite: Database, times: Times, mode: str) -> None:
    unused(sqlite, 1, since=OLD)
    rule(sqlite)
    look(kept_by(sqlite, times, auth=mode), times, WAIT_SECONDS, WAIT_SECONDS)
    assert here(sqlite) == (1, 0)


def test_a_rule_that_is_off_lets_nothing_go_by_itself(sqlite: Database, times: Times) -> None:
    unused(sqlite, 1, since=OLD)
    made = rule(sqlite, on=False)
    looking = kept_by(sqlite, times)
    look(looking, times, WAIT_SECONDS, WAIT_SECONDS)
    assert here(sqlite) == (1, 0)
    with sqlite.transaction() as db:
        retention_rules.switch(db, rule_id=made, on=True)
    look(looking, times)
    with sqlite.transaction() as db:
        retention_rules.switch(db, rule_id=made, on=False)
    look(looking, times, WAIT_SECONDS)
    with sqlite.transaction() as db:
        retention_rules.switch(db, rule_id=made, on=True)
    look(looking, times, WAIT_SECONDS - 1)
    assert here(sqlite) == (1, 0), "its hour begins anew"
    look(looking, times, 1)
    assert here(sqlite) == (0, 1)


def test_a_clock_that_is_ahead_for_a_minute_takes_nothing(sqlite: Database, times: Times) -> None:
    unused(sqlite, 15)
    rule(sqlite)
    looking = kept_by(sqlite, times)
    for at in range(100):
        ahead = timedelta(days=365 if at == 50 else 0)
        times.wall.now += ahead
        looking.look_at_rules()
        times.wall.now -= ahead
        times.pass_(WAIT_SECONDS / 4)
    assert here(sqlite) == (15, 0)


def test_a_fifth_of_all_at_once_waits_for_a_day(
    sqlite: Database, times: Times, caplog: pytest.LogCaptureFixture
) -> None:
    unused(sqlite, 30, since=OLD)
    rule(sqlite)
    looking = kept_by(sqlite, times)
    look(looking, times, WAIT_SECONDS, LONG_WAIT_SECONDS - WAIT_SECONDS - 1)
    assert here(sqlite) == (30, 0)
    assert "30 of 30 chats came due at once, and stay for a day" in caplog.text
    look(looking, times, 1)
    assert here(sqlite) == (0, 30)


def test_what_is_pinned_meanwhile_stays(sqlite: Database, times: Times) -> None:
    unused(sqlite, 2, since=OLD)
    rule(sqlite)
    looking = kept_by(sqlite, times)
    look(looking, times)
    with sqlite.transaction() as db:
        pinned = (table.c.user_id == ANN,)
        one = sessions.recent(db, user_id=ANN)[0].session_id
        db.execute(update(table).where(*pinned, table.c.session_id == one).values(pinned=True))
    look(looking, times, WAIT_SECONDS)
    assert here(sqlite) == (1, 1)


def test_damaged_rules_let_nothing_go_and_upkeep_goes_on(
    sqlite: Database, times: Times, caplog: pytest.LogCaptureFixture
) -> None:
    unused(sqlite, 1, since=OLD)
    rule(sqlite)
    looking = kept_by(sqlite, times)
    look(looking, times)
    with sqlite.transaction() as db:
        kept.put(db, name=retention_rules.NAME, value='[{"days": 1}]')
    look(looking, times, WAIT_SECONDS)
    looking.look()
    assert here(sqlite) == (1, 0)
    assert "no rule of retention applies" in caplog.text


def test_many_go_in_parts(
    sqlite: Database, times: Times, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(room.cleanup, "PURGE_MAX", 4)
    unused(sqlite, 10, since=OLD)
    rule(sqlite)
    with caplog.at_level(logging.INFO, "parley.upkeep"):
        look(kept_by(sqlite, times), times, WAIT_SECONDS)
    assert [one for one in caplog.messages if one.startswith("unused")] == [
        *("unused sessions=4",) * 2,
        "unused sessions=2",
    ]
    assert here(sqlite) == (0, 10)
