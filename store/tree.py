"""Walking the tree of messages, towards the root and away from it.

Recursive queries, as conditions for others; with what names a session's messages.
"""

from dataclasses import asdict
from typing import NamedTuple

from sqlalchemy import CTE, BindParameter, ColumnElement, Integer, bindparam, func, literal, select
from sqlmodel import Session

from store.errors import SessionNotFound
from store.tables import messages
from store.texts import is_id
from store.types import BoundKey, Key
from store.values import SessionKey


class Said(NamedTuple):
    """A message as it is by now; how many files it has is told of a request's only."""

    id: int
    role: str
    content: str
    file_count: int = 0


Conditions = tuple[ColumnElement[bool], ...]
Number = int | BindParameter[int]
EVERYTHING = 2**31 - 1


def messages_of(key: Key) -> Conditions:
    """The conditions that name a session's messages; raises `SessionNotFound` for no id."""
    if isinstance(key, SessionKey) and not is_id(key.session_id):
        raise SessionNotFound
    return messages.c.user_id == key.user_id, messages.c.session_id == key.session_id


def message_at(key: Key, message_id: Number) -> Conditions:
    """The conditions that name one message."""
    return *messages_of(key), messages.c.id == message_id


def upward(key: Key, leaf_id: Number, most: Number, *, chars: bool = False) -> CTE:
    """Ids from the leaf towards the root, with ``n`` up to ``most``: messages, or characters.

    It is counted from the leaf, which is always there.
    """
    above = messages.alias()
    first, one = (func.length(x.c.content) if chars else literal(1) for x in (messages, above))
    path = (
        select(messages.c.id, messages.c.parent_id, first.label("n"))
        .where(*message_at(key, leaf_id))
        .cte("path", recursive=True)
    )
    return path.union_all(
        select(above.c.id, above.c.parent_id, path.c.n + one).where(
            above.c.user_id == key.user_id,
            above.c.session_id == key.session_id,
            above.c.id == path.c.parent_id,
            path.c.n + one <= most,
        )
    )


def downward(key: SessionKey, message_id: int, deleted: bool = False) -> CTE:
    """Ids of the message and of all that hangs on it, outside the trash or in it."""
    tree = select(messages.c.id).where(*message_at(key, message_id)).cte("tree", recursive=True)
    child = messages.alias()
    kept = child.c.deleted_at.is_not(None) if deleted else child.c.deleted_at.is_(None)
    return tree.union_all(
        select(child.c.id).where(
            child.c.user_id == key.user_id,
            child.c.session_id == key.session_id,
            child.c.parent_id == tree.c.id,
            kept,
        )
    )


def at_depth(db: Session, key: SessionKey, *, leaf_id: int, depth: int) -> int | None:
    """The message at this place of the branch that ends in the leaf; None where there is none."""
    last: int | None = db.scalar(select(messages.c.depth).where(*message_at(key, leaf_id)))
    if last is None or not 1 <= depth <= last:
        return None
    path = upward(key, leaf_id, last - depth + 1)
    found: int | None = db.scalar(select(path.c.id).order_by(path.c.n.desc()).limit(1))
    return found


# Made once: putting it together takes longer than running it.
_KEY = BoundKey()
_BACK = upward(
    _KEY, bindparam("leaf_id", type_=Integer), bindparam("most", type_=Integer), chars=True
)
_CONTEXT = (
    select(messages.c.id, messages.c.role, messages.c.content, messages.c.file_count)
    .join(_BACK, messages.c.id == _BACK.c.id)
    .where(*messages_of(_KEY))
    .order_by(messages.c.depth)
)


def said(db: Session, key: SessionKey, *, leaf_id: int, max_chars: int) -> list[Said]:
    """What was said from the leaf backward until ``max_chars`` is reached, oldest first.

    The leaf itself is always there; so are messages without text (an answer that failed).
    """
    if not is_id(key.session_id):
        raise SessionNotFound
    rows = db.execute(_CONTEXT, {**asdict(key), "leaf_id": leaf_id, "most": max_chars})
    return [Said(*row) for row in rows]


def context(db: Session, key: SessionKey, *, leaf_id: int, max_chars: int) -> list[tuple[str, str]]:
    """The same as (role, text)."""
    found = said(db, key, leaf_id=leaf_id, max_chars=max_chars)
    return [(one.role, one.content) for one in found]


def below(
    db: Session, key: SessionKey, *, leaf_id: int, message_id: int, count: int
) -> tuple[int, int] | None:
    """How many messages up from the leaf a message is, and the id of that ``count`` below it.

    Or of the leaf, where it is nearer. None for a message that is not on the leaf's branch.
    """
    path = upward(key, leaf_id, EVERYTHING)
    n = db.scalar(select(path.c.n).where(path.c.id == message_id))
    if n is None:
        return None
    path = upward(key, leaf_id, max(n - count, 1))
    return n - 1, db.scalars(select(path.c.id).order_by(path.c.n.desc()).limit(1)).one()
