"""Search: what is found, in which order, and the words of it marked.

The `CANDIDATES` newest texts that fit are put in order, whatever the order: what a search costs
does not depend on how often a word was said. The score is as in BM25, computed from these alone, so
that it is the same on all databases and says nothing of anybody else's texts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Literal

from sqlalchemy import FromClause, Integer, Select, Subquery, and_, bindparam, func, literal, select
from sqlmodel import Session

from store.pieces import CONTENT
from store.search_files import names_in
from store.search_index import CHARS_MAX, moment_of
from store.search_marks import excerpt, marks
from store.search_query import Query
from store.search_within import OWNER, conditions, having, narrowed, words_of
from store.search_within import Within as Within
from store.session_filters import filters
from store.session_values import ListedSession
from store.sessions import LISTED
from store.tables import messages, search_texts, sessions
from store.types import Found

CANDIDATES = 500
SCANNED = 20_000
"""So many that have the words are looked at, if other conditions leave most of them out."""
AT_LEAST = 100
_FULL, _LENGTH = 1.2, 0.75
"""As in BM25: how soon more of a word is no more, and how much long texts lose."""

_NUMBER, _FITS, _WORDS = itemgetter(0), itemgetter(3), itemgetter(4)
"""Of a row that was looked at; by their places, for there are many."""


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
    """A page of hits, and whether there are ``more`` pages.

    ``count`` is of all, or where it ``is_all`` not, of those that were looked at; ``newest`` is the
    number of the newest of all, ``last`` the one before which the next page of the newest begins.
    """

    hits: list[Hit]
    count: int
    is_all: bool
    more: bool
    newest: int = 0
    last: int = 0


@dataclass(slots=True)
class _Looked:
    """What was looked at, the newest first: those that fit, up to which number, and whether all."""

    rows: list[Found]
    last: int = 0
    is_all: bool = False


def find(
    db: Session,
    *,
    user_id: str,
    query: Query,
    within: Within = Within(),  # noqa: B008 - frozen
    sort: Literal["best", "newest"] = "best",
    limit: int = 20,
    offset: int = 0,
    before: int | None = None,
    counted: bool = True,
) -> Hits:
    """A page of what fits, without the trash; ``before`` leaves out that number and newer ones.

    The newest are found a little faster where they need not be ``counted``.
    """
    is_best = sort == "best"
    wanted = CANDIDATES if is_best or counted else offset + limit
    looked = _looked_at(db, user_id, query, within, before, wanted + 1, is_best)
    rows, is_all = looked.rows[:wanted], looked.is_all and len(looked.rows) <= wanted
    scores = _scores(query, [*map(_WORDS, rows)]) if is_best else [0.0] * len(rows)
    order = sorted(range(len(rows)), key=lambda at: -scores[at])
    chosen = [(rows[at], scores[at]) for at in order[offset : offset + limit]]
    is_end = len(rows if is_best else looked.rows) <= offset + limit
    return Hits(
        _hits(db, user_id, query, chosen),
        len(rows),
        is_all,
        more=not is_end or not (is_best or looked.is_all),
        newest=rows[0].id if rows else 0,
        last=looked.last if is_end else chosen[-1][0].id,
    )


def chats(db: Session, *, user_id: str, session_ids: Iterable[str]) -> list[ListedSession]:
    """Of these those outside the trash, as `store.sessions.recent` lists them."""
    if not (ids := list(session_ids)):
        return []
    these = (*filters(user_id, "", None, False), sessions.c.session_id.in_(ids))
    return [ListedSession(*row) for row in db.execute(LISTED.where(*these))]


def _looked_at(
    db: Session,
    user_id: str,
    query: Query,
    within: Within,
    before: int | None,
    wanted: int,
    is_best: bool,
) -> _Looked:
    """The newest that fit, in a few steps where most of what has the words does not."""
    looked = _Looked([])
    few = narrowed(db, user_id, within)
    if few == ():
        looked.is_all = True
        return looked
    dialect = db.get_bind().dialect.name
    look = _look(dialect, within, before is not None, is_best)
    given = {"user_id": user_id, "words": words_of(dialect, user_id, query, within, few)}
    seen, size = 0, wanted
    while True:
        rows = db.execute(look, {**given, "before": before, "size": size}).all()
        # Not by the database: SQLite would copy all of them for it.
        rows = sorted(rows, key=_NUMBER, reverse=True)
        looked.rows += filter(_FITS, rows)
        seen += len(rows)
        if len(rows) < size:
            looked.is_all = True
            break
        looked.last = before = rows[-1].id
        if len(looked.rows) >= wanted or seen >= SCANNED:
            break
        size = max(2 * (wanted - len(looked.rows)), AT_LEAST)
        look = _look(dialect, within, True, is_best)
    return looked


# Put together once: that takes longer than what the database does with it.
@lru_cache(maxsize=64)
def _look(dialect: str, within: Within, is_before: bool, is_best: bool) -> Select[Any]:
    found = having(dialect, within, is_before).limit(bindparam("size", type_=Integer))
    numbers = found.subquery("found")
    fits = and_(*conditions(within)).label("fits")
    columns = [numbers.c.id, search_texts.c.session_id, search_texts.c.message_id, fits]
    columns += [search_texts.c.words] if is_best else []
    return select(*columns).select_from(_joined(numbers))


def _joined(found: Subquery) -> FromClause:
    """With text, session and message of each; so that every database begins with the numbers."""
    # Said so that SQLite does not look for all that somebody has.
    theirs = search_texts.c.user_id + literal("") == OWNER
    session = (sessions.c.user_id == OWNER) & (sessions.c.session_id == search_texts.c.session_id)
    message = (
        (messages.c.user_id == OWNER)
        & (messages.c.session_id == search_texts.c.session_id)
        & (messages.c.id == search_texts.c.message_id)
    )
    return (
        found.outerjoin(search_texts, (search_texts.c.id == found.c.id) & theirs)
        .outerjoin(sessions, session)
        .outerjoin(messages, message)
    )


def _scores(query: Query, texts: Sequence[str]) -> list[float]:
    """How well each fits: what is said often in it, and not in all of them, counts.

    What is said again at once is counted once.
    """
    usual = max(sum(map(len, texts)), 1) / max(len(texts), 1)
    weights = [_FULL * (1 - _LENGTH + _LENGTH * len(one) / usual) for one in texts]
    scores = [0.0] * len(texts)
    for part in query.wanted:
        row = " " + " ".join(part.terms) + ("" if part.begins else " ")
        counts = [f"{one} ".count(row) for one in texts]
        rarity = math.log(1 + len(texts) / max(1, sum(map(bool, counts))))
        for at, times in enumerate(counts):
            if times:
                scores[at] += rarity * times / (times + weights[at])
    return [round(score, 4) for score in scores]


_THESE = (
    select(search_texts.c.id)
    .where(search_texts.c.id.in_(bindparam("ids", expanding=True)))
    .subquery("found")
)
_STORED = select(
    _THESE.c.id,
    sessions.c.title,
    messages.c.role,
    messages.c.created_at,
    messages.c.file_count,
    func.substr(CONTENT, 1, CHARS_MAX).label("text"),
).select_from(_joined(_THESE))


def _hits(
    db: Session, user_id: str, query: Query, chosen: Sequence[tuple[Found, float]]
) -> list[Hit]:
    if not chosen:
        return []
    given = {"user_id": user_id, "ids": [row.id for row, _ in chosen]}
    stored = {row.id: row for row in db.execute(_STORED, given)}
    having = [(row.session_id, row.message_id) for row, _ in chosen if stored[row.id].file_count]
    names = names_in(db, user_id=user_id, places=having)
    hits = []
    for row, score in chosen:
        its = stored[row.id]
        is_title = row.message_id is None
        text = its.title if is_title else its.text
        attached = names.get((row.session_id, row.message_id))
        shown = excerpt(f"{text}\n{attached}" if attached is not None else text, query)
        hits.append(
            Hit(
                row.session_id,
                its.title,
                row.message_id,
                "title" if is_title else its.role,
                shown,
                tuple(marks(shown, query)),
                moment_of(row.id) if is_title else its.created_at,
                score,
                row.id,
            )
        )
    return hits
