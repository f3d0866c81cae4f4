"""Turns as they are stored: a question, its answer, and what becomes of the answer.

At most one answer of a session is being written at a time. A question that arrives meanwhile is
stored at once together with its empty answer, both ``queued``, below the leaf as it is at that
moment; so order is decided when it is sent and never changed. The caller owns the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlmodel import Session

from store.errors import Conflict, Refused, SessionNotFound
from store.messages import append, get
from store.models import messages, sessions
from store.sessions import lock, owned
from store.tree import Conditions, of, one
from store.types import utc_now
from store.values import OPEN, TITLE_CUT, Message, cut, storable

KEY_MAX = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored question and its answer, which is ``streaming`` or ``queued``.

    ``repeated`` when the same idempotency key had stored them before.
    """

    question: Message
    answer: Message
    repeated: bool = False


def ask(
    db: Session,
    *,
    user_id: str,
    session_id: str,
    content: str,
    owner: str,
    parent_id: int | None = None,
    edit_of: int | None = None,
    idempotency_key: str | None = None,
    now: datetime | None = None,
) -> Asked:
    """Store a question and the place of its answer.

    Below the active leaf, or below ``parent_id`` (an answer), or as another version of the
    question ``edit_of``. Raises `Refused` for an empty text or a parent that is no answer.
    """
    if not content.strip():
        raise Refused("The message is empty.", "Type something to send.")
    storable(content)
    key = _checked_key(idempotency_key)
    session = lock(db, user_id=user_id, session_id=session_id)
    place = {"user_id": user_id, "session_id": session_id}
    if key and (sent := _sent_before(db, place, key)):
        return sent
    if edit_of is not None:
        edited = get(db, **place, message_id=edit_of)
        if edited.role != "user":
            raise Refused("Only a question can be edited.", "Regenerate the answer instead.")
        parent_id = edited.parent_id
    elif parent_id is None:
        parent_id = session.active_leaf_id
    elif get(db, **place, message_id=parent_id).role == "user":
        raise Refused("A question cannot follow a question.", "Give the id of an answer.")
    if not session.title:
        title = cut(content, TITLE_CUT)
        db.execute(update(sessions).where(*owned(user_id, session_id)).values(title=title))
    moment = now or utc_now()
    waits = _is_answering(db, place)
    question = append(
        db,
        **place,
        parent_id=parent_id,
        role="user",
        now=moment,
        content=content,
        status="queued" if waits else "complete",
        idempotency_key=key,
    )
    answer = _add_answer(db, place, question, owner, waits, moment, "", {}, [])
    return Asked(get(db, **place, message_id=question), get(db, **place, message_id=answer))


def answer_again(
    db: Session,
    *,
    user_id: str,
    session_id: str,
    message_id: int,
    owner: str,
    continued: bool = False,
    now: datetime | None = None,
) -> Message:
    """Another version of an answer; ``continued`` starts with the text that is there.

    For a question's id, another answer to it. Raises `Refused` for an answer that is still
    being written or waiting.
    """
    place = {"user_id": user_id, "session_id": session_id}
    lock(db, **place)
    old = get(db, **place, message_id=message_id)
    if old.is_open:
        raise Conflict("This answer is not finished yet.", "Stop it first.")
    if old.role != "assistant" and continued:
        raise Refused("Only an answer can be continued.", "Give the id of an answer.")
    question = old.id if old.role == "user" else old.parent_id
    if question is None:
        raise Refused("There is no question to answer.", "Send a message instead.")
    prefix = old.content if continued else ""
    meta = {"continues": old.id} if continued else {}
    moment = now or utc_now()
    waits = _is_answering(db, place)
    used = old.tools_used if continued else []
    new = _add_answer(db, place, question, owner, waits, moment, prefix, meta, used)
    return get(db, **place, message_id=new)


def start_next(
    db: Session, *, user_id: str, session_id: str, owner: str, now: datetime | None = None
) -> Message | None:
    """Take the oldest waiting answer of a session in which none is being written."""
    place = {"user_id": user_id, "session_id": session_id}
    try:
        lock(db, **place)
    except SessionNotFound:
        return None
    if _is_answering(db, place, ("streaming",)):
        return None
    id_ = db.scalar(
        select(func.min(messages.c.id)).where(
            *_open(place, ("queued",)), messages.c.role == "assistant"
        )
    )
    if id_ is None:
        return None
    answer = get(db, **place, message_id=id_)
    question = one(**place, message_id=answer.parent_id or 0)
    db.execute(update(messages).where(*question).values(status="complete"))
    taken = {"status": "streaming", "owner_process": owner, "checkpoint_at": now or utc_now()}
    db.execute(update(messages).where(*one(**place, message_id=id_)).values(**taken))
    return replace(answer, status="streaming")


def _add_answer(
    db: Session,
    place: dict[str, str],
    question: int,
    owner: str,
    waits: bool,
    moment: datetime,
    prefix: str,
    meta: dict[str, Any],
    used: list[Any],
) -> int:
    return append(
        db,
        user_id=place["user_id"],
        session_id=place["session_id"],
        parent_id=question,
        role="assistant",
        now=moment,
        content=prefix,
        status="queued" if waits else "streaming",
        owner_process=None if waits else owner,
        checkpoint_at=None if waits else moment,
        tools_used=used,
        **{"metadata": meta},
    )


def _checked_key(key: str | None) -> str | None:
    if key and len(storable(key)) > KEY_MAX:
        raise Refused("The idempotency key is too long.", f"Use at most {KEY_MAX} characters.")
    return key or None


def _sent_before(db: Session, place: dict[str, str], key: str) -> Asked | None:
    id_ = db.scalar(select(messages.c.id).where(*of(**place), messages.c.idempotency_key == key))
    if id_ is None:
        return None
    answer = select(func.min(messages.c.id)).where(
        *of(**place),
        messages.c.parent_id == id_,
        messages.c.role == "assistant",
        messages.c.deleted_at.is_(None),
    )
    return Asked(
        get(db, **place, message_id=id_),
        get(db, **place, message_id=db.scalars(answer).one() or 0),
        repeated=True,
    )


def _is_answering(db: Session, place: dict[str, str], status: tuple[str, ...] = OPEN) -> bool:
    return bool(db.scalar(select(exists().where(*_open(place, status)))))


def _open(place: dict[str, str], status: tuple[str, ...]) -> Conditions:
    return *of(**place), messages.c.status.in_(status), messages.c.deleted_at.is_(None)
