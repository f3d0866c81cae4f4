"""Chats in which nothing was written for long: which of them the rules let go, and letting them go.

What is listed beforehand and what goes is decided by the same query. Whatever the rules say, these
stay: pinned ones, those with a link that has not expired, those in which an answer is being written
or waits, also for somebody's decision, temporary ones and those of guests, which have ends of their
own, and those of people who could not restore them: who are disabled, or before whom there were no
logins. The caller owns the transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, select, tuple_, update
from sqlmodel import Session

from store import folders, retention_rules, sessions
from store.cleanup import QUIET
from store.retention_rules import RetentionRule
from store.session_locks import AT_ONCE, in_trash, lasting, lock_all, owned
from store.session_values import ChatSession
from store.tables import folders as folders_table
from store.tables import sessions as table
from store.tables import shares, users
from store.types import Found, utc_now
from store.users import LOCAL_USER
from store.values import SessionKey

_KEY = (table.c.user_id, table.c.session_id)
_FOLDER = and_(
    folders_table.c.user_id == table.c.user_id, folders_table.c.folder_id == table.c.folder
)
_LOGS_IN = (users.c.role != "guest", users.c.id != LOCAL_USER, users.c.disabled_at.is_(None))
_UNUSED = (
    select(table.c.last_activity_at, *_KEY, table.c.version, folders_table.c.name)
    .join(users, users.c.id == table.c.user_id)
    .outerjoin(folders_table, _FOLDER)
    .where(*_LOGS_IN, in_trash(False), lasting(), ~table.c.pinned, QUIET)
)
_LINKED = (shares.c.user_id == table.c.user_id, shares.c.session_id == table.c.session_id)


@dataclass(frozen=True, slots=True)
class UnusedChat:
    """One that a rule lets go, and the version in which it was seen."""

    key: SessionKey
    version: int
    rule_id: str


@dataclass(frozen=True, slots=True)
class UnusedDetails:
    """What such a chat is called, and whose it is; ``folder`` is empty where it is in none.

    ``version`` is None for one in the trash.
    """

    version: int | None
    title: str
    username: str
    person: str
    folder: str
    last_activity_at: datetime


def found(db: Session, rules: Sequence[RetentionRule], *, now: datetime) -> list[UnusedChat]:
    """Whatever these rules let go, of all people, what was unused longest first.

    Of two rules for a chat the first one is named. Reads all chats, but of their messages only
    those that are being written.
    """
    going = sorted(_going(db, rules, now), key=lambda one: tuple(one[0])[:3])
    return [UnusedChat(_key_of(row), row.version, rule.id) for row, rule in going]


def trash(
    db: Session, these: Sequence[UnusedChat], *, off: bool = False, now: datetime
) -> list[SessionKey]:
    """Put into the trash those of these that still go, and are as they were seen.

    By the rules that were said then, as far as they are there and on; with ``off`` also by others.
    At most `AT_ONCE` of them.
    """
    said = {one.rule_id for one in these}
    rules = [one for one in retention_rules.in_force(db, off=off) if one.id in said]
    if any(one.folder for one in rules):
        for user_id in sorted({one.key.user_id for one in these}):
            folders.hold(db, user_id=user_id)
    named = _named(one.key for one in these)
    lock_all(db, named)
    seen = {one.key: one.version for one in these}
    going = [row for row, _ in _going(db, rules, now, named)]
    gone = [key for row in going if seen[key := _key_of(row)] == row.version]
    if gone:
        moved = update(table).where(_named(gone))
        db.execute(moved.values(deleted_at=now, version=table.c.version + 1))
    return gone


def restore(db: Session, key: SessionKey, *, now: datetime | None = None) -> ChatSession:
    """Out of the trash; what a rule, on or off, would let go again counts as used at this moment.

    Raises `SessionNotFound`.
    """
    restored, moment = sessions.restore(db, key), now or utc_now()
    if not any(_going(db, retention_rules.in_force(db, off=True), moment, *owned(key))):
        return restored
    db.execute(update(table).where(*owned(key)).values(last_activity_at=moment))
    return sessions.get(db, key)


def goes_before(db: Session, *, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Chats that were last used before this may go by a rule that is on; None: by none.

    Those that lie in no folder, and those that lie in one, whatever it is called.
    """
    rules = retention_rules.in_force(db)
    all_of_them = [one.days for one in rules if not one.folder]
    found = [min(days, default=None) for days in (all_of_them, [one.days for one in rules])]
    outside, inside = (None if days is None else now - timedelta(days=days) for days in found)
    return outside, inside


def details(db: Session, these: Sequence[UnusedChat]) -> dict[SessionKey, UnusedDetails]:
    """What is known of these now; without those that are gone for good."""
    version = case((in_trash(False), table.c.version))
    shown = (*_KEY, version, table.c.title, users.c.username, users.c.display_name)
    query = select(*shown, folders_table.c.name, table.c.last_activity_at)
    query = query.join(users, users.c.id == table.c.user_id).outerjoin(folders_table, _FOLDER)
    known = {}
    for start in range(0, len(these), AT_ONCE):
        part = _named(one.key for one in these[start : start + AT_ONCE])
        for *place, now_it_is, title, username, name, folder, last in db.execute(query.where(part)):
            about = (now_it_is, title, username, name or username, folder or "", last)
            known[SessionKey(*place)] = UnusedDetails(*about)
    return known


def _going(
    db: Session, rules: Sequence[RetentionRule], now: datetime, *which: ColumnElement[bool]
) -> Iterator[tuple[Found, RetentionRule]]:
    """Of the chats for which this holds those that a rule lets go, with the first that does."""
    if not rules:
        return
    before = [(one, now - timedelta(days=one.days), one.folder.casefold()) for one in rules]
    query = _UNUSED.where(table.c.last_activity_at < max(moment for _, moment, _ in before), *which)
    query = query.where(~exists().where(*_LINKED, shares.c.expires_at > now))
    if all(one.folder for one in rules):
        query = query.where(table.c.folder.is_not(None))
    for row in db.execute(query):
        folder = (row.name or "").casefold()
        for rule, moment, name in before:
            if row.last_activity_at < moment and name in ("", folder):
                yield row, rule
                break


def _key_of(row: Found) -> SessionKey:
    return SessionKey(row.user_id, row.session_id)


def _named(keys: Iterable[SessionKey]) -> ColumnElement[bool]:
    return tuple_(*_KEY).in_([(key.user_id, key.session_id) for key in keys])
