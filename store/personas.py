"""Personas that people make for themselves. The caller owns the transaction.

What a persona may say is the business of whoever calls; here only what the table can keep.
"""

from dataclasses import fields
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update
from sqlmodel import Session

from store.errors import PersonaNotFound, Refused
from store.session_locks import in_trash, lasting
from store.tables import personas, sessions
from store.texts import is_id, storable
from store.types import utc_now
from store.values import OWN, PERSONA_FIELDS, OwnPersona, PersonaDraft

PERSONAS_MAX = 100
_PERSONA = [personas.c[field.name] for field in fields(OwnPersona)]


def create(
    db: Session, *, user_id: str, draft: PersonaDraft, now: datetime | None = None
) -> OwnPersona:
    """A new one; raises `Refused` for what cannot be kept, and when there are 100 already."""
    if count(db, user_id=user_id) >= PERSONAS_MAX:
        raise Refused(f"You have {PERSONAS_MAX} personas already.", "Delete some of them first.")
    moment = now or utc_now()
    names = {"user_id": user_id, "id": f"{OWN}{uuid4().hex}"}
    values = {**names, **_values(draft), "created_at": moment, "updated_at": moment}
    return _value(db.execute(insert(personas).values(values).returning(*_PERSONA)).one())


def put_back(db: Session, *, user_id: str, persona: OwnPersona) -> bool:
    """One that was taken out, under its id; False where that is there.

    Raises `Refused` for what cannot be kept, and when there are 100 already.
    """
    if not persona.own or not is_id(persona.id):
        raise Refused("It is no persona of somebody's own.", "Leave it out.")
    if db.scalar(select(personas.c.id).where(*_owned(user_id, persona.id))) is not None:
        return False
    if count(db, user_id=user_id) >= PERSONAS_MAX:
        raise Refused(f"You have {PERSONAS_MAX} personas already.", "Delete some of them first.")
    names = {"user_id": user_id, "id": persona.id, "created_at": persona.created_at}
    values = {**names, **_values(persona), "updated_at": persona.updated_at}
    db.execute(insert(personas).values(values))
    return True


def count(db: Session, *, user_id: str) -> int:
    """How many somebody has."""
    theirs = select(func.count()).select_from(personas).where(personas.c.user_id == user_id)
    return db.scalar(theirs) or 0


def listed(db: Session, *, user_id: str) -> list[OwnPersona]:
    """All of somebody's, by name."""
    theirs = select(*_PERSONA).where(personas.c.user_id == user_id)
    return [
        _value(row)
        for row in db.execute(theirs.order_by(func.lower(personas.c.name), personas.c.id))
    ]


def get(db: Session, *, user_id: str, persona_id: str) -> OwnPersona:
    """One of somebody's; raises `PersonaNotFound`."""
    return _found(db.execute(select(*_PERSONA).where(*_owned(user_id, persona_id))).first())


def change(
    db: Session, *, user_id: str, persona_id: str, draft: PersonaDraft, now: datetime | None = None
) -> OwnPersona:
    """Say something else of one; raises `Refused` or `PersonaNotFound`."""
    changed = update(personas).values(updated_at=now or utc_now(), **_values(draft))
    one = changed.where(*_owned(user_id, persona_id)).returning(*_PERSONA)
    return _found(db.execute(one).first())


def remove(db: Session, *, user_id: str, persona_id: str) -> None:
    """Remove one for good; sessions keep its id. Raises `PersonaNotFound`."""
    gone = delete(personas).where(*_owned(user_id, persona_id)).returning(personas.c.id)
    if db.scalar(gone) is None:
        raise PersonaNotFound


def count_uses(db: Session, *, user_id: str, persona_id: str) -> int:
    """In how many of their lasting sessions outside the trash it is chosen."""
    if not is_id(persona_id):
        raise PersonaNotFound
    these = (
        sessions.c.user_id == user_id,
        sessions.c.persona == persona_id,
        in_trash(False),
        lasting(),
    )
    return db.scalar(select(func.count()).select_from(sessions).where(*these)) or 0


def _owned(user_id: str, persona_id: str) -> list[ColumnElement[bool]]:
    if not is_id(persona_id):
        raise PersonaNotFound
    return [personas.c.user_id == user_id, personas.c.id == persona_id]


def _found(row: Row[tuple[object, ...]] | None) -> OwnPersona:
    if row is None:
        raise PersonaNotFound
    return _value(row)


def _value(row: Row[tuple[object, ...]]) -> OwnPersona:
    values = dict(row._mapping)
    values.update((key, tuple(value)) for key, value in values.items() if isinstance(value, list))
    return OwnPersona(**values)


def _values(draft: PersonaDraft) -> dict[str, object]:
    values = {name: getattr(draft, name) for name in PERSONA_FIELDS}
    for name, value in values.items():
        for text in value if isinstance(value, tuple) else [value]:
            if isinstance(text, str):
                storable(text)
        limit = getattr(personas.c[name].type, "length", None)
        if limit is not None and len(value) > limit:
            raise Refused(f"The {name} is too long.", f"Use at most {limit} characters.")
    return values
