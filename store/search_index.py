"""Keeping what search looks through, in the transaction of what is written.

Whoever stores a text calls `written`, or `titled`; what is removed for good takes its rows along,
and what is in the trash is left out when it is looked for. Of a text the first `CHARS_MAX`
characters and `WORDS_MAX` words are found. The caller owns the transaction.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, TextClause, delete, select, text
from sqlmodel import Session

from store.folding import terms
from store.search_models import SQLITE_TERMS
from store.tables import messages, search_texts, sessions
from store.tree import Conditions, messages_of
from store.types import utc_now
from store.values import OPEN, SessionKey

CHARS_MAX = 100_000
WORDS_MAX = 8_000
"""PostgreSQL keeps no place in a text behind 16,383; and of a word no more than 256 places, so that
a phrase may be missed there behind the 256th time that the text has one of its words."""
MARK = "\u00a7"
"""What a term begins with that is no word: whose session, or which role it is."""
AT_ONCE = 1_000
_SECOND, _SECONDS_MAX = 2**32, 2**31 - 2
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = "id, user_id, session_id, message_id, owner, words"
_GIVEN = ("low", "user_id", "session_id", "message_id", "owner", "words")
_FROM_JSON = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in _GIVEN)
_INSERTS: Mapping[str, TextClause] = {
    # One writes at a time. All rows are one statement: between two, other threads have their turn.
    "sqlite": text(
        f"INSERT INTO search_texts ({_COLUMNS}) SELECT low + row_number() OVER (PARTITION BY low "
        "ORDER BY at) + coalesce((SELECT max(id) - low FROM search_texts WHERE id >= low "
        "AND id < low + 4294967296), 0), user_id, session_id, message_id, owner, words "
        f"FROM (SELECT key AS at, {_FROM_JSON} FROM json_each(:rows)) "
        "ORDER BY at"
    ),
    "postgresql": text(
        f"INSERT INTO search_texts ({_COLUMNS}, terms) "
        "VALUES (:low + nextval('search_numbers') % 4294967296, "
        ":user_id, :session_id, :message_id, CAST(:owner AS text), CAST(:words AS text), "
        "CAST((SELECT string_agg('''' || CAST(:owner AS text) || word || ''':' || place, ' ') "
        "FROM unnest(string_to_array(CAST(:words AS text), ' ')) "
        "WITH ORDINALITY AS its (word, place)) "
        "AS tsvector))"
    ),
}


@dataclass(frozen=True, slots=True)
class SearchText:
    """A text of a message as it is stored; a title where there is no ``message_id``.

    ``words`` are its `words_of` where they are known.
    """

    session_id: str
    message_id: int | None
    role: str
    content: str
    created_at: datetime
    words: str | None = None


def written(db: Session | Connection, user_id: str, rows: Iterable[SearchText]) -> None:
    """Have these new texts found; for any number of them, best in the order of their times.

    Texts without a word are not kept. What is indexed already is to be removed first.
    """
    owner, given = owner_of(user_id), []
    for row in rows:
        if row.content:
            words = _terms(row)
            place = (row.session_id, row.message_id)
            given.append(_given(user_id, owner, place, low_of(row.created_at), words))
    _insert(db, given)


def titled(
    db: Session, key: SessionKey, title: str, *, now: datetime | None = None, is_new: bool = False
) -> None:
    """Have a session found by its title, and no longer by the one it had unless it ``is_new``."""
    if not is_new:
        its_title = search_texts.c.message_id.is_(None)
        db.execute(delete(search_texts).where(*_of(key), its_title))
    written(db, key.user_id, [SearchText(key.session_id, None, "title", title, now or utc_now())])


def removed(db: Session, key: SessionKey, message_id: int) -> None:
    """Have a message not found any more, before it is `written` anew; for this package only."""
    this = search_texts.c.message_id == message_id
    db.execute(delete(search_texts).where(*_of(key), this))


def copied(db: Session, key: SessionKey, copy: SessionKey) -> None:
    """Have the messages of a copy found as those of the session it was made of."""
    kept = select(messages.c.id).where(*messages_of(copy))
    columns = (search_texts.c.id, search_texts.c.message_id, search_texts.c.words)
    query = select(*columns).where(*_of(key), search_texts.c.message_id.in_(kept))
    owner, name = owner_of(copy.user_id), session_term(copy.session_id)
    rows = db.execute(query.order_by(search_texts.c.id)).all()
    for start in range(0, len(rows), AT_ONCE):
        _insert(
            db,
            [
                _given(
                    copy.user_id,
                    owner,
                    (copy.session_id, row.message_id),
                    row.id - row.id % _SECOND,
                    f"{name} {row.words.partition(' ')[2]}",
                )
                for row in rows[start : start + AT_ONCE]
            ],
        )
    names = ("id", "role", "content", "created_at")  # of answers that were being written
    written_now = select(messages.c.id).where(*messages_of(key), messages.c.status.in_(OPEN))
    there = select(search_texts.c.message_id).where(*_of(copy), search_texts.c.message_id > 0)
    new = (messages.c.id.in_(written_now), messages.c.id.not_in(there), messages.c.content != "")
    query = select(*(messages.c[name] for name in names)).where(*messages_of(copy), *new)
    written(db, copy.user_id, [SearchText(copy.session_id, *row) for row in db.execute(query)])


def rebuilt(db: Session | Connection, keys: Sequence[SessionKey]) -> int:
    """Index these sessions anew from what is stored; how many texts they have.

    Each is locked, so that nobody writes to it meanwhile.
    """
    count = 0
    for key in keys:
        session = (sessions.c.user_id == key.user_id, sessions.c.session_id == key.session_id)
        this = select(sessions.c.title, sessions.c.created_at).where(*session)
        found = db.execute(this.with_for_update()).first()
        db.execute(delete(search_texts).where(*_of(key)))
        if found is None:
            continue
        title = SearchText(key.session_id, None, "title", found.title, found.created_at)
        written(db, key.user_id, [title])
        names = ("id", "role", "content", "created_at")
        stored = select(*(messages.c[name] for name in names)).where(*messages_of(key))
        last, more = 0, True
        while more:
            part = stored.where(messages.c.id > last).order_by(messages.c.id).limit(AT_ONCE)
            rows = db.execute(part).all()
            texts = [SearchText(key.session_id, *row) for row in rows if row.content]
            written(db, key.user_id, sorted(texts, key=lambda one: one.created_at))
            count, more = count + len(texts), len(rows) == AT_ONCE
            last = rows[-1].id if rows else last
    return count


def all_keys(db: Session | Connection) -> list[SessionKey]:
    """Of all sessions of all users, oldest first; for the command that rebuilds."""
    key = (sessions.c.user_id, sessions.c.session_id)
    return [SessionKey(*row) for row in db.execute(select(*key).order_by(sessions.c.created_at))]


def mended(db: Session) -> None:
    """Take an index that was damaged for what it is over; for that command.

    Only SQLite's is: while it is, nothing can be taken out of it.
    """
    if db.get_bind().dialect.name == "sqlite":
        its = SQLITE_TERMS.format(row="search_texts")
        db.execute(text("INSERT INTO search_fts (search_fts) VALUES ('delete-all')"))
        filled = f"INSERT INTO search_fts (rowid, terms) SELECT id, {its} FROM search_texts"
        db.execute(text(filled))


def tidied(db: Session) -> None:
    """Bring the index into the form in which it is read fastest; for that command."""
    if db.get_bind().dialect.name == "sqlite":
        db.execute(text("INSERT INTO search_fts (search_fts) VALUES ('optimize')"))
    else:
        db.execute(text("ANALYZE search_texts"))


def words_of(content: str) -> str:
    """The folded words of a text, as far as they are found."""
    return " ".join(terms(content[:CHARS_MAX])[:WORDS_MAX])


def owner_of(user_id: str) -> str:
    """What each of somebody's terms begins with, as long for everybody; not a secret."""
    return hashlib.blake2b(user_id.encode(), digest_size=3).hexdigest()


def session_term(session_id: str) -> str:
    """The term that all texts of a session have."""
    return MARK + hashlib.blake2b(session_id.encode(), digest_size=8).hexdigest()


def low_of(moment: datetime) -> int:
    """The number before those of all texts of that second; it has room from 1902 to 2038."""
    seconds = int((moment - _FIRST).total_seconds() // 1)
    return min(max(seconds, -_SECONDS_MAX), _SECONDS_MAX) * _SECOND


def moment_of(number: int) -> datetime:
    """The second in which a text of that number was written."""
    return _FIRST + timedelta(seconds=number // _SECOND)


def _of(key: SessionKey) -> Conditions:
    return search_texts.c.user_id == key.user_id, search_texts.c.session_id == key.session_id


def _terms(row: SearchText) -> str:
    words = words_of(row.content) if row.words is None else row.words
    return " ".join(filter(None, (session_term(row.session_id), MARK + row.role, words)))


def _given(
    user_id: str, owner: str, place: tuple[str, int | None], low: int, words: str
) -> dict[str, object]:
    session_id, message_id = place
    return {
        "user_id": user_id,
        "owner": owner,
        "session_id": session_id,
        "message_id": message_id,
        "low": low,
        "words": words,
    }


def _insert(db: Session | Connection, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    connection = db.connection() if isinstance(db, Session) else db
    name = connection.dialect.name
    given = [{"rows": json.dumps(rows, ensure_ascii=False)}] if name == "sqlite" else rows
    connection.execute(_INSERTS[name], given)
