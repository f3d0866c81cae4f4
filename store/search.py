"""Words in the messages and titles of one user's chats.

Databases fold letters differently (SQLite only those of ASCII), so the database picks what may
fit and Python decides: texts of ASCII alone are compared there, all others here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, islice

from sqlalchemy import BLOB, ColumnElement, and_, cast, collate, func, or_, select
from sqlmodel import Session

from store.pieces import CONTENT
from store.session_filters import filters
from store.session_locks import in_trash, lasting
from store.tables import messages, sessions
from store.texts import SEARCH_MAX, cut, repaired
from store.tree import messages_of
from store.values import SessionKey

EXCERPT = 200
CANDIDATES = 20_000
_AT_ONCE = 50
_BEFORE = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found; or a chat by its title alone, then ``role`` is ``title``."""

    session_id: str
    title: str
    excerpt: str
    role: str
    written_at: datetime
    message_id: int | None = None


def find(db: Session, *, user_id: str, query: str, limit: int) -> list[Hit]:
    """Places that have all words of ``query``, newest first; nothing of what is in the trash.

    Looks at no more than the `CANDIDATES` newest messages that may fit.
    """
    words = repaired(query[:SEARCH_MAX]).casefold().split()
    if not words or limit < 1:
        return []
    hits = list(islice(_texts(db, user_id, words), limit))
    named = {hit.session_id for hit in hits}
    hits += [hit for hit in _titles(db, user_id, words, 2 * limit) if hit.session_id not in named]
    return sorted(hits, key=lambda hit: hit.written_at, reverse=True)[:limit]


def excerpt(text: str, word: str) -> str:
    """About `EXCERPT` characters around the first place of a folded word, as one line."""
    folded = text.casefold()
    place = max(folded.find(word), 0)
    if len(folded) != len(text):  # "ß" is "ss" when folded
        lengths = accumulate((len(one.casefold()) for one in text), initial=0)
        place = next((at for at, seen in enumerate(lengths) if seen >= place), place)
    start = max(0, place - _BEFORE)
    if start and " " in text[start:place]:
        start = text.index(" ", start) + 1
    return ("…" if start else "") + cut(text[start : start + 4 * EXCERPT], EXCERPT)


def _titles(db: Session, user_id: str, words: Sequence[str], limit: int) -> list[Hit]:
    columns = [sessions.c[name] for name in ("session_id", "title", "preview", "last_activity_at")]
    rows = db.execute(
        select(*columns)
        .where(*filters(user_id, " ".join(words), None, False))
        .order_by(sessions.c.last_activity_at.desc(), sessions.c.session_id)
        .limit(CANDIDATES)
    )
    found = (
        Hit(row.session_id, row.title, row.preview or row.title, "title", row.last_activity_at)
        for row in rows
        if _has(row.title, words)
    )
    return list(islice(found, limit))


def _texts(db: Session, user_id: str, words: Sequence[str]) -> Iterator[Hit]:
    """Messages newest first, read a few at a time, until nobody wants more."""
    key = (messages.c.session_id, messages.c.id)
    candidates = db.execute(
        select(*key)
        .join(sessions)
        .where(
            messages.c.user_id == user_id,
            messages.c.deleted_at.is_(None),
            messages.c.role.in_(("user", "assistant")),
            *(in_trash(False), lasting()),
            *_may_fit(db, words),
        )
        .order_by(messages.c.created_at.desc(), messages.c.session_id, messages.c.id.desc())
        .limit(CANDIDATES)
    ).all()
    start, size = 0, _AT_ONCE
    while wanted := [(row.session_id, row.id) for row in candidates[start : start + size]]:
        start, size = start + size, min(2 * size, 10 * _AT_ONCE)
        rows = db.execute(
            select(*key, CONTENT, messages.c.role, messages.c.created_at, sessions.c.title)
            .join(sessions)
            .where(_these(user_id, wanted))
        )
        found = {(row.session_id, row.id): row for row in rows}
        for place in wanted:
            row = found.get(place)
            if row is not None and _has(row.content, words):
                text = excerpt(row.content, words[0])
                yield Hit(row.session_id, row.title, text, row.role, row.created_at, row.id)


def _these(user_id: str, places: Sequence[tuple[str, int]]) -> ColumnElement[bool]:
    """The messages of these ids, said so that SQLite looks each up by its key."""
    by_session: dict[str, list[int]] = {}
    for session_id, message_id in places:
        by_session.setdefault(session_id, []).append(message_id)
    return or_(
        *(
            and_(*messages_of(SessionKey(user_id, session_id)), messages.c.id.in_(ids))
            for session_id, ids in by_session.items()
        )
    )


def _has(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def _may_fit(db: Session, words: Sequence[str]) -> list[ColumnElement[bool]]:
    """True for all texts that have the words, and for others that are not ASCII alone."""
    content = CONTENT.element
    if db.get_bind().dialect.name == "sqlite":
        lower, bytes_of = func.lower(content), func.length(cast(content, BLOB))
    else:
        lower, bytes_of = func.lower(collate(content, "C")), func.octet_length(content)
    more_than_ascii = bytes_of > func.length(content)
    return [or_(lower.contains(word, autoescape=True), more_than_ascii) for word in words]
