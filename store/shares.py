"""Links to chats. The caller owns the transaction. Only hashes of tokens and passwords come in.

A link leads somewhere until it expires, is revoked, or its chat goes, into the trash too. A
snapshot names the last message that it shows: those above it never change, and are there as long
as it is, and it has the analysis results that it shows for itself. Where one of these is deleted
in the chat the link leads nowhere: it shows what it showed, or nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, insert, or_, select, update
from sqlmodel import Session

from store.errors import Refused, SessionNotFound, ShareNotFound
from store.pieces import CONTENT
from store.session_locks import lasting, lock
from store.sessions import get as get_session
from store.share_values import Included, Look, NewShare, OpenShare, Share, ShareMode
from store.tables import messages, profiles, sessions, share_results, shares, users
from store.texts import is_id
from store.tree import message_at
from store.types import Found, utc_now
from store.values import SessionKey, StoredProfile

SHARES_MAX = 100
"""So many each person may have, all chats together."""
_IS_SNAPSHOT = shares.c.mode == "snapshot"
_SAME = and_(sessions.c.user_id == shares.c.user_id, sessions.c.session_id == shares.c.session_id)
_LISTED = select(
    *(shares.c[name] for name in ("id", "session_id")),
    case((_IS_SNAPSHOT, shares.c.title), else_=sessions.c.title),
    *(shares.c[name] for name in ("mode", "expires_at")),
    shares.c.password_hash.is_not(None),
    *(shares.c[name] for name in ("view_limit", "views", "include", "created_at")),
).join(sessions, _SAME)
_LEAF = exists().where(
    messages.c.user_id == shares.c.user_id,
    messages.c.session_id == shares.c.session_id,
    messages.c.id == shares.c.leaf_id,
    messages.c.deleted_at.is_(None),
)
_SHOWN = and_(
    share_results.c.user_id == shares.c.user_id,
    share_results.c.session_id == shares.c.session_id,
    share_results.c.share_id == shares.c.id,
)
_IS_THERE = exists().where(
    *(profiles.c[name] == share_results.c[name] for name in ("user_id", "session_id")),
    *(profiles.c[name] == share_results.c[name] for name in ("source", "handle")),
    profiles.c.deleted_at.is_(None),
)
_OPEN = (
    select(
        *(shares.c[name] for name in ("user_id", "session_id", "id", "mode")),
        case((_IS_SNAPSHOT, shares.c.title), else_=sessions.c.title),
        shares.c.name,
        case((_IS_SNAPSHOT, shares.c.leaf_id), else_=sessions.c.active_leaf_id),
        *(shares.c[name] for name in ("include", "password_hash", "expires_at", "created_at")),
    )
    .join(sessions, _SAME)
    .join(users, users.c.id == shares.c.user_id)
    .where(
        sessions.c.deleted_at.is_(None),
        lasting(),
        users.c.disabled_at.is_(None),
        or_(~_IS_SNAPSHOT, shares.c.leaf_id.is_(None), _LEAF),
        ~exists().where(_SHOWN, ~_IS_THERE),
    )
)
_NOT_USED_UP = or_(shares.c.view_limit.is_(None), shares.c.views < shares.c.view_limit)


def create(
    db: Session, key: SessionKey, *, new: NewShare, token_hash: str, now: datetime | None = None
) -> Share:
    """Keep a new link; those of the same person that expired go.

    Raises `SessionNotFound`, and `Refused` when there are too many. Who calls it has locked the
    user.
    """
    lock(db, key)
    moment = now or utc_now()
    mine = shares.c.user_id == key.user_id
    db.execute(delete(shares).where(mine, shares.c.expires_at <= moment))
    if (db.scalar(select(func.count()).select_from(shares).where(mine)) or 0) >= SHARES_MAX:
        text = f"You have {SHARES_MAX} links to chats already."
        raise Refused(text, "Revoke some of them under Settings.")
    share_id = uuid4().hex
    said = {**asdict(new), "include": new.include.as_json()}
    shown = said.pop("results")
    row = {**asdict(key), **said, "id": share_id, "token_hash": token_hash, "created_at": moment}
    db.execute(insert(shares).values(**row))
    if shown:
        place = {**asdict(key), "share_id": share_id}
        db.execute(insert(share_results), [{**place, **one} for one in shown])
    return _shares(db, *_named(key), shares.c.id == share_id)[0]


def of_session(db: Session, key: SessionKey) -> list[Share]:
    """A chat's links, newest first, expired ones too; raises `SessionNotFound`."""
    get_session(db, key)
    return _shares(db, *_named(key))


def listed(db: Session, *, user_id: str) -> list[Share]:
    """All of somebody's links, newest first, expired ones too."""
    return _shares(db, shares.c.user_id == user_id)


def revoke(db: Session, key: SessionKey, *, share_id: str) -> None:
    """End a link for good, also to a chat in the trash.

    Raises `ShareNotFound`, and `SessionNotFound` where no such chat is out of the trash either.
    """
    if not is_id(share_id) or not _remove(db, *_named(key), shares.c.id == share_id):
        get_session(db, key)
        raise ShareNotFound


def revoke_those_of(db: Session, key: SessionKey) -> int:
    """End all links of a chat; how many there were. Raises `SessionNotFound`."""
    get_session(db, key)
    return _remove(db, *_named(key))


def revoke_all(db: Session, *, user_id: str) -> int:
    """End all links of somebody; how many there were."""
    return _remove(db, shares.c.user_id == user_id)


def by_token(
    db: Session, *, token_hash: str, now: datetime, used_up: bool = False
) -> OpenShare | None:
    """The link that a token opens now: it leads somewhere, and may be opened once more.

    With ``used_up`` also one that may not.
    """
    this = (shares.c.token_hash == token_hash, shares.c.expires_at > now)
    return _one(db, *this) if used_up else _one(db, *this, _NOT_USED_UP)


def still(db: Session, *, user_id: str, share_id: str, now: datetime) -> OpenShare | None:
    """A link that was opened before, if it still leads somewhere, however often it was opened."""
    this = (shares.c.user_id == user_id, shares.c.id == share_id)
    return _one(db, *this, shares.c.expires_at > now)


def look(db: Session, share: OpenShare) -> Look:
    """How what it shows looks now; costs the same however long the chat is."""
    row: Sequence[Any] | None = None
    if share.leaf_id is not None:
        length = func.length(CONTENT.element)
        last = select(messages.c.status, length, messages.c.result_count)
        row = db.execute(last.where(*message_at(share.key, share.leaf_id))).first()
    looked = Look(share.title, share.leaf_id, *(row or ()))
    if share.mode == "live" and share.include.profiles:
        newest = select(func.count(), func.max(profiles.c.created_at))
        theirs = (profiles.c[name] == value for name, value in asdict(share.key).items())
        count, moment = db.execute(newest.where(*theirs, profiles.c.deleted_at.is_(None))).one()
        return replace(looked, results=(count, moment))
    return looked


def results(db: Session, share: OpenShare, *, limit: int) -> list[StoredProfile]:
    """The analysis results that a snapshot has for itself, the newest first."""
    names = ("source", "handle", "result", "created_at")
    newest = (share_results.c.created_at.desc(), share_results.c.source, share_results.c.handle)
    this = {**asdict(share.key), "share_id": share.share_id}
    found = select(*(share_results.c[name] for name in names)).where(
        *(share_results.c[name] == value for name, value in this.items())
    )
    return [StoredProfile(*row) for row in db.execute(found.order_by(*newest).limit(limit))]


def count_view(db: Session, *, user_id: str, share_id: str, now: datetime) -> bool:
    """Count that it was opened; False where it may not be opened any more, however many try."""
    this = (shares.c.user_id == user_id, shares.c.id == share_id)
    counted = (
        update(shares)
        .where(*this, shares.c.expires_at > now, _NOT_USED_UP)
        .values(views=shares.c.views + 1)
    )
    return bool(db.execute(counted).rowcount)  # type: ignore[attr-defined]


def _named(key: SessionKey) -> tuple[ColumnElement[bool], ...]:
    if not is_id(key.session_id):
        raise SessionNotFound
    return shares.c.user_id == key.user_id, shares.c.session_id == key.session_id


def _remove(db: Session, *which: ColumnElement[bool]) -> int:
    return cast(int, db.execute(delete(shares).where(*which)).rowcount)  # type: ignore[attr-defined]


def _shares(db: Session, *which: ColumnElement[bool]) -> list[Share]:
    newest = (shares.c.created_at.desc(), shares.c.id)
    return [_share(row) for row in db.execute(_LISTED.where(*which).order_by(*newest))]


def _share(row: Found) -> Share:
    said = dict(zip(Share.__dataclass_fields__, row, strict=True))
    return Share(**said | {"include": Included.of(row.include)})


def _one(db: Session, *which: ColumnElement[bool]) -> OpenShare | None:
    row: Sequence[Any] | None = db.execute(_OPEN.where(*which)).first()
    if row is None:
        return None
    user_id, session_id, share_id, mode, title, name, leaf_id, include, *rest = row
    about = (share_id, cast(ShareMode, mode), title, name, leaf_id, Included.of(include))
    return OpenShare(SessionKey(user_id, session_id), *about, *rest)
