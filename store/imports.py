"""How far imports are. The caller owns the transaction.

One that gives no sign of life any more is left by a process that ended.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import uuid4

from sqlalchemy import ColumnElement, case, delete, insert, select, update
from sqlmodel import Session

from store.errors import Conflict, NotFound
from store.intake import Tally
from store.tables import imports
from store.texts import is_id, repaired
from store.types import Found, database_clock, utc_now

ImportState = Literal["running", "done", "failed", "cancelled", "interrupted"]
SILENT = timedelta(seconds=90)
KEPT = 20
"""So many of somebody's are remembered."""


class ImportNotFound(NotFound):
    """No such import of this user."""

    code = "import_not_found"
    said = "There is no such import.", "Start it again with the file."


@dataclass(frozen=True, slots=True)
class Import:
    """One import; ``done`` and ``total`` are messages, ``skipped`` the first of what was."""

    import_id: str
    kind: str
    state: ImportState
    chats: int
    done: int
    total: int
    added: int
    unchanged: int
    skipped: list[dict[str, str]]
    skipped_count: int
    error: str
    created_at: datetime

    @property
    def is_running(self) -> bool:
        """Whether more of it comes in."""
        return self.state == "running"


_FIELDS = [imports.c[name] for name in Import.__dataclass_fields__]
_READ = select(*_FIELDS, imports.c.touched_at, database_clock())


def begin(db: Session, *, user_id: str, total: int, now: datetime | None = None) -> str:
    """The id of a new one; raises `Conflict` while another of theirs is running."""
    newest_one = newest(db, user_id=user_id)
    if newest_one is not None and newest_one.is_running:
        raise Conflict("Another import is still running.", "Wait for it, or cancel it.")
    import_id, moment = uuid4().hex, now or utc_now()
    row = {"user_id": user_id, "import_id": import_id, "kind": "", "total": total}
    db.execute(
        insert(imports).values(
            **row, state="running", created_at=moment, touched_at=database_clock()
        )
    )
    old = select(imports.c.import_id).where(imports.c.user_id == user_id)
    old = old.order_by(imports.c.created_at.desc()).offset(KEPT).limit(1000)
    db.execute(delete(imports).where(imports.c.user_id == user_id, imports.c.import_id.in_(old)))
    return import_id


def note(db: Session, *, user_id: str, import_id: str, done: int, count: Tally) -> bool:
    """Keep how far it is, and that it goes on; False where it is to end."""
    row = db.execute(
        update(imports)
        .where(*_owned(user_id, import_id), imports.c.state == "running")
        .values(touched_at=database_clock(), **_counts(done, count))
        .returning(imports.c.wants_end)
    ).first()
    return row is not None and not row.wants_end


def end(
    db: Session,
    *,
    user_id: str,
    import_id: str,
    state: ImportState,
    done: int,
    count: Tally,
    kind: str,
    error: str = "",
) -> None:
    """Keep what came of it."""
    assert state in get_args(ImportState)
    db.execute(
        update(imports)
        .where(*_owned(user_id, import_id), imports.c.state == "running")
        .values(
            state=state,
            kind=kind,
            error=repaired(error)[:1000],
            skipped=[asdict(one) for one in count.skipped],
            touched_at=database_clock(),
            **_counts(done, count),
        )
    )


def cancel(db: Session, *, user_id: str, import_id: str) -> Import:
    """Have it end soon, if it runs; raises `ImportNotFound`."""
    db.execute(update(imports).where(*_owned(user_id, import_id)).values(wants_end=True))
    return get(db, user_id=user_id, import_id=import_id)


def get(db: Session, *, user_id: str, import_id: str) -> Import:
    """One of theirs; raises `ImportNotFound`."""
    row = db.execute(_READ.where(*_owned(user_id, import_id))).first()
    if row is None:
        raise ImportNotFound
    return _value(row)


def newest(db: Session, *, user_id: str) -> Import | None:
    """The last one of theirs."""
    query = _READ.where(imports.c.user_id == user_id)
    row = db.execute(query.order_by(imports.c.created_at.desc()).limit(1)).first()
    return _value(row) if row else None


def _value(row: Found) -> Import:
    *values, touched, now = tuple(row)
    found = Import(*values)
    is_left = found.is_running and now - touched > SILENT
    return replace(found, state="interrupted") if is_left else found


def _counts(done: int, count: Tally) -> dict[str, object]:
    more = case((imports.c.total < done, done), else_=imports.c.total)
    return {
        "done": done,
        "total": more,
        "chats": count.chats,
        "added": count.added,
        "unchanged": count.unchanged,
        "skipped_count": count.skipped_count,
    }


def _owned(user_id: str, import_id: str) -> tuple[ColumnElement[bool], ...]:
    if not is_id(import_id):
        raise ImportNotFound
    return imports.c.user_id == user_id, imports.c.import_id == import_id
