"""Search: what is found, in which order, and the words of it marked.

Only the `CANDIDATES` newest texts that fit are looked at, whatever the order: what a search costs
does not depend on how often a word was said. The score is computed here, from these alone, so that
it is the same on all databases and says nothing of anybody else's texts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    column,
    func,
    literal,
    or_,
    select,
    table,
    text,
    true,
)
from sqlmodel import Session

from store.pieces import CONTENT
from store.search_index import CHARS_MAX, MARK, low_of, moment_of, owner_of, session_term
from store.search_marks import excerpt, marks
from store.search_query import Query, fts, tsquery
from store.session_filters import filters
from store.session_values import ListedSession
from store.sessions import LISTED
from store.tables import messages, search_texts, sessions
from store.tree import messages_of
from store.types import Found
from store.values import SessionKey

CANDIDATES = 200
SCANNED = 10_000
"""So many that have the words are looked at, if other conditions leave most of them out."""
_FTS = table("search_fts", column("rowid", BigInteger))
_A_SECOND = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
_FULL, _LENGTH = 1.2, 0.75
"""As in BM25: how soon more of a word is no more, and how much long texts lose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Where to look: None is anywhere. ``since`` is the first moment, ``until`` the one after."""

    session_id: str | None = None
    persona: str | None = None
    model: str | None = None
    role: str | None = None
    folder: str | None = None
    tag: str | None = None
    archived: bool | None = None
    bookmarked: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found; or a chat by its title, then ``role`` is ``title``.

    ``marks`` are from where to where the words stand in the excerpt, in characters (code points).
    ``number`` counts up with time.
    """

    session_id: str
    title: str
    message_id: int | None
    role: str
    excerpt: str
    marks: tuple[tuple[int, int], ...]
    created_at: datetime
    score: float
    number: int


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of hits; ``count`` of all, no more than `CANDIDATES`, and whether there are more.

    ``newest`` is the number of the newest of all.
    """

    hits: list[Hit]
    count: int
    more: bool
    newest: int = 0


def find(
    db: Session,
    *,
    user_id: str,
    query: Query,
    within: Within = Within(),
    sort: Literal["best", "newest"] = "best",
    limit: int = 20,
    offset: int = 0,
    before: int | None = None,
) -> Hits:
    """A page of what fits, without the trash; ``before`` leaves out that number and newer ones."""
    rows = _candidates(db, user_id, query, within, before)
    scores = _scores(query, [row.words for row in rows])
    order = range(len(rows))
    if sort == "best":
        order = sorted(order, key=lambda at: -scores[at])  # type: ignore[assignment]
    chosen = list(order)[offset : offset + limit]
    hits = _hits(db, user_id, query, [(rows[at], scores[at]) for at in chosen])
    newest = rows[0].id if rows else 0
    return Hits(hits, len(rows), len(rows) > offset + limit, newest)


def chats(db: Session, *, user_id: str, session_ids: Iterable[str]) -> list[ListedSession]:
    """Of these those outside the trash, as `store.sessions.recent` lists them."""
    if not (ids := list(session_ids)):
        return []
    these = (*filters(user_id, "", None, False), sessions.c.session_id.in_(ids))
    return [ListedSession(*row) for row in db.execute(LISTED.where(*these))]


def _candidates(
    db: Session, user_id: str, query: Query, within: Within, before: int | None
) -> list[Found]:
    """The newest that fit; read in two steps, so that no database begins with the conditions."""
    found: list[Found] = []
    seen, size = 0, CANDIDATES
    while len(found) < CANDIDATES and seen < SCANNED:
        ids = db.scalars(_newest(db, owner_of(user_id), query, within, before).limit(size)).all()
        found += _those_left(db, user_id, within, ids)
        if len(ids) < size:
            break
        before, seen, size = ids[-1], seen + size, 2 * size
    return found[:CANDIDATES]


def _those_left(db: Session, user_id: str, within: Within, ids: Sequence[int]) -> Sequence[Found]:
    if not ids:
        return []
    # Said so that SQLite begins with the numbers, and not with all that somebody has.
    theirs = search_texts.c.user_id + literal("") == user_id
    session = (sessions.c.user_id == user_id) & (sessions.c.session_id == search_texts.c.session_id)
    message = (
        (messages.c.user_id == user_id)
        & (messages.c.session_id == search_texts.c.session_id)
        & (messages.c.id == search_texts.c.message_id)
    )
    columns = [search_texts.c[name] for name in ("id", "session_id", "message_id", "words")]
    rows = (
        select(*columns)
        .select_from(search_texts)
        .join(sessions, session)
        .outerjoin(messages, message)
        .where(search_texts.c.id.in_(ids), theirs, *_conditions(user_id, within))
        .order_by(search_texts.c.id.desc())
    )
    return db.execute(rows).all()


def _newest(
    db: Session, owner: str, query: Query, within: Within, before: int | None
) -> Select[Any]:
    """The numbers of all that have the words, the newest first."""
    also = [] if within.session_id is None else [session_term(within.session_id)]
    also += [] if within.role is None else [MARK + within.role]
    if db.get_bind().dialect.name == "sqlite":
        number: ColumnElement[int] = _FTS.c.rowid
        fits = text("search_fts MATCH :words").bindparams(words=fts(query, owner, also))
    else:
        number = search_texts.c.id
        fits = text("terms @@ CAST(:words AS tsquery)")
        fits = fits.bindparams(words=tsquery(query, owner, also))
    found = select(number.label("id")).where(fits).order_by(number.desc())
    if before is not None:
        found = found.where(number < before)
    if within.since is not None:
        found = found.where(number >= low_of(within.since))
    if within.until is not None:
        found = found.where(number < low_of(within.until) + low_of(_A_SECOND))
    return found


def _conditions(user_id: str, within: Within) -> list[ColumnElement[bool]]:
    found = filters(
        user_id,
        "",
        within.archived,
        False,
        persona=within.persona,
        folder=within.folder,
        tag=within.tag,
    )
    found.append(messages.c.deleted_at.is_(None))
    if within.model is not None:
        found.append(messages.c.model == within.model)
    if within.bookmarked is not None:
        found.append(messages.c.bookmarked == within.bookmarked)
    # Titles have no time to the second.
    if within.since is not None:
        found.append(func.coalesce(messages.c.created_at >= within.since, true()))
    if within.until is not None:
        found.append(func.coalesce(messages.c.created_at < within.until, true()))
    return found


def _scores(query: Query, texts: Sequence[str]) -> list[float]:
    """How well each fits: what is said often in it, and not in all of them, counts."""
    lengths = [one.count(" ") for one in texts]
    usual = max(sum(lengths), 1) / max(len(lengths), 1)
    scores = [0.0] * len(texts)
    for part in query.wanted:
        row = " " + " ".join(part.terms) + ("" if part.begins else " ")
        counts = [f"{one} ".count(row) for one in texts]
        rarity = math.log(1 + len(texts) / max(1, sum(map(bool, counts))))
        for at, times in enumerate(counts):
            weight = 1 - _LENGTH + _LENGTH * lengths[at] / usual
            scores[at] += rarity * times / (times + _FULL * weight)
    return [round(score, 4) for score in scores]


def _hits(
    db: Session, user_id: str, query: Query, rows: Sequence[tuple[Found, float]]
) -> list[Hit]:
    ids: dict[str, list[int]] = {}
    for row, _ in rows:
        ids.setdefault(row.session_id, []).append(row.message_id or 0)
    if not rows:
        return []
    theirs = (sessions.c.user_id == user_id, sessions.c.session_id.in_(ids))
    titles = {
        row[0]: row[1]
        for row in db.execute(select(sessions.c.session_id, sessions.c.title).where(*theirs))
    }
    # Said so that SQLite looks each up by its key.
    these = or_(
        *(
            and_(*messages_of(SessionKey(user_id, session_id)), messages.c.id.in_(of))
            for session_id, of in ids.items()
        )
    )
    columns = (messages.c.session_id, messages.c.id, messages.c.role, messages.c.created_at)
    text_ = func.substr(CONTENT, 1, CHARS_MAX).label("text")
    found = {(row[0], row[1]): row for row in db.execute(select(*columns, text_).where(these))}
    hits = []
    for row, score in rows:
        message = found.get((row.session_id, row.message_id))
        title = titles[row.session_id]
        shown = excerpt(message.text if message else title, query)
        hits.append(
            Hit(
                row.session_id,
                title,
                row.message_id,
                message.role if message else "title",
                shown,
                tuple(marks(shown, query)),
                message.created_at if message else moment_of(row.id),
                score,
                row.id,
            )
        )
    return hits
