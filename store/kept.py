"""What a process made once for all later ones. The caller owns the transaction."""

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store.tables import kept


def keep(db: Session, *, name: str, make: Callable[[], str]) -> str:
    """The value kept under a name; made and kept when there is none yet."""
    wanted = select(kept.c.value).where(kept.c.name == name)
    found: str | None = db.scalar(wanted)
    if found is None:
        with suppress(IntegrityError), db.begin_nested():  # another process is faster
            db.execute(insert(kept).values(name=name, value=make()))
        found = db.scalar(wanted)
    assert found is not None
    return found
