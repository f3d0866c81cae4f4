"""Analysis results of a session, one per source and handle. The caller owns the transaction."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, select, tuple_
from sqlmodel import Session

from store.errors import Refused
from store.session_locks import locked_version, owned
from store.sessions import get as get_session
from store.tables import profiles, sessions
from store.texts import is_id, storable
from store.types import BoundKey, utc_now
from store.values import ProfilePlace, SessionKey, StoredProfile

PROFILES_MAX = 100
_ROW = [profiles.c.source, profiles.c.handle, cast(profiles.c.result, Text), profiles.c.created_at]
_HERE = profiles.c.deleted_at.is_(None)
_COUNT = (
    select(func.count())
    .select_from(profiles.join(sessions))
    .where(*owned(BoundKey(), False), _HERE)
)
_ESCAPES = re.compile(r"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)")
"""Escapes of JSON; in a group, halves of surrogate pairs that stand alone."""


def listed(
    db: Session,
    key: SessionKey,
    *,
    limit: int | None = None,
    offset: int = 0,
    after: ProfilePlace | None = None,
) -> list[StoredProfile]:
    """Those of a session, newest first; raises `SessionNotFound`.

    ``after`` is where the last page ended: what is analysed anew meanwhile is not listed twice.
    """
    get_session(db, key)
    these = [*_owned(key), _HERE]
    if after is not None:
        source, moment, handle = after
        names = tuple_(profiles.c.source, profiles.c.handle) > (source, handle)
        at_once = profiles.c.created_at == moment
        these.append((profiles.c.created_at < moment) | at_once & names)
    return _newest_first(db, *these, limit=limit, offset=offset)


def count(db: Session, key: SessionKey) -> int:
    """How many there are; 0 for a session that is not there."""
    if not is_id(key.session_id):
        return 0
    return db.scalar(_COUNT, asdict(key)) or 0


def get(db: Session, key: SessionKey, *, source: str, handle: str) -> StoredProfile | None:
    """One of them, None when it is not there; raises `SessionNotFound`."""
    return newest(db, key, handles=[handle], source=source)


def newest(
    db: Session, key: SessionKey, *, handles: Sequence[str], source: str = ""
) -> StoredProfile | None:
    """The newest for any of these handles, of one source or of all.

    None when there is none; raises `SessionNotFound`.
    """
    get_session(db, key)
    these = [*_owned(key), _HERE, profiles.c.handle.in_([storable(h) for h in handles])]
    if source:
        these.append(profiles.c.source == storable(source))
    found = _newest_first(db, *these, limit=1)
    return found[0] if found else None


def save(
    db: Session,
    key: SessionKey,
    *,
    source: str,
    handle: str,
    result: Mapping[str, object],
    now: datetime | None = None,
) -> None:
    """Keep a result, instead of the one that was there before.

    Raises `SessionNotFound`, and `Refused` for names that do not fit or when there are 100.
    """
    locked_version(db, key)
    for name, value in (("source", source), ("handle", handle)):
        limit = profiles.c[name].type.length  # type: ignore[attr-defined]
        if not value or len(storable(value)) > limit:
            raise Refused(f"The {name} is empty or too long.", f"Use 1 to {limit} characters.")
    _remove(db, key, source, handle)
    theirs = select(func.count()).select_from(profiles).where(*_owned(key), _HERE)
    if (db.scalar(theirs) or 0) >= PROFILES_MAX:
        text = f"This chat has {PROFILES_MAX} analysis results already."
        raise Refused(text, "Remove some of them, or start another chat.")
    db.execute(
        insert(profiles).values(
            **asdict(key),
            source=source,
            handle=handle,
            result=dict(result),
            created_at=now or utc_now(),
        )
    )


def remove(db: Session, key: SessionKey, *, source: str, handle: str) -> bool:
    """Whether there was one to remove; raises `SessionNotFound`."""
    locked_version(db, key)
    return _remove(db, key, storable(source), storable(handle), _HERE)


def of_session(db: Session, key: SessionKey) -> list[StoredProfile]:
    """All of a session's, also of one in the trash; for this package only."""
    return _newest_first(db, *_owned(key), _HERE)


def _remove(
    db: Session, key: SessionKey, source: str, handle: str, *which: ColumnElement[bool]
) -> bool:
    this = (profiles.c.source == source, profiles.c.handle == handle, *which)
    gone = db.execute(delete(profiles).where(*_owned(key), *this))
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def _newest_first(
    db: Session, *conditions: ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> list[StoredProfile]:
    rows = db.execute(
        select(*_ROW)
        .where(*conditions)
        .order_by(profiles.c.created_at.desc(), profiles.c.source, profiles.c.handle)
        .limit(limit)
        .offset(offset or None)
    )
    return [StoredProfile(source, handle, _read(text), at) for source, handle, text, at in rows]


def _read(text: str) -> object:
    """What was stored; None for what is no JSON, and without what no JSON in UTF-8 can say.

    Not by the column's own type: one damaged result would keep all others from being read.
    """
    if "\\ud" in text.lower():
        text = _ESCAPES.sub(lambda found: "\\ufffd" if found[1] else found[0], text)
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def _owned(key: SessionKey) -> tuple[ColumnElement[bool], ...]:
    return profiles.c.user_id == key.user_id, profiles.c.session_id == key.session_id
