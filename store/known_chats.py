"""Which of somebody's chats one of a file is. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from store.carried import CarriedSession
from store.tables import sessions
from store.texts import is_id, made_id
from store.values import SessionKey


def own_ids(user_id: str, said: CarriedSession) -> list[SessionKey]:
    """Where a chat may be kept, the best place first."""
    made = f"{said.source} {said.session_id}"
    if not said.source:
        made += f" {said.created_at.isoformat()}"
    other = SessionKey(user_id, made_id(made))
    is_own = not said.source and is_id(said.session_id)
    return [SessionKey(user_id, said.session_id), other] if is_own else [other]


def count(db: Session, user_id: str, chats: Sequence[CarriedSession]) -> int:
    """How many of these are there, with some of their messages or all."""
    keys = [own_ids(user_id, said) for said in chats]
    ids = {key.session_id for places in keys for key in places}
    theirs = (sessions.c.user_id == user_id, sessions.c.session_id.in_(ids))
    query = select(sessions.c.session_id, sessions.c.created_at).where(*theirs)
    there: dict[str, datetime] = {row.session_id: row.created_at for row in db.execute(query)}
    return sum(
        any(is_it(said, there.get(key.session_id)) for key in places)
        for said, places in zip(chats, keys, strict=True)
    )


def is_it(said: CarriedSession, created_at: datetime | None) -> bool:
    """Whether a chat of that id, made then, is this one; nothing was made where it is None."""
    return created_at is not None and (bool(said.source) or created_at == said.created_at)
