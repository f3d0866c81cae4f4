"""Personas that people make for themselves. The caller owns the transaction.

What a persona may say is the business of whoever calls; here only what the table can keep.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlmodel import Session

from store.errors import PersonaNotFound, Refused
from store.models import personas, sessions
from store.texts import is_id, storable
from store.types import utc_now
from store.values import OwnPersona

PREFIX = "own-"
"""What the id of each begins with, so that none is ever called like one of the file."""
PERSONAS_MAX = 100
CHANGEABLE = frozenset(OwnPersona.__dataclass_fields__) - {"id", "created_at", "updated_at"}
_PERSONA = [personas.c[name] for name in OwnPersona.__dataclass_fields__]
_LISTS = ("starters", "tools")


def create(
    db: Session, *, user_id: str, name: str, icon: str, now: datetime | None = None, **fields: Any
) -> OwnPersona:
    """A new one; ``fields`` are any of `CHANGEABLE`. Raises `Refused`, also when there are 100."""
    if count(db, user_id=user_id) >= PERSONAS_MAX:
        raise Refused(f"You have {PERSONAS_MAX} personas already.", "Delete some of them first.")
    moment = now or utc_now()
    new_id = f"{PREFIX}{uuid4().hex}"
    values = _checked({"name": name, "icon": icon, **fields})
    db.execute(
        insert(personas).values(
            user_id=user_id, id=new_id, created_at=moment, updated_at=moment, **values
        )
    )
    return get(db, user_id=user_id, persona_id=new_id)


def count(db: Session, *, user_id: str) -> int:
    """How many somebody has."""
    theirs = select(func.count()).select_from(personas).where(personas.c.user_id == user_id)
    return db.scalar(theirs) or 0


def listed(db: Session, *, user_id: str) -> list[OwnPersona]:
    """All of somebody's, by name."""
    rows = db.execute(
        select(*_PERSONA)
        .where(personas.c.user_id == user_id)
        .order_by(func.lower(personas.c.name), personas.c.id)
    )
    return [_value(row) for row in rows]


def get(db: Session, *, user_id: str, persona_id: str) -> OwnPersona:
    """One of somebody's; raises `PersonaNotFound`."""
    row = db.execute(select(*_PERSONA).where(*_owned(user_id, persona_id))).first()
    if row is None:
        raise PersonaNotFound
    return _value(row)


def change(
    db: Session, *, user_id: str, persona_id: str, now: datetime | None = None, **fields: Any
) -> OwnPersona:
    """Set any of `CHANGEABLE`; raises `Refused` or `PersonaNotFound`."""
    row = db.execute(
        update(personas)
        .where(*_owned(user_id, persona_id))
        .values(updated_at=now or utc_now(), **_checked(fields))
        .returning(*_PERSONA)
    ).first()
    if row is None:
        raise PersonaNotFound
    return _value(row)


def remove(db: Session, *, user_id: str, persona_id: str) -> None:
    """Remove one for good; sessions keep its id. Raises `PersonaNotFound`."""
    gone = db.execute(delete(personas).where(*_owned(user_id, persona_id)))
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise PersonaNotFound


def count_uses(db: Session, *, user_id: str, persona_id: str) -> int:
    """In how many of their sessions outside the trash it is chosen."""
    these = (
        sessions.c.user_id == user_id,
        sessions.c.persona == persona_id,
        sessions.c.deleted_at.is_(None),
    )
    if not is_id(persona_id):
        raise PersonaNotFound
    return db.scalar(select(func.count()).select_from(sessions).where(*these)) or 0


def _owned(user_id: str, persona_id: str) -> list[ColumnElement[bool]]:
    if not is_id(persona_id):
        raise PersonaNotFound
    return [personas.c.user_id == user_id, personas.c.id == persona_id]


def _value(row: Any) -> OwnPersona:
    lists = {name: tuple(getattr(row, name)) for name in _LISTS}
    return OwnPersona(**{**row._mapping, **lists})


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(fields) - CHANGEABLE:
        raise Refused(f"A persona has no {', '.join(sorted(unknown))}.", "Leave it out.")
    for name, value in fields.items():
        for text in [value] if isinstance(value, str) else value if name in _LISTS else ():
            storable(text)
        limit = getattr(personas.c[name].type, "length", None)
        if limit is not None and len(value) > limit:
            raise Refused(f"The {name} is too long.", f"Use at most {limit} characters.")
    return {name: list(value) if name in _LISTS else value for name, value in fields.items()}
