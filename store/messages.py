"""Messages: the tree, the window on screen, versions. The caller owns the transaction.

The branch on screen is the path from the root to the session's ``active_leaf_id``. It is read
from the leaf upward with one recursive query, so what a window costs does not depend on how
long the session is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, String, bindparam, exists, func, insert, or_, select, update
from sqlmodel import Session

from store.errors import MessageNotFound, Refused, SessionNotFound
from store.models import messages, sessions
from store.sessions import get as get_session
from store.sessions import lock, owned, searchable
from store.tree import downward, of, one, upward
from store.types import utc_now
from store.values import PREVIEW_CUT, Message, cut, is_id

FIELDS = [
    messages.c["metadata" if name == "metadata" else name]
    for name in Message.__dataclass_fields__
    if name != "versions"
]

_MARKS: dict[str, tuple[str | bool | None, ...]] = {
    "feedback": ("good", "bad", None),
    "bookmarked": (True, False),
}

# Made once: putting the two queries of every page together takes longer than running them.
_USER, _SESSION = bindparam("user_id", type_=String), bindparam("session_id", type_=String)
_PATH = upward(
    _USER, _SESSION, bindparam("leaf_id", type_=Integer), bindparam("limit", type_=Integer)
)
_WINDOW = (
    select(*FIELDS)
    .join(_PATH, messages.c.id == _PATH.c.id)
    .where(*of(_USER, _SESSION))
    .order_by(messages.c.depth)
)
_PARENTS = messages.c.parent_id.in_(bindparam("parents", expanding=True, type_=Integer))
_KEPT = select(messages.c.id, messages.c.parent_id, messages.c.role).where(
    *of(_USER, _SESSION), messages.c.deleted_at.is_(None)
)
_CHILDREN = _KEPT.where(_PARENTS)
_CHILDREN_AND_ROOTS = _KEPT.where(or_(_PARENTS, messages.c.parent_id.is_(None)))


def window(
    db: Session, *, user_id: str, session_id: str, leaf_id: int | None, limit: int = 30
) -> list[Message]:
    """The last ``limit`` messages of the branch that ends in the leaf, oldest first."""
    if leaf_id is None or not _is_number(leaf_id) or limit < 1:
        return []
    if not is_id(session_id):
        raise SessionNotFound
    place = {"user_id": user_id, "session_id": session_id}
    rows = db.execute(_WINDOW, {**place, "leaf_id": leaf_id, "limit": limit}).all()
    siblings = _siblings(db, user_id, session_id, rows)
    return [Message(**row._mapping, versions=siblings[row.parent_id, row.role]) for row in rows]


def get(db: Session, *, user_id: str, session_id: str, message_id: int) -> Message:
    """One message of a session that is not in the trash; raises `MessageNotFound`."""
    row = _row(db, user_id, session_id, message_id)
    siblings = _siblings(db, user_id, session_id, [row])
    return Message(**row._mapping, versions=siblings[row.parent_id, row.role])


def open_answer(db: Session, *, user_id: str, session_id: str) -> Message | None:
    """The answer of a session that is being written, else the first one that waits.

    Raises `SessionNotFound`.
    """
    get_session(db, user_id=user_id, session_id=session_id)
    answers = (*of(user_id, session_id), messages.c.role == "assistant")
    query = select(messages.c.id).where(*answers, messages.c.deleted_at.is_(None))
    for status in ("streaming", "queued"):
        here = query.where(messages.c.status == status).order_by(messages.c.id).limit(1)
        if found := db.scalar(here):
            return get(db, user_id=user_id, session_id=session_id, message_id=found)
    return None


def append(
    db: Session,
    *,
    user_id: str,
    session_id: str,
    parent_id: int | None,
    role: str,
    now: datetime | None = None,
    **fields: Any,
) -> int:
    """Add a message below the parent and make it the active leaf; its id.

    Takes the session's lock. Raises `MessageNotFound` for a parent that is not there.
    """
    session = lock(db, user_id=user_id, session_id=session_id)
    depth = 1
    if parent_id is not None:
        depth += _row(db, user_id, session_id, parent_id).depth
    moment = now or utc_now()
    db.execute(
        insert(messages).values(
            user_id=user_id,
            session_id=session_id,
            id=session.next_number,
            parent_id=parent_id,
            depth=depth,
            role=role,
            created_at=moment,
            **fields,
        )
    )
    db.execute(
        update(sessions)
        .where(*owned(user_id, session_id))
        .values(next_number=session.next_number + 1, last_activity_at=moment)
    )
    set_leaf(db, user_id=user_id, session_id=session_id, leaf_id=session.next_number)
    return int(session.next_number)


def set_leaf(db: Session, *, user_id: str, session_id: str, leaf_id: int | None) -> None:
    """Make the leaf's branch the one on screen; count and preview follow it.

    Also in the trash. Raises `NotFound` for a session or leaf that is not there.
    """
    title = db.scalar(select(sessions.c.title).where(*owned(user_id, session_id)))
    if title is None:
        raise SessionNotFound
    count, preview = 0, ""
    if leaf_id is not None:
        count, preview = _ending(db, user_id, session_id, leaf_id)
    db.execute(
        update(sessions)
        .where(*owned(user_id, session_id))
        .values(
            active_leaf_id=leaf_id,
            message_count=count,
            preview=preview,
            search_text=searchable(title, preview),
            version=sessions.c.version + 1,
        )
    )


def select_version(db: Session, *, user_id: str, session_id: str, message_id: int) -> int:
    """Show the branch of this version, down to the newest message below it; that leaf's id."""
    lock(db, user_id=user_id, session_id=session_id)
    _row(db, user_id, session_id, message_id)
    below = downward(user_id, session_id, message_id)
    leaf_id = int(db.scalars(select(func.max(below.c.id))).one())
    set_leaf(db, user_id=user_id, session_id=session_id, leaf_id=leaf_id)
    return leaf_id


def delete(
    db: Session, *, user_id: str, session_id: str, message_id: int, now: datetime | None = None
) -> list[int]:
    """Put the message and all that hangs on it into the trash; the ids.

    On screen then is the version beside it, else its parent. Raises `Refused` while an answer
    below it is being written.
    """
    session = lock(db, user_id=user_id, session_id=session_id)
    row = _row(db, user_id, session_id, message_id)
    below = downward(user_id, session_id, message_id)
    these = (*of(user_id, session_id), messages.c.id.in_(select(below.c.id)))
    if db.scalar(select(exists().where(*these, messages.c.status == "streaming"))):
        raise Refused("An answer there is still being written.", "Stop it first.")
    gone = db.scalars(
        update(messages).where(*these).values(deleted_at=now or utc_now()).returning(messages.c.id)
    ).all()
    if row.role == "assistant" and row.status == "queued":  # its question waits no longer
        question = one(user_id, session_id, row.parent_id)
        db.execute(update(messages).where(*question).values(status="complete"))
    if session.active_leaf_id in gone:
        siblings = _siblings(db, user_id, session_id, [row])[row.parent_id, row.role]
        if siblings:
            select_version(db, user_id=user_id, session_id=session_id, message_id=siblings[-1])
        else:
            set_leaf(db, user_id=user_id, session_id=session_id, leaf_id=row.parent_id)
    return sorted(gone)


def restore(db: Session, *, user_id: str, session_id: str, message_id: int) -> None:
    """Bring a deleted message back with what was deleted together with it, and show it."""
    lock(db, user_id=user_id, session_id=session_id)
    top = None
    if _is_number(message_id):
        this = (*one(user_id, session_id, message_id), messages.c.deleted_at.is_not(None))
        top = db.execute(select(messages.c.deleted_at, messages.c.parent_id).where(*this)).first()
    if top is None:
        raise MessageNotFound
    if top.parent_id is not None:
        _row(db, user_id, session_id, top.parent_id)
    below = downward(user_id, session_id, message_id, deleted=True)
    db.execute(
        update(messages)
        .where(
            *of(user_id, session_id),
            messages.c.id.in_(select(below.c.id)),
            messages.c.deleted_at == top.deleted_at,
        )
        .values(deleted_at=None)
    )
    select_version(db, user_id=user_id, session_id=session_id, message_id=message_id)


def mark(
    db: Session, *, user_id: str, session_id: str, message_id: int, **fields: str | bool | None
) -> None:
    """Set ``feedback`` (``good``, ``bad``, None) or ``bookmarked``; raises `Refused` for others."""
    _row(db, user_id, session_id, message_id)
    for name, value in fields.items():
        if value not in _MARKS.get(name, ()):
            raise Refused(f"A message cannot have {name} {value!r}.", "Leave it out.")
    db.execute(update(messages).where(*one(user_id, session_id, message_id)).values(**fields))


def _row(db: Session, user_id: str, session_id: str, message_id: int) -> Row[Any]:
    if not _is_number(message_id):
        raise MessageNotFound
    row = db.execute(
        select(*FIELDS)
        .join(sessions, (sessions.c.user_id == user_id) & (sessions.c.session_id == session_id))
        .where(
            *one(user_id, session_id, message_id),
            messages.c.deleted_at.is_(None),
            sessions.c.deleted_at.is_(None),
        )
    ).first()
    if row is None:
        get_session(db, user_id=user_id, session_id=session_id)
        raise MessageNotFound
    return row


def _is_number(message_id: int) -> bool:
    return 0 < message_id < 2**31


def _siblings(
    db: Session, user_id: str, session_id: str, rows: Any
) -> dict[tuple[int | None, str], tuple[int, ...]]:
    parents = {row.parent_id for row in rows}
    found: dict[tuple[int | None, str], tuple[int, ...]] = {
        (row.parent_id, row.role): () for row in rows
    }
    query = _CHILDREN_AND_ROOTS if None in parents else _CHILDREN
    given = {"user_id": user_id, "session_id": session_id, "parents": list(parents - {None})}
    # Sorted here: asked to sort, SQLite reads the whole session by its primary key instead.
    for id_, parent_id, role in sorted(db.execute(query, given), key=lambda row: row[0]):
        found[parent_id, role] = (*found.get((parent_id, role), ()), id_)
    return found


def _ending(db: Session, user_id: str, session_id: str, leaf_id: int) -> tuple[int, str]:
    """How many messages the branch has, and the start of the last text on it."""
    text = func.substr(messages.c.content, 1, PREVIEW_CUT * 20)
    query = select(messages.c.depth, messages.c.parent_id, text).where(*of(user_id, session_id))
    leaf = None
    if _is_number(leaf_id):
        leaf = db.execute(query.where(messages.c.id == leaf_id)).first()
    if leaf is None:
        raise MessageNotFound
    depth, parent_id, content = leaf
    if not content.strip() and parent_id is not None:
        content = db.execute(query.where(messages.c.id == parent_id)).one()[2]
    return depth, cut(content, PREVIEW_CUT)
