"""What tools computed for answers. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Integer, func, insert, literal, select, update
from sqlmodel import Session

from store.errors import MessageNotFound, Refused, ResultNotFound
from store.file_values import columns_of
from store.result_values import Computed, NewComputed
from store.session_locks import AT_ONCE, lock, owned
from store.sessions import get as get_session
from store.tables import messages, results
from store.texts import is_id, repaired
from store.tree import EVERYTHING, Conditions, message_at, messages_of, upward
from store.types import Found, utc_now
from store.values import SessionKey

RESULTS_MAX = 50
TITLE_MAX = 200
_NAMES = tuple(Computed.__dataclass_fields__)
_COLUMNS = [results.c[name] for name in _NAMES]


def save(
    db: Session, key: SessionKey, *, message_id: int, new: NewComputed, now: datetime | None = None
) -> Computed:
    """Keep one with its answer, after those it has.

    Raises `SessionNotFound` or `MessageNotFound`, and `Refused` where the answer has 50.
    """
    lock(db, key)
    this = message_at(key, message_id)
    count = db.scalar(select(messages.c.result_count).where(*this))
    if count is None:
        raise MessageNotFound
    number = (db.scalar(select(func.max(results.c.number)).where(*_of(key, message_id))) or 0) + 1
    if count >= RESULTS_MAX:
        text = f"The answer has {RESULTS_MAX} tables and charts already."
        raise Refused(text, "Ask for more in another message.")
    title = repaired(" ".join(new.title.split()))[:TITLE_MAX]
    kept = Computed(
        result_id=new.result_id,
        message_id=message_id,
        number=number,
        kind=new.kind,
        title=title,
        query=repaired(new.query),
        about=new.about,
        columns=new.columns,
        count=new.count,
        total=new.total,
        size=len(new.shown) + len(new.data),
        created_at=now or utc_now(),
    )
    values = {name: getattr(kept, name) for name in _NAMES}
    values |= {"columns": [asdict(one) for one in new.columns], "about": dict(new.about)}
    rows = {"shown": new.shown, "data": new.data}
    db.execute(insert(results).values(**asdict(key), **values, **rows))
    db.execute(update(messages).where(*this).values(result_count=count + 1))
    return kept


def carry_on(db: Session, key: SessionKey, *, message_id: int, to_id: int) -> tuple[Computed, ...]:
    """Have an answer that continues another begin with what that has; for this package only."""
    columns = [
        literal(to_id, Integer) if column.name == "message_id" else column for column in results.c
    ]
    theirs = select(*columns).where(*_of(key, message_id))
    db.execute(insert(results).from_select(list(results.c), theirs))
    copied = of_messages(db, key, [to_id]).get(to_id, ())
    this = update(messages).where(*message_at(key, to_id))
    db.execute(this.values(result_count=len(copied)))
    return copied


def count_anew(db: Session, key: SessionKey) -> None:
    """What messages say of how many they have, after many were kept; for this package only."""
    here = (results.c[name] == messages.c[name] for name in ("user_id", "session_id"))
    theirs = select(func.count()).where(*here, results.c.message_id == messages.c.id)
    counted = update(messages).where(*messages_of(key))
    db.execute(counted.values(result_count=theirs.scalar_subquery()))


def of_messages(
    db: Session, key: SessionKey, ids: Sequence[int]
) -> dict[int, tuple[Computed, ...]]:
    """What these messages of a session have, in order, without rows."""
    owned(key)  # raises where this is no id
    found: dict[int, tuple[Computed, ...]] = {}
    for start in range(0, len(ids), AT_ONCE):
        these = results.c.message_id.in_(ids[start : start + AT_ONCE])
        query = select(*_COLUMNS).where(*_of(key), these)
        for row in db.execute(query.order_by(results.c.message_id, results.c.number)):
            found[row.message_id] = (*found.get(row.message_id, ()), _computed(row))
    return found


def tables_above(
    db: Session, key: SessionKey, *, leaf_id: int, result_id: str = "", limit: int = 1
) -> list[Computed]:
    """Tables from this message upward, the newest first; only that of this id, where one is given.

    Without rows.
    """
    if result_id and not is_id(result_id):
        return []
    path = upward(key, leaf_id, EVERYTHING)
    this = (results.c.result_id == result_id,) if result_id else ()
    found = db.execute(
        select(*_COLUMNS)
        .join(path, results.c.message_id == path.c.id)
        .where(*_of(key), results.c.kind == "table", *this)
        .order_by(path.c.n, results.c.number.desc())
        .limit(limit)
    )
    return list(map(_computed, found))


def get(db: Session, key: SessionKey, *, message_id: int, result_id: str) -> Computed:
    """One of a message outside the trash; raises `ResultNotFound` or what says why."""
    return _computed(_row(db, key, message_id, result_id, *_NAMES))


def shown(db: Session, key: SessionKey, *, message_id: int, result_id: str) -> bytes:
    """The beginning of its rows, as an Arrow stream; raises what `get` raises."""
    return bytes(_row(db, key, message_id, result_id, "shown").shown)


def data(db: Session, key: SessionKey, *, message_id: int, result_id: str) -> bytes:
    """All rows that are kept, as Parquet; raises what `get` raises."""
    return bytes(_row(db, key, message_id, result_id, "data").data)


def used(db: Session, *, user_id: str) -> int:
    """How many bytes all of somebody's have."""
    query = select(func.coalesce(func.sum(results.c.size), 0)).where(results.c.user_id == user_id)
    return int(db.scalar(query) or 0)


def _row(db: Session, key: SessionKey, message_id: int, result_id: str, *names: str) -> Found:
    get_session(db, key)
    if not 0 < message_id < 2**31 or not is_id(result_id):
        raise ResultNotFound
    this = (*_of(key, message_id), results.c.result_id == result_id)
    here = (*message_at(key, message_id), messages.c.deleted_at.is_(None))
    query = select(*(results.c[name] for name in names)).join(messages).where(*this, *here)
    row = db.execute(query).first()
    if row is None:
        raise ResultNotFound
    return row


def _of(key: SessionKey, message_id: int | None = None) -> Conditions:
    place = (results.c.user_id == key.user_id, results.c.session_id == key.session_id)
    return place if message_id is None else (*place, results.c.message_id == message_id)


def _computed(row: Found) -> Computed:
    read = {name: row._mapping[name] for name in _NAMES}
    about = read["about"] if isinstance(read["about"], dict) else {}
    return Computed(**read | {"columns": columns_of(read["columns"]), "about": about})
