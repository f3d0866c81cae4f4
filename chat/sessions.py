"""What people do with their chats, whatever door they come through.

Each use case holds its limits, its transaction, and the end of answers that must not go on.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from chat.errors import InvalidInput, Outdated
from chat.limits.payers import NOWHERE, PeerAddress
from chat.limits.room import copying
from chat.limits.spending import Limits, Spending
from chat.news import News
from chat.personas.book import PersonaBook
from chat.turns.service import Turns
from store import (
    cleanup,
    clearing,
    copies,
    files,
    folders,
    history,
    messages,
    session_locks,
    sessions,
    unused,
)
from store.database import Database, Session
from store.errors import NotFound, SessionNotFound, StoreError
from store.marks import Marks, mark
from store.metadata import MessageMetadata
from store.session_values import ChatSession, NewSession, SessionChanges, check_time
from store.types import utc_now
from store.values import Message, SessionKey

Versions = frozenset[int] | None
"""The versions of a session that whoever changes it has seen; None: any."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The use cases on chats; raise the store's errors, and `Outdated` where versions are given.

    ``sweep`` removes the bytes of files that went with what was removed for good.
    """

    database: Database
    limits: Limits
    personas: PersonaBook
    turns: Turns
    news: News
    sweep: Callable[[], object] = lambda: None

    def create(self, key: SessionKey, new: NewSession) -> tuple[ChatSession, bool]:
        """Make one, or give the stored one of that id; True when it was made.

        Raises `InvalidInput` for a persona there is not, and for guests `TooMany`.
        """
        with self._making(key.user_id) as may:
            return self.personas.create_session(may, key, new)

    def duplicate(self, key: SessionKey) -> ChatSession:
        """A copy of it, with all versions and results; for guests `TooMany`."""
        with self._making(key.user_id) as may, copying(may):
            return copies.duplicate(may.db, key, may=may)

    def branch(self, key: SessionKey, message_id: int) -> ChatSession:
        """A chat of its own that ends with this message; for guests `TooMany`."""
        with self._making(key.user_id) as may, copying(may):
            return copies.branch(may.db, key, message_id=message_id, may=may)

    def change(
        self, key: SessionKey, seen: Versions = None, **changes: Unpack[SessionChanges]
    ) -> ChatSession:
        """Set what is given; raises `InvalidInput` for a persona or model that is not theirs.

        Also for more ``allowed_tools`` than it has: they only become fewer here; and for an end
        that is over already.
        """
        self._check_end(changes.get("expires_at"))
        with self._changing(key.user_id, key.session_id) as db:
            if "folder" in changes:
                folders.hold(db, user_id=key.user_id)
            _expect(db, key, seen)
            if "persona" in changes:
                self.personas.check(db, key.user_id, changes["persona"])
            if "model" in changes:
                self.limits.spending_in(db, key.user_id).check_model(changes["model"])
            if "allowed_tools" in changes:
                _check_fewer(db, key, changes["allowed_tools"])
            return sessions.change(db, key, **changes) if changes else sessions.get(db, key)

    def set_parameter(self, key: SessionKey, name: str, value: object) -> None:
        """Set one parameter and leave the others; None removes it."""
        with self._changing(key.user_id, key.session_id) as db:
            session_locks.locked_version(db, key)
            rest = {k: v for k, v in sessions.get(db, key).parameters.items() if k != name}
            given = {} if value is None else {name: value}
            sessions.change(db, key, parameters={**rest, **given})

    def archive(self, keys: Iterable[SessionKey], *, archived: bool = True) -> None:
        """Archive them, or bring them back; all or none."""
        with self._changing_each(keys) as (db, locked):
            for key in locked:
                sessions.change(db, key, archived=archived)

    def trash(self, keys: Sequence[SessionKey], seen: Versions = None) -> None:
        """Put them into the trash, all or none; what is being answered there stops.

        Temporary ones are gone for good.
        """
        is_gone = False
        with self._changing_each(keys) as (db, locked):
            for key in locked:
                _expect(db, key, seen)
                if sessions.trash(db, key).temporary:
                    cleanup.purge(db, key)
                    is_gone = True
        self._stop(keys)
        if is_gone:
            self._sweep()

    def close(self, key: SessionKey) -> bool:
        """Nobody looks at it any more: if it is temporary, it goes for good; whether it is gone.

        False while an answer is being written there or waits: it is not cut off.
        """
        with self._changing(key.user_id, key.session_id) as db:
            is_gone = cleanup.remove_temporary(db, key)
        self._sweep()
        return is_gone

    def clear(self, key: SessionKey, seen: Versions = None) -> ChatSession:
        """Empty it and keep it; what is being answered there stops, `restore` takes it back."""
        with self._changing(key.user_id, key.session_id) as db:
            _expect(db, key, seen)
            cleared = clearing.clear(db, key)
        self._stop([key])
        return cleared

    def trash_all(self, user_id: str) -> list[str]:
        """Everything of somebody into the trash, archived ones too; their ids."""
        with self._changing(user_id) as db:
            gone = sessions.trash_all(db, user_id=user_id)
        self._stop(SessionKey(user_id, session_id) for session_id in gone)
        return gone

    def restore(self, key: SessionKey, seen: Versions = None) -> ChatSession:
        """Bring it back from the trash; where it is not there, what clearing took from it."""
        with self._changing(key.user_id, key.session_id) as db:
            _expect(db, key, seen, trashed=None)
            try:
                return _out_of_trash(db, key)
            except SessionNotFound:
                return clearing.restore(db, key)

    def restore_those_left(self, keys: Iterable[SessionKey]) -> None:
        """Bring them back from the trash; those that are gone for good are left out."""
        with self._changing_each(keys) as (db, locked):
            for key in locked:
                with suppress(NotFound):
                    _out_of_trash(db, key)

    def purge(self, keys: Sequence[SessionKey], seen: Versions = None) -> None:
        """Remove them for good, in the trash or not, all or none; what is answered there stops."""
        with self._changing_each(keys) as (db, locked):
            for key in locked:
                _expect(db, key, seen, trashed=None)
                cleanup.purge(db, key)
        self._stop(keys)
        self._sweep()

    def purge_trash(self, user_id: str) -> None:
        """Remove for good what is in somebody's trash."""
        with self._changing(user_id) as db:
            cleanup.purge_trash(db, user_id=user_id)
        self._sweep()

    def add_message(
        self,
        key: SessionKey,
        content: str,
        *,
        role: str = "user",
        metadata: Mapping[str, object] | None = None,
        parent_id: int | None = None,
        idempotency_key: str | None = None,
        new: NewSession | None = None,
        address: PeerAddress = NOWHERE,
    ) -> tuple[Message, bool]:
        """Keep a message as it is, without an answer; True when it was made now.

        As in `Turns.send`: what ``new`` and ``address`` are, and what is raised.
        """
        self.limits.check_size(content)
        with self.limits.spending(key.user_id, address) as may:
            if new is not None:
                self.personas.create_session(may, key, new)
            added = history.keep(
                may.db,
                key,
                role=role,
                content=content,
                may=may,
                metadata=MessageMetadata.own(metadata or {}),
                parent_id=parent_id,
                idempotency_key=idempotency_key,
                now=self.turns.now(),
            )
        self.news.note(key.user_id, "session", key.session_id)
        return added

    def mark(self, key: SessionKey, message_id: int, **marks: Unpack[Marks]) -> Message:
        """Rate a message, bookmark it, or say something of it."""
        with self._changing(key.user_id, key.session_id) as db:
            if marks:
                mark(db, key, message_id=message_id, **marks)
            return messages.get(db, key, message_id=message_id)

    def note_seen(self, key: SessionKey) -> None:
        """Somebody has the last answer before their eyes."""
        with self.database.transaction() as db:
            is_new = sessions.note_seen(db, key)
        if is_new:
            self.news.note(key.user_id, "turn", key.session_id)

    def show_version(self, key: SessionKey, message_id: int) -> None:
        """Show the branch of another version."""
        with self._changing(key.user_id, key.session_id) as db:
            messages.select_version(db, key, message_id=message_id)

    def delete_message(self, key: SessionKey, message_id: int) -> list[int]:
        """Put a message into the trash with all that hangs on it; the ids."""
        with self._changing(key.user_id, key.session_id) as db:
            return messages.delete(db, key, message_id=message_id)

    def restore_message(self, key: SessionKey, message_id: int) -> None:
        """Bring a message back with what was deleted together with it."""
        with self._changing(key.user_id, key.session_id) as db:
            messages.restore(db, key, message_id=message_id)

    @contextmanager
    def _making(self, user_id: str) -> Iterator[Spending]:
        with self.limits.spending(user_id) as may:
            yield may
        self.news.note(user_id, "session")

    @contextmanager
    def _changing(self, user_id: str, session_id: str = "") -> Iterator[Session]:
        with self.database.transaction() as db:
            yield db
        self.news.note(user_id, "session", session_id)

    @contextmanager
    def _changing_each(
        self, keys: Iterable[SessionKey]
    ) -> Iterator[tuple[Session, list[SessionKey]]]:
        named = list(keys)
        with self.database.transaction() as db:
            files.hold_of(db, {key.user_id for key in named})  # some may be removed for good
            locked = session_locks.lock_each(db, named)
            yield db, locked
        for user_id in {key.user_id for key in locked}:
            self.news.note(user_id, "session")

    def _check_end(self, ends: datetime | None) -> None:
        if ends is not None and check_time(ends) <= self.turns.now():
            fix = "Choose a time that is still to come, or none."
            raise InvalidInput("The chat would have ended already.", fix, field="expires_at")

    def _sweep(self) -> None:
        """What cannot go at this moment goes with the next upkeep."""
        with suppress(StoreError, OSError):
            self.sweep()

    def _stop(self, keys: Iterable[SessionKey]) -> None:
        self.turns.stop_each(*keys)


def _out_of_trash(db: Session, key: SessionKey) -> ChatSession:
    """Without an end that is over, and as used now if unused for too long: else it goes again."""
    found = unused.restore(db, key)
    is_over = found.expires_at is not None and found.expires_at <= utc_now()
    return sessions.change(db, key, expires_at=None) if is_over else found


def _check_fewer(db: Session, key: SessionKey, allowed: Iterable[str]) -> None:
    session_locks.locked_version(db, key)
    if not set(allowed) <= set(sessions.get(db, key).allowed_tools):
        fix = "Send some of what the chat has; it is asked for what else a tool needs."
        raise InvalidInput("More was not allowed in this chat.", fix, field="allowed_tools")


def _expect(db: Session, key: SessionKey, seen: Versions, *, trashed: bool | None = False) -> None:
    """Raise `Outdated` for another version; it stays the one it is until the transaction ends."""
    if seen is not None and session_locks.locked_version(db, key, trashed=trashed) not in seen:
        raise Outdated("The chat was changed meanwhile.", "Read it again, then repeat the change.")
