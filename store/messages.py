"""Messages: the tree, the window on screen, versions. The caller owns the transaction.

The branch on screen is the path from the root to the session's ``active_leaf_id``. It is read
from the leaf upward with one recursive query, so what a window costs does not depend on how
long the session is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlmodel import Session

from store import files, results
from store.asking import asks_of
from store.errors import MessageNotFound, Refused, SessionNotFound
from store.metadata import MessageMetadata
from store.pieces import CONTENT
from store.session_locks import lock, owned
from store.sessions import get as get_session
from store.tables import messages, sessions
from store.texts import PREVIEW_CUT, cut, is_id, searchable
from store.tree import downward, message_at, messages_of, upward
from store.types import BoundKey, Found, utc_now
from store.values import Message, SessionKey

_BESIDE = ("versions", "files", "results")
_NAMES = [name for name in Message.__dataclass_fields__ if name not in _BESIDE]
FIELDS = [CONTENT if name == "content" else messages.c[name] for name in _NAMES]
BRIEF = [
    *(messages.c[name] for name in ("id", "parent_id", "depth", "role", "status")),
    func.substr(CONTENT, 1, 20 * PREVIEW_CUT).label("content"),
]
"""What is to be known of a message to add others below it; of its text only the beginning."""
Siblings = dict[tuple[int | None, str], tuple[int, ...]]


# Made once: putting the two queries of every page together takes longer than running them.
_KEY = BoundKey()
_PATH = upward(_KEY, bindparam("leaf_id", type_=Integer), bindparam("limit", type_=Integer))
_WINDOW = (
    select(*FIELDS)
    .join(_PATH, messages.c.id == _PATH.c.id)
    .where(*messages_of(_KEY))
    .order_by(messages.c.depth)
)
_PARENTS = messages.c.parent_id.in_(bindparam("parents", expanding=True, type_=Integer))
_KEPT = select(messages.c.id, messages.c.parent_id, messages.c.role).where(
    *messages_of(_KEY), messages.c.deleted_at.is_(None)
)
_CHILDREN = _KEPT.where(_PARENTS)
_CHILDREN_AND_ROOTS = _KEPT.where(or_(_PARENTS, messages.c.parent_id.is_(None)))


def _kept(columns: Sequence[ColumnElement[Any]]) -> Executable:
    this = message_at(_KEY, bindparam("id", type_=Integer))
    session = and_(*owned(_KEY, False))
    found = select(*columns).join(sessions, session)
    return found.where(*this, messages.c.deleted_at.is_(None))


_LEAF = select(*BRIEF).where(*message_at(_KEY, bindparam("id", type_=Integer)))
_WHOLE, _BEGINNING = _kept(FIELDS), _kept(BRIEF)


def window(db: Session, key: SessionKey, *, leaf_id: int | None, limit: int = 30) -> list[Message]:
    """The last ``limit`` messages of the branch that ends in the leaf, oldest first."""
    if leaf_id is None or not _is_number(leaf_id) or limit < 1:
        return []
    if not is_id(key.session_id):
        raise SessionNotFound
    rows = db.execute(_WINDOW, {**asdict(key), "leaf_id": leaf_id, "limit": limit}).all()
    siblings = siblings_of(db, key, ((row.parent_id, row.role) for row in rows))
    found = [message_of(row, siblings[row.parent_id, row.role]) for row in rows]
    return with_parts(db, key, found)


def get(db: Session, key: SessionKey, *, message_id: int) -> Message:
    """One message of a session that is not in the trash; raises `MessageNotFound`."""
    row = kept_row(db, key, message_id)
    place = (row.parent_id, row.role)
    found = message_of(row, siblings_of(db, key, [place])[place])
    return with_parts(db, key, [found])[0]


def open_answer(db: Session, key: SessionKey) -> Message | None:
    """The answer of a session that is being written, else the first one that waits.

    Raises `SessionNotFound`.
    """
    get_session(db, key)
    answers = (*messages_of(key), messages.c.role == "assistant")
    query = select(messages.c.id).where(*answers, messages.c.deleted_at.is_(None))
    for status in ("streaming", "queued"):
        here = query.where(messages.c.status == status).order_by(messages.c.id).limit(1)
        if found := db.scalar(here):
            return get(db, key, message_id=found)
    return None


def set_leaf(db: Session, key: SessionKey, *, leaf_id: int | None) -> None:
    """Make the leaf's branch the one on screen; count and preview follow it.

    Also in the trash. Raises `NotFound` for a session or leaf that is not there.
    """
    title = db.scalar(select(sessions.c.title).where(*owned(key)))
    if title is None:
        raise SessionNotFound
    count, preview = 0, ""
    if leaf_id is not None:
        count, preview = ending(db, key, leaf_id)
    db.execute(
        update(sessions).where(*owned(key)).values(on_screen(title, leaf_id, count, preview))
    )


def on_screen(title: str, leaf_id: int | None, count: int, preview: str) -> dict[str, object]:
    """The columns of a session that follow its branch on screen; for this package only."""
    return {
        "active_leaf_id": leaf_id,
        "message_count": count,
        "preview": preview,
        "search_text": searchable(title, preview),
        "version": sessions.c.version + 1,
    }


def ending(db: Session, key: SessionKey, leaf_id: int) -> tuple[int, str]:
    """How many messages the branch has, and the start of the last text on it.

    Raises `MessageNotFound`.
    """
    if not is_id(key.session_id):
        raise SessionNotFound
    leaf = (
        db.execute(_LEAF, {**asdict(key), "id": leaf_id}).first() if _is_number(leaf_id) else None
    )
    if leaf is None:
        raise MessageNotFound
    text = leaf.content
    if not text.strip() and leaf.parent_id is not None:
        text = db.execute(_LEAF, {**asdict(key), "id": leaf.parent_id}).one().content
    return leaf.depth, cut(text, PREVIEW_CUT)


def select_version(db: Session, key: SessionKey, *, message_id: int) -> int:
    """Show the branch of this version, down to the newest message below it; that leaf's id."""
    lock(db, key)
    kept_row(db, key, message_id)
    below = downward(key, message_id)
    leaf_id = int(db.scalars(select(func.max(below.c.id))).one())
    set_leaf(db, key, leaf_id=leaf_id)
    return leaf_id


def delete(
    db: Session, key: SessionKey, *, message_id: int, now: datetime | None = None
) -> list[int]:
    """Put the message and all that hangs on it into the trash; the ids.

    On screen then is the version beside it, else its parent. Raises `Refused` while an answer
    below it is being written.
    """
    session = lock(db, key)
    row = kept_row(db, key, message_id)
    these = (*messages_of(key), messages.c.id.in_(select(downward(key, message_id).c.id)))
    if db.scalar(select(exists().where(*these, messages.c.status == "streaming"))):
        raise Refused("An answer there is still being written.", "Stop it first.")
    gone = db.scalars(
        update(messages).where(*these).values(deleted_at=now or utc_now()).returning(messages.c.id)
    ).all()
    if row.role == "assistant" and row.status == "queued":  # its question waits no longer
        question = message_at(key, row.parent_id)
        db.execute(update(messages).where(*question).values(status="complete"))
    if session.active_leaf_id in gone:
        place = (row.parent_id, row.role)
        if siblings := siblings_of(db, key, [place])[place]:
            select_version(db, key, message_id=siblings[-1])
        else:
            set_leaf(db, key, leaf_id=row.parent_id)
    return sorted(gone)


def restore(db: Session, key: SessionKey, *, message_id: int) -> None:
    """Bring a deleted message back with what was deleted together with it, and show it."""
    lock(db, key)
    top = None
    if _is_number(message_id):
        this = (*message_at(key, message_id), messages.c.deleted_at.is_not(None))
        top = db.execute(select(messages.c.deleted_at, messages.c.parent_id).where(*this)).first()
    if top is None:
        raise MessageNotFound
    if top.parent_id is not None:
        kept_row(db, key, top.parent_id)
    below = downward(key, message_id, deleted=True)
    db.execute(
        update(messages)
        .where(
            *messages_of(key),
            messages.c.id.in_(select(below.c.id)),
            messages.c.deleted_at == top.deleted_at,
        )
        .values(deleted_at=None)
    )
    select_version(db, key, message_id=message_id)


def kept_row(db: Session, key: SessionKey, message_id: int, *, brief: bool = False) -> Found:
    """A message outside the trash, its `FIELDS` or what is `BRIEF`; for this package only.

    Raises `SessionNotFound` or `MessageNotFound`.
    """
    if not _is_number(message_id):
        raise MessageNotFound
    if not is_id(key.session_id):
        raise SessionNotFound
    row = db.execute(_BEGINNING if brief else _WHOLE, {**asdict(key), "id": message_id}).first()
    if row is None:
        get_session(db, key)
        raise MessageNotFound
    return row


def siblings_of(db: Session, key: SessionKey, places: Iterable[tuple[int | None, str]]) -> Siblings:
    """The ids of the versions below each parent, by parent and role; for this package only."""
    found: Siblings = dict.fromkeys(places, ())
    parents = {parent_id for parent_id, _ in found}
    query = _CHILDREN_AND_ROOTS if None in parents else _CHILDREN
    given = {**asdict(key), "parents": list(parents - {None})}
    # Sorted here: asked to sort, SQLite reads the whole session by its primary key instead.
    for id_, parent_id, role in sorted(db.execute(query, given), key=lambda row: row[0]):
        found[parent_id, role] = (*found.get((parent_id, role), ()), id_)
    return found


def message_of(row: Found, versions: tuple[int, ...] = ()) -> Message:
    """The value of a row of `FIELDS`; for this package only."""
    read = dict(zip(_NAMES, row, strict=True))
    read["metadata"] = MessageMetadata.of(read["metadata"])
    read["tools_used"] = _uses(read["tools_used"])
    read["asks"] = asks_of(read["asks"])
    return Message(**read, versions=versions)


def with_parts(db: Session, key: SessionKey, found: list[Message]) -> list[Message]:
    """The same with their files and results, which cost nothing where there are none.

    For this package only.
    """
    with_files = [one.id for one in found if one.file_count]
    with_results = [one.id for one in found if one.result_count]
    if not with_files and not with_results:
        return found
    attached = files.of_messages(db, key, with_files)
    computed = results.of_messages(db, key, with_results)
    return [
        replace(one, files=attached.get(one.id, ()), results=computed.get(one.id, ()))
        for one in found
    ]


def _uses(stored: object) -> list[Mapping[str, object]]:
    """What is left of what may be damaged."""
    return [one for one in stored if isinstance(one, dict)] if isinstance(stored, list) else []


def _is_number(message_id: int) -> bool:
    return 0 < message_id < 2**31
