"""Sessions: every read and write of them. The caller owns the transaction.

`SessionKey` is in each query; not yours and not there raise the same `SessionNotFound`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Unpack, cast

from sqlalchemy import ColumnElement, func, insert, literal, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store import folders, search_index, tags
from store.errors import Refused, SessionNotFound
from store.session_filters import MARKS, UNREAD, Chosen, columns_of, filters
from store.session_locks import in_trash, lasting, lock, owned
from store.session_values import (
    RULES,
    ChatSession,
    ListedSession,
    NewSession,
    SessionChanges,
    SessionSummary,
    check_tags,
)
from store.tables import sessions
from store.texts import check_title, is_id, searchable
from store.types import BoundKey, utc_now
from store.values import Allowance, SessionKey, Totals

_ORDER = [sessions.c[name] for name in ("pinned", "last_activity_at", "session_id")]
_STATE = [sessions.c[name] for name in ("session_id", "version", "answered_at", "seen_at")]
SUMMARY = columns_of(SessionSummary)
WHOLE = columns_of(ChatSession)
_MADE = [sessions.c[name] for name in ChatSession.__dataclass_fields__ if name != "tags"]
# Made once: putting the queries of every page together takes longer than running them.
_NEWEST = [column.desc() for column in _ORDER]
LISTED = select(*SUMMARY, sessions.c.version, *MARKS).order_by(*_NEWEST)
SessionPlace = tuple[bool, datetime, str]
"""Where a page of sessions ended: what their list is ordered by, of its last one."""
_ONE = {which: select(*WHOLE).where(*owned(BoundKey(), which)) for which in (None, False, True)}


def create(
    db: Session,
    key: SessionKey,
    new: NewSession = NewSession(),  # noqa: B008 - frozen
    *,
    may: Allowance,
    now: datetime | None = None,
) -> tuple[ChatSession, bool]:
    """Make a session, or return the stored one of that id unchanged; True when it was made.

    Raises `Refused` for a malformed id or field, and for an id that is in the trash.
    """
    if not is_id(key.session_id):
        raise Refused("The session id is malformed.", "Use 1 to 64 of A-Z a-z 0-9 _ and -.")
    if stored := _stored(db, key):
        return stored, False
    may.add_session()
    moment = now or utc_now()
    said = asdict(new)
    title = said.pop("title") and check_title(new.title)
    words = check_tags(said.pop("tags"))
    folders.check(db, user_id=key.user_id, folder_id=new.folder)
    row = insert(sessions).values(
        **asdict(key),
        **_checked(said),
        title=title,
        title_source="user" if title else "auto",
        search_text=title.casefold(),
        created_at=moment,
        last_activity_at=moment,
    )
    try:
        with db.begin_nested():
            made = db.execute(row.returning(*_MADE)).one()
            search_index.titled(db, key, title, now=moment, is_new=True)
    except IntegrityError:
        if stored := _stored(db, key):  # made elsewhere at this very moment
            return stored, False
        raise
    if words:
        tags.put(db, key, words)
    return ChatSession(**made._mapping, tags=tuple(words)), True


def get(db: Session, key: SessionKey, *, trashed: bool = False) -> ChatSession:
    """One session; with ``trashed`` one in the trash. Raises `SessionNotFound`."""
    if not is_id(key.session_id):
        raise SessionNotFound
    row = db.execute(_ONE[trashed], asdict(key)).first()
    if row is None:
        raise SessionNotFound
    return ChatSession(*row)


def recent(
    db: Session,
    *,
    user_id: str,
    limit: int = 30,
    offset: int = 0,
    query: str = "",
    archived: bool | None = False,
    trashed: bool = False,
    after: SessionPlace | None = None,
    **chosen: Unpack[Chosen],
) -> list[ListedSession]:
    """Pinned first, then by latest activity; ``query`` is looked for in titles and previews.

    Only the first 200 characters of ``query`` count. ``archived`` None means both. Costs its
    first screen, however many sessions there are; with ``after`` a page costs the same wherever
    it is, and what moves meanwhile is not listed twice.
    """
    these = filters(user_id, query, archived, trashed, **chosen)
    if after is not None:
        last = zip(after, (column.type for column in _ORDER), strict=True)
        these.append(tuple_(*_ORDER) < tuple_(*(literal(*pair) for pair in last)))
    rows = db.execute(LISTED.where(*these).limit(limit).offset(offset or None))
    return [ListedSession(*row) for row in rows]


def newest_states(db: Session, *, user_id: str, limit: int = 30) -> Sequence[object]:
    """What of the first sessions of `recent` is another as soon as anything of one changes."""
    query = select(*_STATE).where(*filters(user_id, "", False, False))
    return db.execute(query.order_by(*_NEWEST).limit(limit)).all()


def count(
    db: Session,
    *,
    user_id: str,
    query: str = "",
    archived: bool | None = False,
    trashed: bool = False,
    **chosen: Unpack[Chosen],
) -> int:
    """How many sessions `recent` would list without a limit."""
    these = filters(user_id, query, archived, trashed, **chosen)
    return db.scalar(select(func.count()).select_from(sessions).where(*these)) or 0


def change(db: Session, key: SessionKey, **changes: Unpack[SessionChanges]) -> ChatSession:
    """Set what is given; a title given here is the user's, tags are replaced whole.

    ``archived`` takes it out of the list, where search and the manage page still find it.
    Raises `Refused` or `SessionNotFound`.
    """
    values = _checked(changes)
    folders.check(db, user_id=key.user_id, folder_id=changes.get("folder"))
    if "tags" in values:
        lock(db, key)
        tags.put(db, key, cast(list[str], values.pop("tags")))
    if "archived" in values:
        values["archived_at"] = utc_now() if values.pop("archived") else None
    if "title" in values:
        values |= _titled(db, key, str(values["title"]), "user", lock(db, key).preview)
    _set(db, key, values)
    return get(db, key)


def note_seen(db: Session, key: SessionKey, *, now: datetime | None = None) -> bool:
    """Somebody has the last answer before their eyes; whether it was one not seen before.

    Raises `SessionNotFound`.
    """
    get(db, key)
    seen = update(sessions).where(*owned(key, False), UNREAD).values(seen_at=now or utc_now())
    return db.execute(seen.returning(sessions.c.session_id)).first() is not None


def suggest_title(db: Session, key: SessionKey, *, title: str) -> None:
    """Give a title of the model's, unless the user gave one."""
    row = lock(db, key)
    if row.title_source != "user":
        _set(db, key, _titled(db, key, check_title(title), "model", row.preview))


def trash(db: Session, key: SessionKey, *, now: datetime | None = None) -> ChatSession:
    """Into the trash, from where `restore` brings it back until it is purged."""
    _set(db, key, {"deleted_at": now or utc_now()})
    return get(db, key, trashed=True)


def restore(db: Session, key: SessionKey) -> ChatSession:
    """Out of the trash; raises `SessionNotFound` when it is not there."""
    _set(db, key, {"deleted_at": None}, trashed=True)
    return get(db, key)


def trash_all(db: Session, *, user_id: str, now: datetime | None = None) -> list[str]:
    """All lasting ones of the user into the trash, archived ones too; their ids."""
    theirs = (sessions.c.user_id == user_id, in_trash(False), lasting())
    # Of one look: what comes between two of them would not be locked in its turn.
    these = select(sessions.c.session_id).where(*theirs).order_by(sessions.c.session_id)
    done = db.scalars(
        update(sessions)
        .where(*theirs, sessions.c.session_id.in_(these.with_for_update()))
        .values(deleted_at=now or utc_now(), version=sessions.c.version + 1)
        .returning(sessions.c.session_id)
    )
    return list(done.all())


def totals(db: Session, *, user_id: str) -> Totals:
    """Counts and sums over all sessions, from their own columns."""
    kept = in_trash(False) & lasting()

    def total(name: str) -> ColumnElement[int]:
        return func.coalesce(func.sum(sessions.c[name]).filter(kept), 0)

    row = db.execute(
        select(
            func.count().filter(kept),
            func.count().filter(kept, sessions.c.archived_at.is_not(None)),
            func.count().filter(in_trash(True)),
            *map(total, ("message_count", "prompt_tokens", "completion_tokens", "cost")),
        ).where(sessions.c.user_id == user_id)
    ).one()
    return Totals(*row)


def _stored(db: Session, key: SessionKey) -> ChatSession | None:
    row = db.execute(_ONE[None], asdict(key)).first()
    if row and row.deleted_at:
        raise Refused("A chat with this id is in the trash.", "Restore it or use another id.")
    return ChatSession(*row) if row else None


def _titled(
    db: Session, key: SessionKey, title: str, source: str, preview: str
) -> dict[str, object]:
    search_index.titled(db, key, title)
    return {"title": title, "title_source": source, "search_text": searchable(title, preview)}


def _checked(fields: Mapping[str, object]) -> dict[str, object]:
    checked = {}
    for name, value in fields.items():
        if name not in SessionChanges.__annotations__:
            raise Refused(f"A chat has no {name}.", "Leave it out.")
        checked[name] = RULES[name](value) if name in RULES and value is not None else value
    return checked


def _set(
    db: Session, key: SessionKey, values: Mapping[str, object], *, trashed: bool = False
) -> None:
    changed = update(sessions).where(*owned(key, trashed))
    changed = changed.values(version=sessions.c.version + 1, **values)
    if db.execute(changed.returning(sessions.c.version)).first() is None:
        raise SessionNotFound
