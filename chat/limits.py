"""What anybody may use up, counted once, whatever door it comes through.

`Limits.spending` is the transaction of every use case that costs: the store asks what it gives
before it keeps a session or the place of an answer, so none can leave it out.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.config import Settings
from chat.errors import InvalidInput, TooMany
from store import guests, sessions
from store.database import Database, Session
from store.types import utc_now
from store.values import SessionKey

WINDOW = timedelta(hours=1)
UNITS = ((86_400, "day", "a day"), (3600, "hour", "an hour"), (60, "minute", "a minute"))


@dataclass(frozen=True, slots=True)
class Spending:
    """A transaction in which somebody may use something up; an `Allowance` of the store."""

    db: Session
    settings: Settings
    user_id: str
    is_guest: bool
    now: datetime

    def add_session(self) -> None:
        """Raise `TooMany` when a guest has as many sessions as guests may have."""
        most = self.settings.guest_sessions
        if self.is_guest and guests.count_sessions(self.db, user_id=self.user_id) >= most:
            raise TooMany(
                f"Guests may have {counted(most, 'chat')}, those in the trash included.",
                "Delete one for good under Manage sessions, or go on in another chat.",
                retry_after=self.settings.ttl_seconds or WINDOW.total_seconds(),
            )

    def ask_model(self, key: SessionKey, content: str = "") -> None:
        """Count a guest's call of a model, or raise `InvalidInput` or `TooMany`."""
        if not self.is_guest:
            return
        session = sessions.get(self.db, key)
        self._check_length(len(content), "message")
        self.check_prompt(str(session.parameters.get("system_prompt", "")))
        most, since = self.settings.guest_messages_per_hour, self.now - WINDOW
        if first := guests.latest_call(self.db, user_id=self.user_id, number=most, since=since):
            seconds = max((first - since).total_seconds(), 1.0)
            raise TooMany(
                f"Guests may send {counted(most, 'message')} an hour.",
                f"Go on in {_duration(math.ceil(seconds / 60) * 60)}.",
                retry_after=seconds,
            )
        guests.add_call(self.db, user_id=self.user_id, now=self.now, since=since)

    def check_prompt(self, text: str) -> None:
        """Raise `InvalidInput` for a system prompt that is too long for a guest."""
        if self.is_guest:
            self._check_length(len(text), "system prompt")

    def _check_length(self, length: int, what: str) -> None:
        most = self.settings.guest_message_max_chars
        if length > most:
            raise InvalidInput(
                f"The {what} has {length:,} characters.", f"As a guest use at most {most:,}."
            )


@dataclass(frozen=True, slots=True)
class Limits:
    """Those of one process; today only guests have any."""

    settings: Settings
    database: Database
    now: Callable[[], datetime] = utc_now

    @contextmanager
    def spending(self, user_id: str) -> Iterator[Spending]:
        """A writing transaction in which this user may use something up.

        A guest is locked in it before any session is, so that whoever else spends for them waits;
        where there are none, nobody is looked up.
        """
        with self.database.transaction() as db:
            is_guest = self.settings.mode.guests and guests.lock(db, user_id=user_id)
            yield Spending(db, self.settings, user_id, is_guest, self.now())


def expiry(settings: Settings, *, is_guest: bool) -> str:
    """A sentence about when chats go by themselves; empty when they stay."""
    if settings.ttl_seconds is None or (settings.mode.guests and not is_guest):
        return ""
    whose = "Guest chats" if is_guest else "Chats"
    return f"{whose} are deleted {_duration(settings.ttl_seconds)} after the last message."


def counted(number: int, thing: str) -> str:
    """``1 chat``, ``1,200 chats``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _duration(seconds: int) -> str:
    for length, unit, one in UNITS:
        if seconds % length == 0:
            return one if seconds == length else counted(seconds // length, unit)
    return counted(seconds, "second")
