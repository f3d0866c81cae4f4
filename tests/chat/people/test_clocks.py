"""A clock that was ahead for a minute keeps nobody out for as long as it was ahead."""

from __future__ import annotations

from datetime import timedelta

from chat.config import Settings
from chat.people.identity import LOGIN_COOKIE, Identities
from store import users
from store.database import Database
from tests.chat.clock import NOON, Clock
from tests.logins import cookie_of
from tests.store.samples import opened

YEAR = timedelta(days=365)


def log_out(database: Database, clock: Clock) -> None:
    with database.transaction() as db:
        users.log_out_everywhere(db, user_id="ann", now=clock())


def test_who_logs_in_after_a_log_out_by_a_clock_that_was_ahead_stays(database_url: str) -> None:
    clock = Clock()
    with opened(database_url) as database:
        settings = Settings(database_url=database_url, auth="password")
        identities = Identities(settings, database, now=clock)

        def is_in(cookie: str) -> bool:
            return identities.by_cookies({LOGIN_COOKIE: cookie}) is not None

        before = cookie_of(identities, "ann")
        clock.now = NOON + YEAR
        log_out(database, clock)
        clock.now = NOON + timedelta(seconds=2)
        after = cookie_of(identities, "ann")
        assert (is_in(before), is_in(after)) == (False, True)
        clock.later(seconds=2)
        log_out(database, clock)
        assert (is_in(before), is_in(after)) == (False, False)
        clock.later(seconds=2)
        assert is_in(cookie_of(identities, "ann"))
