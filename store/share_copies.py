"""What a link shows, as a chat of somebody's own. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, String, case, func, insert, literal, select, update
from sqlmodel import Session

from store import search_index
from store.messages import set_leaf
from store.pieces import CONTENT
from store.session_locks import lock, owned
from store.share_values import OpenShare
from store.tables import messages, profiles, sessions
from store.tree import messages_of, upward
from store.types import UtcDateTime, utc_now
from store.values import SessionKey, StoredProfile

ROLES = ("user", "assistant")
_EVERYTHING = 2**31 - 1


def copy_shown(
    db: Session,
    key: SessionKey,
    *,
    share: OpenShare,
    results: Sequence[StoredProfile] = (),
    now: datetime | None = None,
) -> int:
    """Copy what the link shows into an empty session, where it is found; how many messages.

    Texts and how they ended, and these analysis results: nothing else. What is still being written
    is copied as far as it is. Raises `SessionNotFound`.
    """
    lock(db, key)
    moment = now or utc_now()
    if results:
        db.execute(insert(profiles), [{**asdict(key), **asdict(one)} for one in results])
    if share.leaf_id is None:
        return 0
    path = upward(share.key, share.leaf_id, _EVERYTHING)
    is_waiting = (messages.c.status == "queued") & (messages.c.role == "assistant")
    above = func.lag(messages.c.id).over(order_by=messages.c.depth)
    columns: dict[str, ColumnElement[object]] = {
        "user_id": literal(key.user_id, String),
        "session_id": literal(key.session_id, String),
        "id": messages.c.id,
        "parent_id": above,
        "depth": func.row_number().over(order_by=messages.c.depth),
        "role": messages.c.role,
        "content": CONTENT.element,
        "status": case(
            (messages.c.status == "streaming", "interrupted"),
            (messages.c.status == "queued", "complete"),
            else_=messages.c.status,
        ),
        "created_at": literal(moment, UtcDateTime),
    }
    shown = (
        select(*columns.values())
        .join(path, messages.c.id == path.c.id)
        .where(*messages_of(share.key), messages.c.role.in_(ROLES), ~is_waiting)
    )
    db.execute(insert(messages).from_select(list(columns), shown))
    last = select(func.max(messages.c.id), func.count()).where(*messages_of(key))
    leaf_id, count = db.execute(last).one()
    if leaf_id is not None:
        number = literal(leaf_id + 1, Integer)
        db.execute(update(sessions).where(*owned(key)).values(next_number=number))
        set_leaf(db, key, leaf_id=leaf_id)
        search_index.rebuilt(db, [key])
    return int(count)
