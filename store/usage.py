"""What was used, kept while it is written: no chat is read for it. The caller owns the transaction.

Kept by the hour in UTC, so that days can be those of any place; where hours begin at half past, an
hour counts for the day in which it begins.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from operator import add as add_up
from typing import Any, Literal

from sqlalchemy import ColumnElement, Table, TextClause, bindparam, delete, func, select, text
from sqlmodel import Session

from store.tables import usage, usage_times, users
from store.types import UtcDateTime
from store.usage_times import NO_TIMES, TIME_NAMES, Times, bucket_of

By = Literal["day", "model", "persona", "folder", "user"]
MOST = 500
"""No more lines are given, those with the most answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSums:
    """Sums; each of the times has the number of those it was measured for before it.

    ``asides`` are calls that wrote no answer. Of answers and asides, ``counted`` have tokens that
    their server counted, ``priced`` a cost.
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
    asides: int = 0

    def __add__(self, other: "UsageSums") -> "UsageSums":
        """Both together."""
        return UsageSums(**{name: getattr(self, name) + getattr(other, name) for name in NAMES})


@dataclass(frozen=True, slots=True)
class UsagePlace:
    """Where something counts."""

    user_id: str
    model: str
    persona: str
    folder: str


@dataclass(frozen=True, slots=True)
class UsageOf:
    """What one of them used; ``key`` is an ISO day, a model or an id."""

    key: str
    sums: UsageSums
    times: Times


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of a place, both included."""

    since: date
    until: date
    zone: tzinfo = UTC

    @property
    def begin(self) -> datetime:
        """The moment of its first midnight; raises `OverflowError` where there is none."""
        return datetime(*self.since.timetuple()[:3], tzinfo=self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The moment of the midnight after it; raises `OverflowError` where there is none."""
        after = self.until + timedelta(days=1)
        return datetime(*after.timetuple()[:3], tzinfo=self.zone).astimezone(UTC)

    def of(self, hour: datetime) -> str:
        """The day in which an hour begins."""
        return hour.astimezone(self.zone).date().isoformat()


NAMES = tuple(field.name for field in fields(UsageSums))
_NOTHING = UsageSums()


def add(db: Session, place: UsagePlace, sums: UsageSums, *, now: datetime) -> None:
    """Count this; for this package only: whoever calls it has found the answer to be theirs.

    Of times no more than one of each.
    """
    if sums == _NOTHING:
        return
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    row = {**asdict(place), "hour": hour}
    db.execute(_ADD, {**row, **asdict(sums)})
    first = bucket_of(sums.first_token_ms) if sums.first_tokens else None
    took = bucket_of(sums.duration_ms) if sums.durations else None
    times = [
        {**row, "bucket": at, "first_tokens": int(at == first), "durations": int(at == took)}
        for at in sorted(one for one in {first, took} if one is not None)
    ]
    if times:
        db.execute(_ADD_TIMES, times)


def used(db: Session, *, user_id: str | None, by: By, days: Days) -> list[UsageOf]:
    """What was used in these days for each of them, the most first; of days the newest first.

    Of one user, or of everybody. Raises `OverflowError` for days that there are none of.
    """
    column = usage.c[_COLUMNS[by]]
    totals = (func.sum(usage.c[name]) for name in NAMES)
    query = select(column, *totals).where(*_which(usage, user_id, days)).group_by(column)
    if by != "day":
        query = query.order_by(func.sum(usage.c.answers).desc(), column).limit(MOST)
    named: Callable[[Any], str] = cache(days.of) if by == "day" else str
    sums: dict[str, list[Any]] = {}
    for key, *found in db.execute(query):
        before = sums.get(name := named(key))
        sums[name] = list(map(add_up, before, found)) if before else found
    times = _times(db, user_id, by, days, named, list(sums))
    lines = [
        UsageOf(key, UsageSums(**_numbers(one)), times.get(key, NO_TIMES))
        for key, one in sums.items()
    ]
    return sorted(lines, key=lambda one: one.key, reverse=True) if by == "day" else lines


def names_of(db: Session, user_ids: Sequence[str]) -> Mapping[str, str]:
    """What these users are called."""
    found = select(users.c.id, users.c.display_name, users.c.username)
    rows = db.execute(found.where(users.c.id.in_(user_ids)))
    return {row.id: row.display_name or row.username for row in rows}


def hand_over(db: Session, *, user_id: str, to_user_id: str) -> None:
    """Count as the other's what was this user's; for this package only."""
    for table, adding in ((usage, _HAND_OVER), (usage_times, _HAND_TIMES)):
        db.execute(adding, {"user_id": user_id, "to_user_id": to_user_id})
        db.execute(delete(table).where(table.c.user_id == user_id))


def _times(
    db: Session,
    user_id: str | None,
    by: By,
    days: Days,
    named: Callable[[Any], str],
    keys: Sequence[str],
) -> dict[str, Times]:
    column = usage_times.c[_COLUMNS[by]]
    counts = (func.sum(usage_times.c[name]) for name in TIME_NAMES)
    which = _which(usage_times, user_id, days)
    if by != "day":
        which.append(column.in_(keys))
    group = (column, usage_times.c.bucket)
    found: dict[str, Times] = {}
    for key, bucket, first, took in db.execute(
        select(*group, *counts).where(*which).group_by(*group)
    ):
        times = found.setdefault(named(key), Times())
        times.first_token[bucket] += int(first)
        times.duration[bucket] += int(took)
    return found


def _which(table: Table, user_id: str | None, days: Days) -> list[ColumnElement[bool]]:
    these = [table.c.hour >= days.begin, table.c.hour < days.end]
    return these if user_id is None else [table.c.user_id == user_id, *these]


def _numbers(found: Sequence[object]) -> dict[str, Any]:
    """As they are kept: PostgreSQL adds whole numbers up to decimal ones."""
    pairs = zip(NAMES, found, strict=True)
    return {name: float(str(x)) if name == "cost" else int(str(x)) for name, x in pairs}


_COLUMNS: Mapping[By, str] = {
    **{"day": "hour", "user": "user_id"},
    **{"model": "model", "persona": "persona", "folder": "folder"},
}


def _adding(table: str, key: str, names: Sequence[str], given: str) -> TextClause:
    """A statement that adds to what is there."""
    more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in names)
    columns = ", ".join((key, *names))
    return text(f"INSERT INTO {table} ({columns}) {given} ON CONFLICT ({key}) DO UPDATE SET {more}")


def _new(key: str, names: Sequence[str]) -> str:
    return "VALUES (:" + ", :".join((*key.split(", "), *names)) + ")"


def _old(table: str, key: str, names: Sequence[str]) -> str:
    mine = ", ".join((*key.split(", ")[1:], *names))
    return f"SELECT :to_user_id, {mine} FROM {table} WHERE user_id = :user_id"


_KEY = "user_id, hour, model, persona, folder"
_TIMES_KEY = f"{_KEY}, bucket"
_HOUR = bindparam("hour", type_=UtcDateTime)
_ADD = _adding("usage", _KEY, NAMES, _new(_KEY, NAMES)).bindparams(_HOUR)
_ADD_TIMES = _adding(
    "usage_times", _TIMES_KEY, TIME_NAMES, _new(_TIMES_KEY, TIME_NAMES)
).bindparams(_HOUR)
_HAND_OVER = _adding("usage", _KEY, NAMES, _old("usage", _KEY, NAMES))
_HAND_TIMES = _adding(
    "usage_times", _TIMES_KEY, TIME_NAMES, _old("usage_times", _TIMES_KEY, TIME_NAMES)
)
