"""When the last good backup was, as the database itself knows it. The caller owns the transaction.

So every process says the same, whoever took it: another process, or an operator by hand.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from json import dumps

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from store import kept
from store.dialects import lock_names

NAME = "backup"


@dataclass(frozen=True, slots=True)
class BackupState:
    """``good_at`` is of the newest that was checked, ``tried_at`` of the last that a process began;
    ``problem`` is why the last one is not good."""

    good_at: datetime | None = None
    tried_at: datetime | None = None
    problem: str = ""


_STATE = TypeAdapter(BackupState)


def read(db: Session) -> BackupState:
    """As it is known now."""
    try:
        return _STATE.validate_json(kept.get(db, name=NAME) or "{}")
    except ValidationError:
        return BackupState()


def claim(db: Session, *, now: datetime, seconds: float, again: float) -> bool:
    """Whether a backup is due; then it is the caller's.

    It is, so many ``seconds`` after the last good one, but not within ``again`` of the last try.
    """
    lock_names(db.connection(), [NAME])
    known = read(db)
    if _is_within(known.good_at, now, seconds) or _is_within(known.tried_at, now, again):
        return False
    _put(db, replace(known, tried_at=now))
    return True


def note_good(db: Session, *, made_at: datetime) -> None:
    """One was checked."""
    lock_names(db.connection(), [NAME])
    known = read(db)
    latest = max(made_at, known.good_at or made_at)
    _put(db, replace(known, good_at=latest, problem=""))


def note_problem(db: Session, *, problem: str) -> None:
    """Why the last one is not good."""
    lock_names(db.connection(), [NAME])
    _put(db, replace(read(db), problem=problem))


def _is_within(moment: datetime | None, now: datetime, seconds: float) -> bool:
    """A moment that is still to come is of a clock that was wrong."""
    return moment is not None and 0 <= (now - moment).total_seconds() < seconds


def _put(db: Session, state: BackupState) -> None:
    values = {
        name: one and (one if isinstance(one, str) else one.isoformat())
        for name, one in asdict(state).items()
    }
    kept.put(db, name=NAME, value=dumps(values))
