"""What was used, kept while it is written: no chat is read for it. The caller owns the transaction.

Days are in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import Date, bindparam, delete, func, select, text
from sqlmodel import Session

from store.tables import usage, users

By = Literal["day", "model", "persona", "folder", "user"]
MOST = 500
"""No more lines are given, those with the most answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSums:
    """Sums; each of the times has the number of those it was measured for before it.

    ``counted`` answers have tokens that their server counted, ``priced`` ones a cost.
    """

    questions: int = 0
    answers: int = 0
    errors: int = 0
    stopped: int = 0
    counted: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    priced: int = 0
    cost: float = 0.0
    first_tokens: int = 0
    first_token_ms: int = 0
    durations: int = 0
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class UsagePlace:
    """Where something counts."""

    user_id: str
    model: str
    persona: str
    folder: str


NAMES = tuple(field.name for field in fields(UsageSums))


def add(db: Session, place: UsagePlace, sums: UsageSums, *, now: datetime) -> None:
    """Count this; for this package only: whoever calls it has found the answer to be theirs."""
    row = {name: getattr(place, name) for name in UsagePlace.__dataclass_fields__}
    counted = {name: getattr(sums, name) for name in NAMES}
    db.execute(_ADD, {**row, **counted, "day": now.astimezone(UTC).date()})


def sums(
    db: Session, *, user_id: str | None, by: By, since: date, until: date
) -> list[tuple[str, UsageSums]]:
    """What was used from one day to another, both included, for each of these; the most first.

    Of one user, or of everybody. Days come newest first, users by their ids.
    """
    column = usage.c[by if by != "user" else "user_id"]
    totals = [func.sum(usage.c[name]) for name in NAMES]
    these = [usage.c.day >= since, usage.c.day <= until]
    if user_id is not None:
        these.append(usage.c.user_id == user_id)
    order = column.desc() if by == "day" else func.sum(usage.c.answers).desc()
    query = select(column, *totals).where(*these).group_by(column).order_by(order, column)
    return [
        (str(name), UsageSums(**_numbers(found))) for name, *found in db.execute(query.limit(MOST))
    ]


def names_of(db: Session, user_ids: Sequence[str]) -> Mapping[str, str]:
    """What these users are called."""
    found = select(users.c.id, users.c.display_name, users.c.username)
    rows = db.execute(found.where(users.c.id.in_(user_ids)))
    return {row.id: row.display_name or row.username for row in rows}


def hand_over(db: Session, *, user_id: str, to_user_id: str) -> None:
    """Count as the other's what was this user's; for this package only."""
    db.execute(_HAND_OVER, {"user_id": user_id, "to_user_id": to_user_id})
    db.execute(delete(usage).where(usage.c.user_id == user_id))


def _numbers(found: Sequence[object]) -> dict[str, Any]:
    """As they are kept: PostgreSQL adds whole numbers up to decimal ones."""
    pairs = zip(NAMES, found, strict=True)
    return {name: float(str(x)) if name == "cost" else int(str(x)) for name, x in pairs}


_SUMS = ", ".join(NAMES)
_KEY = "user_id, day, model, persona, folder"
_MORE = f" ON CONFLICT ({_KEY}) DO UPDATE SET " + ", ".join(
    f"{name} = usage.{name} + excluded.{name}" for name in NAMES
)
_ADD = text(
    f"INSERT INTO usage ({_KEY}, {_SUMS}) VALUES (:user_id, :day, :model, :persona, :folder, "
    + ", ".join(f":{name}" for name in NAMES)
    + ")"
    + _MORE
).bindparams(bindparam("day", type_=Date))
_HAND_OVER = text(
    f"INSERT INTO usage ({_KEY}, {_SUMS}) SELECT :to_user_id, day, model, persona, folder, {_SUMS}"
    f" FROM usage WHERE user_id = :user_id{_MORE}"
)
