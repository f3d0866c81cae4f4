"""Codes that work once. The caller owns the transaction."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from store.tables import codes, ended_logins
from store.types import utc_now
from store.values import Code

SETUP, INVITE, RESET = "setup", "invite", "reset"


def create(
    db: Session,
    *,
    kind: str,
    code_hash: str,
    expires_at: datetime,
    user_id: str | None = None,
    role: str = "user",
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
        )
    )


def look(db: Session, *, kind: str, code_hash: str, now: datetime) -> Code | None:
    """What a code is good for, without using it up."""
    row = db.execute(
        select(codes.c.kind, codes.c.user_id, codes.c.role).where(
            codes.c.kind == kind, codes.c.code_hash == code_hash, codes.c.expires_at > now
        )
    ).first()
    return Code(*row) if row else None


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
