"""Read-only mode, as the database knows it, and the one place where writing is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from store import kept, maintenance, read_only, sessions, waiting
from store.asking import Ask
from store.database import Database
from store.endings import Ending
from store.errors import ReadOnly, Refused
from store.maintenance import LINE_MAX, Maintenance
from tests.store.samples import ANN, NOON, asked, make

LINE = "Back at 9."


def switch(database: Database, *, on: bool, line: str = "") -> Maintenance:
    with database.transaction(even_read_only=True) as db:
        return maintenance.switch(db, on=on, line=line, now=NOON)


def look(database: Database) -> Maintenance:
    with database.reading() as db:
        database.maintenance = maintenance.read(db)
    return database.maintenance


def test_another_on_the_database_knows_it_and_refuses_to_write(database: Database) -> None:
    with closing(Database(database.url)) as other:
        assert look(other) == Maintenance()
        assert switch(database, on=True, line=LINE) == look(other) == Maintenance(NOON, LINE)
        with pytest.raises(ReadOnly) as refused, other.transaction() as db:
            make(db)
        assert (refused.value.code, refused.value.status) == ("read_only", 503)
        assert str(refused.value) == f"Read only for maintenance. {LINE} Try again later."
        assert refused.value.retry_after
        with other.reading() as db:
            assert sessions.recent(db, user_id=ANN) == []
        switch(database, on=False)
        look(other)
        with other.transaction() as db:
            make(db)


def test_who_waits_for_a_turn_to_write_when_it_begins_is_refused_as_well(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def turn() -> Iterator[None]:
        database.maintenance = Maintenance(NOON)
        yield

    monkeypatch.setattr(database._dialect, "turn_to_write", turn)
    with pytest.raises(ReadOnly), database.transaction() as db:
        make(db)
    with database.reading() as db:
        assert sessions.recent(db, user_id=ANN) == []


def test_the_house_writes_and_so_do_commands_of_the_operator(database: Database) -> None:
    switch(database, on=True)
    look(database)
    with database.transaction(even_read_only=True) as db:
        make(db)
    with closing(Database(database.url)) as command, command.transaction() as db:
        assert len(sessions.recent(db, user_id=ANN)) == 1
        make(db)


def test_whether_it_can_be_written_to_is_asked_for_the_house(sqlite: Database) -> None:
    """A page that waits for a database that was away goes on when it is back, and reads."""
    switch(sqlite, on=True)
    look(sqlite)
    sqlite.check_writing()


def test_another_line_keeps_since_when_it_is(database: Database) -> None:
    switch(database, on=True, line=LINE)
    with database.transaction() as db:
        later = NOON + timedelta(hours=1)
        found = maintenance.switch(db, on=True, line=" Back\nat\u202e 10. ", now=later)
    assert found == look(database) == Maintenance(NOON, "Back at 10.")


def test_who_was_asked_has_as_long_to_decide_as_if_it_were_asked_at_the_end(
    database: Database,
) -> None:
    hour = timedelta(hours=1)
    with database.transaction() as db:
        key = make(db)
        answer = asked(db, key).answer
        so_far, asks = Ending("streaming", ""), [Ask("c", "fetch", {}, "May it?")]
        waiting.pause(
            db, key, message_id=answer.id, so_far=so_far, asks=asks, paused={}, now=NOON - hour
        )
        assert waiting.overdue(db, asked_before=NOON) == [(key, answer.id)]
        maintenance.switch(db, on=False, now=NOON)
        assert waiting.overdue(db, asked_before=NOON), "it was not on"
        maintenance.switch(db, on=True, now=NOON - hour)
        maintenance.switch(db, on=False, now=NOON)
        assert waiting.overdue(db, asked_before=NOON) == []
        after = NOON + timedelta(seconds=1)
        assert waiting.overdue(db, asked_before=after) == [(key, answer.id)]


def test_a_line_has_at_most_300_characters(database: Database) -> None:
    assert switch(database, on=True, line="x" * LINE_MAX).is_on
    with pytest.raises(Refused, match="301 characters"):
        switch(database, on=True, line="x" * (LINE_MAX + 1))
    assert look(database).line == "x" * LINE_MAX


@pytest.mark.parametrize(
    "value",
    [
        "",
        "on",
        "[]",
        '{"since": 1e99}',
        '{"since": "2024-05-01T12:00:00"}',
        '{"since": "2024-05-01T12:00:00Z", "line": 1}',
    ],
)
def test_a_damaged_state_is_off_and_said(
    value: str, sqlite: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite.transaction() as db:
        kept.put(db, name=maintenance.NAME, value=value)
    assert not look(sqlite).is_on
    assert ("cannot be read, so it is off" in caplog.text) is bool(value)


def test_the_command_switches_it(sqlite: Database, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--from", sqlite.url]
    assert read_only.main(["on", LINE, *place]) == 0
    assert f"Read only for maintenance. {LINE}" in capsys.readouterr().out
    assert look(sqlite).line == LINE
    assert read_only.main(place) == 0
    assert LINE in capsys.readouterr().out
    assert read_only.main(["off", *place]) == 0
    assert "can be written to" in capsys.readouterr().out
    assert not look(sqlite).is_on
    assert read_only.main(["on", "x" * 301, *place]) == 1
    assert "Use at most 300." in capsys.readouterr().out
    assert not look(sqlite).is_on
