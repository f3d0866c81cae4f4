"""What guests of a public demo may use up, and when chats go.

`capped` is around everything that adds a session or asks the model, whatever door it comes
through; for all who are no guests it does nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chat.config import Settings
from chat.errors import InvalidInput, TooMany
from store import guests, sessions

WINDOW = timedelta(hours=1)
UNITS = ((86_400, "day", "a day"), (3600, "hour", "an hour"), (60, "minute", "a minute"))


@dataclass(frozen=True, slots=True)
class Caps:
    """What `capped` gives to those inside of it."""

    db: Any
    settings: Settings
    user_id: str
    is_guest: bool

    def count_call(self, *, session_id: str, content: str = "", now: datetime) -> None:
        """The model is asked with this new text: raise `InvalidInput` or `TooMany`, or count it."""
        if not self.is_guest:
            return
        session = sessions.get(self.db, user_id=self.user_id, session_id=session_id)
        self._check_length(len(content), "message")
        self.check_prompt(str(session.parameters.get("system_prompt", "")))
        most, since = self.settings.guest_messages_per_hour, now - WINDOW
        if first := guests.latest_call(self.db, user_id=self.user_id, number=most, since=since):
            seconds = max((first - since).total_seconds(), 1.0)
            raise TooMany(
                f"Guests may send {counted(most, 'message')} an hour.",
                f"Go on in {_duration(math.ceil(seconds / 60) * 60)}.",
                retry_after=seconds,
            )
        guests.add_call(self.db, user_id=self.user_id, now=now, since=since)

    def check_prompt(self, text: str) -> None:
        """Raise `InvalidInput` for a system prompt that is too long for a guest."""
        if self.is_guest:
            self._check_length(len(text), "system prompt")

    def _check_length(self, length: int, what: str) -> None:
        most = self.settings.guest_message_max_chars
        if length > most:
            raise InvalidInput(
                f"The {what} has {length:,} characters.",
                f"As a guest use at most {most:,}.",
            )


@contextmanager
def capped(db: Any, settings: Settings, *, user_id: str) -> Iterator[Caps]:
    """Around what may add sessions: raises `TooMany` at the end when a guest has too many.

    First in the transaction, before a session is locked; whoever else adds waits until its end.
    """
    is_guest = guests.lock(db, user_id=user_id)
    before = guests.count_sessions(db, user_id=user_id) if is_guest else 0
    yield Caps(db, settings, user_id, is_guest)
    if not is_guest:
        return
    after, most = guests.count_sessions(db, user_id=user_id), settings.guest_sessions
    if after > max(most, before):
        raise TooMany(
            f"Guests may have {counted(most, 'chat')}, those in the trash included.",
            "Delete one for good under Manage sessions, or go on in another chat.",
            retry_after=settings.ttl_seconds or WINDOW.total_seconds(),
        )


def expiry(settings: Settings, *, is_guest: bool) -> str:
    """A sentence about when chats go by themselves; empty when they stay."""
    if settings.ttl_seconds is None or (settings.mode == "guest" and not is_guest):
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
