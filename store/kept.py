"""Single values of the whole database, by name. The caller owns the transaction."""

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store.tables import kept


def keep(db: Session, *, name: str, make: Callable[[], str]) -> str:
    """The value kept under a name; made and kept when there is none yet."""
    found = get(db, name=name)
    if found is None:
        with suppress(IntegrityError), db.begin_nested():  # another process is faster
            db.execute(insert(kept).values(name=name, value=make()))
        found = get(db, name=name)
    assert found is not None
    return found


def get(db: Session, *, name: str) -> str | None:
    """The value kept under a name, if there is one."""
    found: str | None = db.scalar(select(kept.c.value).where(kept.c.name == name))
    return found


def put(db: Session, *, name: str, value: str) -> None:
    """Keep a value instead of the one that is there; the caller has locked the name."""
    db.execute(delete(kept).where(kept.c.name == name))
    db.execute(insert(kept).values(name=name, value=value))
