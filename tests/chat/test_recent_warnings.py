"""The warnings that a process keeps of itself: few, each one once, and nothing secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chat import recent_warnings
from chat.agent.mcp.words import ANSWERED, SAID_LAST, unquoted
from chat.config import Settings
from chat.news import News
from chat.people.accounts import Accounts
from chat.people.setting_up import announce_setup
from chat.recent_warnings import ALIKE, CHARS, MOST, RecentWarnings
from tests.store.samples import opened

parley = logging.getLogger("parley")
log = logging.getLogger("parley.here")


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    """This process keeps them, as one does that `chat.server.startup.set_up_logging` began."""
    handler = RecentWarnings()
    parley.addHandler(handler)
    yield
    parley.removeHandler(handler)


def texts() -> list[str]:
    return [one.text for one in recent_warnings.kept()]


def test_the_newest_comes_first_and_what_is_below_a_warning_does_not() -> None:
    log.info("quiet")
    log.warning("first of=%s", "two")
    log.error("second")
    newest, oldest = recent_warnings.kept()
    assert (newest.level, newest.logger, newest.text) == ("ERROR", "parley.here", "second")
    assert (oldest.level, oldest.text, oldest.count) == ("WARNING", "first of=two", 1)
    assert newest.at >= oldest.at
    assert newest.at.tzinfo


def test_the_same_line_again_is_counted_and_newest() -> None:
    for one in ("a", "b", "a", "a"):
        log.warning(one)
    assert [(one.text, one.count) for one in recent_warnings.kept()] == [("a", 3), ("b", 1)]


def test_there_are_so_many_and_one_kind_drives_out_no_other() -> None:
    log.error("what matters")
    for number in range(200):
        log.warning("login refused address=%s", number)
    assert texts() == [f"login refused address={199 - n}" for n in range(ALIKE)] + ["what matters"]
    for number in range(200):
        log.warning(f"another {number}")
    assert len(texts()) == MOST
    assert "what matters" not in texts()


def test_a_line_is_one_line_and_short_and_a_failure_stays_in_the_log() -> None:
    log.warning("%s", "a\nb\r\n" * 10_000)
    try:
        raise ValueError("what somebody wrote")
    except ValueError:
        log.exception("it failed")
    failed, long = texts()
    assert failed == "it failed"
    assert len(long) == CHARS
    assert "\n" not in long


def test_what_cannot_be_written_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log.warning("%d", "no number")
    assert texts() == []


def test_threads_write_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: log.warning(f"line {n % 10}"), range(400)))
    assert sum(one.count for one in recent_warnings.kept()) == 400


def test_nobody_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parley, "handlers", [])
    assert recent_warnings.kept() == []


def test_the_setup_code_is_for_the_log_alone(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(sqlite_url) as database:
        announce_setup(Accounts(Settings(auth="password"), database, News()))
    assert "Setup code: " in caplog.text
    assert texts() == []


@pytest.mark.parametrize(
    ("reason", "logged"),
    [
        (f"The command ended with code 1{SAID_LAST}no such file: my diary", "my diary"),
        (f"{ANSWERED}cannot parse 'my diary'", "my diary"),
        ("It did not answer in time.", ""),
    ],
)
def test_what_a_server_says_is_not_logged(reason: str, logged: str) -> None:
    assert not logged or logged not in unquoted(reason)
    assert unquoted(reason)[:10] == reason[:10]
    assert logged or unquoted(reason) == reason


def test_a_failed_statement_does_not_say_what_was_to_be_stored(database_url: str) -> None:
    statement = text("INSERT INTO kept (name, value) VALUES (:name, :value)")
    rows = [{"name": "a", "value": "what somebody wrote"}] * 2
    with (
        opened(database_url) as database,
        pytest.raises(IntegrityError) as failed,
        database.transaction() as db,
    ):
        db.execute(statement, rows)
    assert "kept" in str(failed.value)
    assert "what somebody wrote" not in str(failed.value)
