"""Removing for good: one session, and what the trash, expiry and temporary chats let go of.

The caller owns the transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlmodel import Session

from store import clearing, provenance
from store.errors import SessionNotFound
from store.files import hold_going
from store.session_locks import in_trash, lasting, lock, lock_all, owned
from store.tables import messages, named_texts, profiles, sessions, users
from store.tree import messages_of
from store.values import SessionKey

PURGE_MAX = 500
CLEARED = 0
"""In place of a message's id: what clearing the session has put into the trash beside messages."""
_PLACE = (messages.c.user_id == sessions.c.user_id) & (
    messages.c.session_id == sessions.c.session_id
)
# The condition of the index word for word: else SQLite reads every message of each session.
QUIET = ~exists().where(_PLACE, text("messages.status IN ('queued', 'streaming')"))
"""No answer is being written there, or waits."""


@dataclass(frozen=True, slots=True)
class Due:
    """A session whose time is over, or a message of it that lies in the trash.

    ``deleted_at`` is since when it lies there; None for a session that is to go there.
    """

    key: SessionKey
    deleted_at: datetime | None
    message_id: int | None = None
    version: int = field(default=0, compare=False)


def purge(db: Session, key: SessionKey) -> None:
    """Remove a session, in the trash or not, and everything of it; raises `SessionNotFound`.

    Whoever locked it before has held its user's files before that (`store.files.hold_of`).
    """
    hold_going(db, [key.user_id])
    if not _remove(db, *owned(key)):
        raise SessionNotFound


def purge_trash(db: Session, *, user_id: str) -> int:
    """Empty the user's trash; how many sessions."""
    hold_going(db, [user_id])
    return _remove(db, sessions.c.user_id == user_id, sessions.c.deleted_at.is_not(None))


def due(
    db: Session, *, deleted_before: datetime, unused_before: datetime | None, only_guests: bool
) -> list[Due]:
    """Whose time is over, of all users: it was put into the trash before that time.

    With ``unused_before`` also sessions without activity since then, of guests, or of everybody,
    pinned and in the trash or not. None in which an answer is being written or waits; of those with
    an end see `ended`, of temporary ones `temporary`.
    """
    over = [sessions.c.deleted_at < deleted_before]
    if unused_before is not None:
        unused = [sessions.c.last_activity_at < unused_before, lasting(), QUIET]
        if only_guests:
            guests = select(users.c.id).where(users.c.role == "guest")
            unused.append(sessions.c.user_id.in_(guests))
        over.append(and_(*unused))
    whole = _whole(db, or_(*over))
    key = (sessions.c.user_id, sessions.c.session_id)
    place_of = (messages.c.user_id, messages.c.session_id, messages.c.id)
    old = select(*place_of, messages.c.deleted_at).where(messages.c.deleted_at < deleted_before)
    emptied = select(*key, literal(CLEARED), sessions.c.cleared_at)
    emptied = emptied.where(sessions.c.cleared_at < deleted_before)
    return whole + [
        Due(SessionKey(user_id, id_), since, message_id)
        for found_of_it in (old, emptied)
        for user_id, id_, message_id, since in db.execute(found_of_it)
    ]


def ended(db: Session, *, now: datetime) -> list[Due]:
    """Those that somebody gave an end which is over, of all users, to go into the trash.

    Without pinned ones, and those in which an answer is being written or waits.
    """
    over = (sessions.c.expires_at < now, ~sessions.c.pinned)
    return _whole(db, *over, in_trash(False), lasting(), QUIET)


def temporary(db: Session) -> list[tuple[SessionKey, int]]:
    """All temporary sessions in which no answer is being written or waits, and their versions."""
    key = (sessions.c.user_id, sessions.c.session_id)
    # The condition of the index word for word: else SQLite reads every session.
    found = db.execute(select(*key, sessions.c.version).where(text("sessions.temporary"), QUIET))
    return [(SessionKey(user_id, id_), version) for user_id, id_, version in found]


def remove_temporary(db: Session, key: SessionKey, *, version: int | None = None) -> bool:
    """Remove a session for good that is temporary, and of that version; whether it is gone.

    False only while an answer is being written there or waits.
    """
    hold_going(db, [key.user_id])
    try:
        session = lock(db, key)
    except SessionNotFound:
        return True
    if not session.temporary or version not in (None, session.version):
        return True
    if not db.scalar(select(QUIET).where(*owned(key))):
        return False
    _remove(db, *owned(key))
    return True


def set_inactive(db: Session, *, unused_before: datetime) -> int:
    """Mark some of those sessions that were not used since then; how many, `PURGE_MAX` at most."""
    old = (sessions.c.is_active, sessions.c.last_activity_at < unused_before, lasting())
    keys = select(sessions.c.user_id, sessions.c.session_id).where(*old).limit(PURGE_MAX)
    named = [tuple(row) for row in db.execute(keys)]
    these = (*old, tuple_(sessions.c.user_id, sessions.c.session_id).in_(named))
    lock_all(db, *these)
    asleep = update(sessions).where(*these)
    done = db.execute(asleep.values(is_active=False, version=sessions.c.version + 1))
    return done.rowcount  # type: ignore[attr-defined, no-any-return]


def count_sessions(db: Session) -> int:
    """Of all users, in the trash or not."""
    return db.scalar(select(func.count()).select_from(sessions)) or 0


def remove_due(db: Session, these: Sequence[Due], *, now: datetime) -> tuple[int, int]:
    """Put expired sessions into the trash, and remove for good what lies there; how many of each.

    As far as they are still as they were found.
    """
    trashed = purged = 0
    hold_going(db, [one.key.user_id for one in these])
    for one in these:
        if one.message_id == CLEARED and one.deleted_at is not None:
            clearing.forget(db, one.key, cleared_at=one.deleted_at)
            continue
        if one.message_id is not None:
            _remove_messages(db, one)
            continue
        this = (*owned(one.key), sessions.c.version == one.version)
        if one.deleted_at is not None:
            purged += _remove(db, *this)
        elif lock_all(db, *this):
            db.execute(
                update(sessions).where(*this).values(deleted_at=now, version=one.version + 1)
            )
            trashed += 1
    return trashed, purged


def _whole(db: Session, *which: ColumnElement[bool]) -> list[Due]:
    key = (sessions.c.user_id, sessions.c.session_id)
    state = (sessions.c.deleted_at, sessions.c.version)
    found = db.execute(select(*key, *state).where(*which)).all()  # SQLite would read by that order
    rows = sorted(found, key=lambda row: (row.user_id, row.session_id))
    return [Due(SessionKey(*row[:2]), row.deleted_at, version=row.version) for row in rows]


def _remove_messages(db: Session, one: Due) -> None:
    """With all below it: deleted later than it if the clock was set back."""
    mine = messages_of(one.key)
    this = (messages.c.id == one.message_id, messages.c.deleted_at == one.deleted_at)
    old = select(messages.c.id).where(*mine, *this).cte("old", recursive=True)
    child = messages.alias()
    below = select(child.c.id).where(
        child.c.user_id == one.key.user_id,
        child.c.session_id == one.key.session_id,
        child.c.parent_id == old.c.id,
    )
    gone = select(old.union(below).c.id)
    theirs = (named_texts.c.user_id == one.key.user_id, named_texts.c.message_id.in_(gone))
    named = provenance.names(db, *theirs, named_texts.c.session_id == one.key.session_id)
    db.execute(delete(messages).where(*mine, messages.c.id.in_(gone)))
    provenance.forget_unnamed(db, named)


def _remove(db: Session, *which: ColumnElement[bool]) -> int:
    """Each is locked, so that none goes to which a message is being added at this moment."""
    keys = [(key.user_id, key.session_id) for key in lock_all(db, *which)]
    parts = [keys[start : start + PURGE_MAX] for start in range(0, len(keys), PURGE_MAX)]
    named = {text for part in parts for text in provenance.names(db, _of(named_texts, part))}
    for table in (messages, profiles, sessions):
        for part in parts:
            db.execute(delete(table).where(_of(table, part)))
    provenance.forget_unnamed(db, sorted(named))
    return len(keys)


def _of(table: Table, keys: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    return tuple_(table.c.user_id, table.c.session_id).in_(keys)
