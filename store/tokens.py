"""API tokens. The caller owns the transaction. Only hashes (SHA-256, hex) come in here."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlmodel import Session

from store.errors import Refused, TokenNotFound
from store.tables import api_tokens, users
from store.texts import is_id, storable
from store.types import utc_now
from store.values import ApiToken, User

NAME_MAX = 100
TOKENS_MAX = 100
_TOKEN = [api_tokens.c[name] for name in ApiToken.__dataclass_fields__]
_USER = [users.c[name] for name in User.__dataclass_fields__]
_LABELLED = [column.label(f"token_{column.name}") for column in _TOKEN]


def create(
    db: Session,
    *,
    user_id: str,
    name: str,
    token_hash: str,
    expires_at: datetime | None = None,
    now: datetime | None = None,
) -> ApiToken:
    """Keep a new token; raises `Refused` for an empty or long name, or too many of them."""
    name = " ".join(storable(name).split())
    if not name or len(name) > NAME_MAX:
        raise Refused("The token's name is empty or too long.", f"Use 1 to {NAME_MAX} characters.")
    theirs = select(func.count()).select_from(api_tokens).where(api_tokens.c.user_id == user_id)
    if (db.scalar(theirs) or 0) >= TOKENS_MAX:
        raise Refused(f"There are {TOKENS_MAX} tokens already.", "Revoke some of them first.")
    token = ApiToken(uuid4().hex, name, now or utc_now(), expires_at, None)
    kept = {**asdict(token), "user_id": user_id, "token_hash": token_hash}
    db.execute(insert(api_tokens).values(kept))
    return token


def listed(db: Session, *, user_id: str) -> list[ApiToken]:
    """All of somebody's tokens, newest first, expired ones too."""
    rows = db.execute(
        select(*_TOKEN)
        .where(api_tokens.c.user_id == user_id)
        .order_by(api_tokens.c.created_at.desc(), api_tokens.c.id)
    )
    return [ApiToken(*row) for row in rows]


def of_all(db: Session, *, limit: int) -> list[tuple[User, ApiToken]]:
    """Everybody's tokens, newest first, with whose they are."""
    rows = db.execute(
        select(*_USER, *_LABELLED)
        .join(api_tokens, api_tokens.c.user_id == users.c.id)
        .order_by(api_tokens.c.created_at.desc(), api_tokens.c.id)
        .limit(limit)
    )
    return [_owned(row) for row in rows]


def revoke(db: Session, *, user_id: str, token_id: str) -> None:
    """Remove a token; raises `TokenNotFound`."""
    mine = (api_tokens.c.user_id == user_id, api_tokens.c.id == token_id)
    if not is_id(token_id) or not db.execute(delete(api_tokens).where(*mine)).rowcount:  # type: ignore[attr-defined]
        raise TokenNotFound


def owner_of(db: Session, *, token_hash: str, now: datetime) -> tuple[User, ApiToken] | None:
    """Whose token this is, unless it is expired or was revoked."""
    row = db.execute(
        select(*_USER, *_LABELLED)
        .join(api_tokens, api_tokens.c.user_id == users.c.id)
        .where(api_tokens.c.token_hash == token_hash)
        .where(or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > now))
    ).first()
    return _owned(row) if row else None


def used(db: Session, *, user_id: str, token_id: str, now: datetime) -> None:
    """Note that a token was used."""
    mine = (api_tokens.c.user_id == user_id, api_tokens.c.id == token_id)
    db.execute(update(api_tokens).where(*mine).values(last_used_at=now))


def _owned(row: Row[Any]) -> tuple[User, ApiToken]:
    return User(*row[: len(_USER)]), ApiToken(*row[len(_USER) :])
