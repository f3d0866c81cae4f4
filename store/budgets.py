"""What was used up, by payer, and what is still to be paid. The caller owns the transaction.

A payer is a text; what it used up is kept in rows of five minutes, each with the time of its last
use, so that a row never counts shorter than an hour or a day and no list grows with the use.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
)
from sqlmodel import Session

from store.dialects import lock_names
from store.session_locks import owned
from store.tables import budgets, charges, messages, sessions
from store.types import UtcDateTime
from store.values import SessionKey

SLOT = timedelta(minutes=5)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Used:
    """What was used up; ``cost`` is in millionths of a dollar."""

    messages: int = 0
    tokens: int = 0
    cost: int = 0
    file_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be paid when it ends: an answer, or an analysis, which is no message.

    ``offline``: it is written by the built-in model, which costs nothing.
    """

    id: str
    key: SessionKey
    message_id: int | None
    role: str
    address: str
    offline: bool
    created_at: datetime


COUNTED = tuple(Used.__dataclass_fields__)
NOTHING = Used()
_ONE = case(
    (charges.c.message_id.is_(None), charges.c.id),
    else_=charges.c.user_id + " " + charges.c.session_id,
)
"""What is written at one time: an analysis, or one of the answers of a session."""
_WAITS = and_(
    charges.c.message_id.is_not(None),
    exists().where(
        messages.c.user_id == charges.c.user_id,
        messages.c.session_id == charges.c.session_id,
        messages.c.asked_at.is_not(None),
        # Of the index word for word: else SQLite reads each message of the session.
        text("messages.status IN ('queued', 'streaming')"),
    ),
)
"""Whether an answer of the same session waits for a person: then none of it is written."""


def lock(db: Session, payers: Iterable[str]) -> None:
    """Nobody else counts for these until the transaction ends.

    First whoever asks is locked, then the session, then their address and all like them.
    """
    lock_names(db.connection(), sorted(payers))


def add(db: Session, payers: Iterable[str], used: Used, *, now: datetime) -> None:
    """Count this for each of them."""
    slot = int(now.timestamp() // SLOT.total_seconds())
    row = {"slot": slot, "now": now, **asdict(used)}
    if rows := [{**row, "payer": payer} for payer in sorted(payers)]:
        db.execute(_ADD, rows)


def used(
    db: Session, payers: Iterable[str], *, now: datetime
) -> dict[str, Mapping[timedelta, Used]]:
    """What each used up in the last hour, and in the last day; those with nothing are left out."""
    recent = budgets.c.used_at > now - HOUR
    sums = [
        func.sum(case((recent, column), else_=0) if hour else column)
        for hour in (True, False)
        for column in (budgets.c[name] for name in COUNTED)
    ]
    found = select(budgets.c.payer, *sums).where(*_of(payers, now - DAY)).group_by(budgets.c.payer)
    size = len(COUNTED)
    return {
        payer: {HOUR: Used(*map(int, counts[:size])), DAY: Used(*map(int, counts[size:]))}
        for payer, *counts in db.execute(found)
    }


def uses(db: Session, payer: str, *, since: datetime) -> list[tuple[datetime, Used]]:
    """When a payer used what, the oldest first."""
    columns = (budgets.c[name] for name in COUNTED)
    found = select(budgets.c.used_at, *columns).where(*_of([payer], since))
    return [(at, Used(*counts)) for at, *counts in db.execute(found.order_by(budgets.c.used_at))]


def open_charge(db: Session, charge: Charge) -> None:
    """Keep what is to be paid when it ends."""
    row = {name: getattr(charge, name) for name in Charge.__dataclass_fields__ if name != "key"}
    db.execute(insert(charges).values(**row, **asdict(charge.key)))


def charge_of(db: Session, key: SessionKey, message_id: int) -> Charge | None:
    """That of an answer, if it is not paid yet."""
    found = _charges(db, *_answer(key, message_id))
    return found[0] if found else None


def close_charge(db: Session, charge: Charge) -> bool:
    """Whether it was still to be paid; from now on it is not."""
    gone = db.execute(delete(charges).where(charges.c.id == charge.id))
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def count_open(
    db: Session, key: SessionKey, *, role: str, address: str
) -> tuple[int, int, int, int]:
    """How many answers are written now for this user, this address, this role, and all people.

    Those of one session are written one after the other, and none while one waits for a person;
    of this session none are counted.
    """
    same_role = charges.c.role == role
    whose: Sequence[ColumnElement[bool]] = (
        charges.c.user_id == key.user_id,
        and_(same_role, charges.c.address == address),
        same_role,
        charges.c.role != "guest",
    )
    counts = [func.count(case((which, _ONE)).distinct()) for which in whose]
    here = and_(*_of_session(key), charges.c.message_id.is_not(None))
    found = select(*counts).where(~here, ~_WAITS)
    user, same_address, all_of_role, people = db.execute(found).one()
    return user, same_address, all_of_role, people


def count_roles(db: Session) -> dict[str, int]:
    """How many answers are written now, by the role of whoever asked, as `count_open` counts."""
    found = select(charges.c.role, func.count(_ONE.distinct())).where(~_WAITS)
    rows = db.execute(found.group_by(charges.c.role))
    return {str(role): int(count) for role, count in rows}


def left(db: Session, *, before: datetime) -> list[Charge]:
    """Those that nobody will pay: the answer is over or gone, or the analysis that old."""
    place = and_(
        messages.c.user_id == charges.c.user_id,
        messages.c.session_id == charges.c.session_id,
        messages.c.id == charges.c.message_id,
    )
    waits = and_(
        messages.c.status == "queued",
        messages.c.deleted_at.is_(None),
        sessions.c.deleted_at.is_(None),
    )
    goes_on = exists(
        select(messages.c.id)
        .join(sessions)
        .where(place, or_(messages.c.status == "streaming", waits))
    )
    old = and_(charges.c.message_id.is_(None), charges.c.created_at < before)
    return _charges(db, or_(old, and_(charges.c.message_id.is_not(None), ~goes_on)))


def forget(db: Session, *, before: datetime) -> None:
    """Remove what was used up before that time."""
    slot = int(before.timestamp() // SLOT.total_seconds())
    db.execute(delete(budgets).where(budgets.c.slot < slot))


def _of(payers: Iterable[str], since: datetime) -> tuple[ColumnElement[bool], ...]:
    slot = int(since.timestamp() // SLOT.total_seconds())
    return budgets.c.payer.in_(list(payers)), budgets.c.slot >= slot, budgets.c.used_at > since


def _answer(key: SessionKey, message_id: int) -> tuple[ColumnElement[bool], ...]:
    return *_of_session(key), charges.c.message_id == message_id


def _of_session(key: SessionKey) -> tuple[ColumnElement[bool], ...]:
    owned(key)  # raises where this is no id
    return charges.c.user_id == key.user_id, charges.c.session_id == key.session_id


def _charges(db: Session, *which: ColumnElement[bool]) -> list[Charge]:
    return [
        Charge(
            row.id,
            SessionKey(row.user_id, row.session_id),
            row.message_id,
            row.role,
            row.address,
            row.offline,
            row.created_at,
        )
        for row in db.execute(select(charges).where(*which))
    ]


def _bound() -> Iterable[BindParameter[object]]:
    yield bindparam("payer", type_=String)
    yield bindparam("now", type_=UtcDateTime)


_ADD = text(
    f"INSERT INTO budgets (payer, slot, used_at, {', '.join(COUNTED)})"
    f" VALUES (:payer, :slot, :now, {', '.join(f':{name}' for name in COUNTED)})"
    " ON CONFLICT (payer, slot) DO UPDATE SET used_at ="
    " CASE WHEN excluded.used_at > budgets.used_at THEN excluded.used_at ELSE budgets.used_at END, "
    + ", ".join(f"{name} = budgets.{name} + excluded.{name}" for name in COUNTED)
).bindparams(*_bound())
