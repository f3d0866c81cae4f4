"""Tags on sessions. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Text, delete, func, insert, select, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from store.session_locks import in_trash, lasting
from store.tables import sessions, tags
from store.values import SessionKey

_BETWEEN = "\n"


class _Joined(TypeDecorator[tuple[str, ...]]):
    """Tags that the database put together; none has a line's end in it."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: Dialect) -> tuple[str, ...]:
        """In the order of the alphabet."""
        return tuple(sorted(value.split(_BETWEEN))) if value else ()


TAGS = (
    select(type_coerce(func.aggregate_strings(tags.c.tag, _BETWEEN), _Joined()))
    .where(tags.c.user_id == sessions.c.user_id, tags.c.session_id == sessions.c.session_id)
    .correlate(sessions)
    .scalar_subquery()
    .label("tags")
)
"""Those of a session; to be read like a column of its row."""


def put(db: Session, key: SessionKey, words: Sequence[str]) -> None:
    """Give a session these, checked already, and no others; for this package only.

    Who calls it has made the session, or its lock.
    """
    mine = (tags.c.user_id == key.user_id, tags.c.session_id == key.session_id)
    db.execute(delete(tags).where(*mine))
    if words:
        db.execute(insert(tags), [{**asdict(key), "tag": word} for word in words])


def used(db: Session, *, user_id: str, limit: int = 200) -> list[tuple[str, int]]:
    """Those on somebody's lasting chats outside the trash, most used first, and on how many."""
    on = (sessions.c.user_id == tags.c.user_id) & (sessions.c.session_id == tags.c.session_id)
    count = func.count()
    found = (
        select(tags.c.tag, count)
        .join(sessions, on)
        .where(tags.c.user_id == user_id, in_trash(False), lasting())
        .group_by(tags.c.tag)
        .order_by(count.desc(), tags.c.tag)
    )
    return [(tag, number) for tag, number in db.execute(found.limit(limit))]
