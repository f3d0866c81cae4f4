"""How answers are kept while they are written, and how they end.

The caller owns the transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlmodel import Session

from store.messages import set_leaf
from store.metadata import MessageMetadata
from store.session_locks import owned
from store.tables import messages, sessions
from store.texts import repaired
from store.tree import message_at
from store.types import utc_now
from store.values import SessionKey

MODEL_MAX = 200


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended; ``content`` is all that was received.

    ``context`` is what tools remember from now on in this session; None, as it is.
    """

    status: str
    content: str
    error_code: str | None = None
    error_message: str | None = None
    model: str = ""
    tools_used: Sequence[Mapping[str, object]] = ()
    processing_time_ms: int | None = None
    first_token_ms: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    metadata: MessageMetadata = MessageMetadata()  # noqa: RUF009 - frozen
    context: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """An answer that is being written: by which process, and its last sign of life."""

    key: SessionKey
    message_id: int
    owner: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """What was received of an answer so far; ``tools_used`` is None where it has not changed."""

    key: SessionKey
    message_id: int
    text: str
    tools_used: Sequence[Mapping[str, object]] | None = None


def checkpoint(db: Session, received: Iterable[Received], now: datetime | None = None) -> None:
    """Keep what was received of any number of answers."""
    moment = now or utc_now()
    for part in received:
        used = {} if part.tools_used is None else {"tools_used": list(part.tools_used)}
        db.execute(
            update(messages)
            .where(*message_at(part.key, part.message_id), messages.c.status == "streaming")
            .values(content=repaired(part.text), checkpoint_at=moment, **used)
        )


def finish(
    db: Session, key: SessionKey, *, message_id: int, ending: Ending, now: datetime | None = None
) -> bool:
    """Store how an answer ended, and add it up in its session; False when it is gone for good.

    Also for a session or message that went into the trash meanwhile.
    """
    locked = select(sessions.c.active_leaf_id).where(*owned(key)).with_for_update()
    session = db.execute(locked).first()
    if session is None:
        return False
    values = {name: getattr(ending, name) for name in Ending.__dataclass_fields__}
    context = values.pop("context")
    values |= {
        "content": repaired(ending.content),
        "error_message": repaired(ending.error_message or "") or None,
        "model": repaired(ending.model)[:MODEL_MAX],
        "tools_used": list(ending.tools_used),
        "metadata": ending.metadata.as_json(),
        "owner_process": None,
    }
    ended = db.execute(
        update(messages)
        .where(*message_at(key, message_id))
        .values(**values)
        .returning(messages.c.id)
    ).first()
    if ended is None:
        return False
    db.execute(
        update(sessions)
        .where(*owned(key))
        .values(
            prompt_tokens=sessions.c.prompt_tokens + (ending.prompt_tokens or 0),
            completion_tokens=sessions.c.completion_tokens + (ending.completion_tokens or 0),
            cost=sessions.c.cost + (ending.cost or 0),
            last_activity_at=now or utc_now(),
            answered_at=now or utc_now(),
            **({"context": dict(context)} if context is not None else {}),
        )
    )
    if session.active_leaf_id == message_id:
        set_leaf(db, key, leaf_id=message_id)
    return True


def interrupt(
    db: Session, *, is_gone: Callable[[Writing], bool], now: datetime | None = None
) -> list[SessionKey]:
    """Mark answers whose writer is gone as ``interrupted``, with the text they have.

    Returns all sessions in which an answer now waits although none is being written.
    """
    place = (messages.c.user_id, messages.c.session_id, messages.c.id)
    last_seen = func.coalesce(messages.c.checkpoint_at, messages.c.created_at)
    owner = func.coalesce(messages.c.owner_process, "")
    streaming = messages.c.status == "streaming"
    found = select(*place, owner, last_seen).where(streaming).order_by(*place)
    for user_id, session_id, *rest in db.execute(found).all():
        writing = Writing(SessionKey(user_id, session_id), *rest)
        if is_gone(writing):
            _interrupt(db, writing, now)
    other = messages.alias()
    busy = exists().where(
        other.c.user_id == messages.c.user_id,
        other.c.session_id == messages.c.session_id,
        other.c.status == "streaming",
    )
    waiting = (
        select(messages.c.user_id, messages.c.session_id)
        .join(sessions)
        .where(
            messages.c.status == "queued",
            messages.c.deleted_at.is_(None),
            sessions.c.deleted_at.is_(None),
            ~busy,
        )
        .distinct()
    )
    return [SessionKey(*row) for row in db.execute(waiting)]


def _interrupt(db: Session, writing: Writing, now: datetime | None) -> None:
    """Unless its writer has stored another ending while the session's lock was waited for."""
    key = writing.key
    db.execute(select(sessions.c.session_id).where(*owned(key)).with_for_update())
    this = (*message_at(key, writing.message_id), messages.c.status == "streaming")
    row = db.execute(select(messages).where(*this)).first()
    if row is not None:
        ending = Ending(
            "interrupted",
            row.content,
            model=row.model,
            tools_used=row.tools_used,
            metadata=MessageMetadata.of(row.metadata),
        )
        finish(db, key, message_id=row.id, ending=ending, now=now)
