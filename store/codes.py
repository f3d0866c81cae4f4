"""Codes that work once. The caller owns the transaction."""

from datetime import datetime

from sqlalchemy import delete, exists, insert, or_, select
from sqlmodel import Session

from store.errors import CodeNotFound
from store.tables import codes, ended_logins, users
from store.types import utc_now
from store.values import Code

SETUP, INVITE, RESET = "setup", "invite", "reset"
_CODE = [codes.c[name] for name in Code.__dataclass_fields__]


def create(
    db: Session,
    *,
    kind: str,
    code_hash: str,
    expires_at: datetime,
    user_id: str | None = None,
    role: str = "user",
    made_by: str | None = None,
    now: datetime | None = None,
) -> None:
    """Keep a new code; of ``setup``, and of ``reset`` for one user, only the newest works."""
    if kind != INVITE:
        db.execute(delete(codes).where(codes.c.kind == kind, codes.c.user_id == user_id))
    db.execute(
        insert(codes).values(
            kind=kind,
            code_hash=code_hash,
            user_id=user_id,
            role=role,
            created_at=now or utc_now(),
            expires_at=expires_at,
            made_by=made_by,
        )
    )


def look(db: Session, *, kind: str, code_hash: str, now: datetime) -> Code | None:
    """What a code is good for, without using it up; None where who made it has the role no more."""
    is_admin = (users.c.role == "admin", users.c.disabled_at.is_(None))
    still = exists().where(users.c.id == codes.c.made_by, *is_admin)
    row = db.execute(
        select(*_CODE).where(
            codes.c.kind == kind,
            codes.c.code_hash == code_hash,
            codes.c.expires_at > now,
            or_(codes.c.made_by.is_(None), still),
        )
    ).first()
    return Code(*row) if row else None


def listed(db: Session, *, now: datetime, limit: int) -> list[Code]:
    """The codes that administrators made and nobody has used yet, newest first."""
    rows = db.execute(
        select(*_CODE)
        .where(codes.c.kind != SETUP, codes.c.expires_at > now)
        .order_by(codes.c.created_at.desc(), codes.c.code_hash)
        .limit(limit)
    )
    return [Code(*row) for row in rows]


def revoke(db: Session, *, code_hash: str) -> None:
    """Remove a code that was not used; raises `CodeNotFound`."""
    mine = (codes.c.code_hash == code_hash, codes.c.kind != SETUP)
    if not db.execute(delete(codes).where(*mine)).rowcount:  # type: ignore[attr-defined]
        raise CodeNotFound


def end_of(db: Session, *, made_by: str) -> None:
    """Remove what an administrator made who is about to be none, and what nobody knows who made."""
    is_admin = exists().where(users.c.id == made_by, users.c.role == "admin")
    theirs = or_(codes.c.made_by == made_by, codes.c.made_by.is_(None))
    db.execute(delete(codes).where(codes.c.kind != SETUP, theirs, is_admin))


def take(db: Session, *, kind: str, code_hash: str, now: datetime) -> Code | None:
    """Use a code up; None when it is not good. Of two who take it at once, one gets it."""
    found = look(db, kind=kind, code_hash=code_hash, now=now)
    gone = db.execute(delete(codes).where(codes.c.kind == kind, codes.c.code_hash == code_hash))
    return found if gone.rowcount else None  # type: ignore[attr-defined]


def forget(db: Session, *, kind: str) -> None:
    """Remove all codes of a kind."""
    db.execute(delete(codes).where(codes.c.kind == kind))


def purge_expired(db: Session, *, now: datetime) -> None:
    """Remove what is over: codes, and ended logins whose cookies have expired."""
    for table in (codes, ended_logins):
        db.execute(delete(table).where(table.c.expires_at < now))
