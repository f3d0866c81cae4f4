"""Walking the tree of messages, towards the root and away from it.

Recursive queries, as conditions for others; with what names a session's messages.
"""

from __future__ import annotations

from sqlalchemy import CTE, BindParameter, ColumnElement, func, literal, select
from sqlmodel import Session

from store.errors import SessionNotFound
from store.models import messages
from store.values import is_id

Conditions = tuple[ColumnElement[bool], ...]
Text = str | BindParameter[str]
Number = int | BindParameter[int]


def of(user_id: Text, session_id: Text) -> Conditions:
    """The conditions that name a session's messages; raises `SessionNotFound` for no id."""
    if isinstance(session_id, str) and not is_id(session_id):
        raise SessionNotFound
    return messages.c.user_id == user_id, messages.c.session_id == session_id


def one(user_id: Text, session_id: Text, message_id: Number) -> Conditions:
    """The conditions that name one message."""
    return *of(user_id, session_id), messages.c.id == message_id


def upward(user_id: Text, session_id: Text, leaf_id: Number, limit: Number) -> CTE:
    """Ids from the leaf towards the root, at most ``limit``, with ``n`` counted from 1."""
    path = (
        select(messages.c.id, messages.c.parent_id, literal(1).label("n"))
        .where(*one(user_id, session_id, leaf_id))
        .cte("path", recursive=True)
    )
    above = messages.alias()
    return path.union_all(
        select(above.c.id, above.c.parent_id, path.c.n + 1).where(
            above.c.user_id == user_id,
            above.c.session_id == session_id,
            above.c.id == path.c.parent_id,
            path.c.n < limit,
        )
    )


def downward(user_id: str, session_id: str, message_id: int, deleted: bool = False) -> CTE:
    """Ids of the message and of all that hangs on it, outside the trash or in it."""
    tree = (
        select(messages.c.id)
        .where(*one(user_id, session_id, message_id))
        .cte("tree", recursive=True)
    )
    child = messages.alias()
    kept = child.c.deleted_at.is_not(None) if deleted else child.c.deleted_at.is_(None)
    return tree.union_all(
        select(child.c.id).where(
            child.c.user_id == user_id,
            child.c.session_id == session_id,
            child.c.parent_id == tree.c.id,
            kept,
        )
    )


def context(
    db: Session, *, user_id: str, session_id: str, leaf_id: int, max_chars: int
) -> list[tuple[str, str]]:
    """(role, text) from the leaf backward until ``max_chars`` is reached, oldest first.

    The leaf itself is always there; so are messages without text (an answer that failed).
    """
    above = messages.alias()
    size = func.length(messages.c.content)
    path = (
        select(messages.c.id, messages.c.parent_id, size.label("total"))
        .where(*one(user_id, session_id, leaf_id))
        .cte("path", recursive=True)
    )
    total = path.c.total + func.length(above.c.content)
    path = path.union_all(
        select(above.c.id, above.c.parent_id, total).where(
            above.c.user_id == user_id,
            above.c.session_id == session_id,
            above.c.id == path.c.parent_id,
            total <= max_chars,
        )
    )
    rows = db.execute(
        select(messages.c.role, messages.c.content)
        .join(path, messages.c.id == path.c.id)
        .where(*of(user_id, session_id))
        .order_by(messages.c.depth)
    )
    return [(role, content) for role, content in rows]
