"""Turns as they are stored: a question, its answer, and what becomes of the answer.

At most one answer of a session is being written at a time. A question that arrives meanwhile is
stored at once together with its empty answer, both ``queued``, below the leaf as it is at that
moment; so order is decided when it is sent and never changed. The caller owns the transaction.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import String, bindparam, exists, func, select, update
from sqlmodel import Session

from store import results, search_files
from store.adding import Entry, add
from store.errors import Conflict, Refused, SessionNotFound
from store.files import attach, hold_of, of_ids, of_messages
from store.messages import get, kept_row
from store.metadata import MessageMetadata
from store.session_locks import lock
from store.tables import messages
from store.texts import TITLE_CUT, cut, storable
from store.tree import Conditions, message_at, messages_of
from store.types import BoundKey, Found, Key, database_clock, utc_now
from store.values import OPEN, Allowance, Message, SessionKey

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
    key: SessionKey,
    *,
    content: str,
    owner: str,
    may: Allowance,
    parent_id: int | None = None,
    edit_of: int | None = None,
    idempotency_key: str | None = None,
    metadata: MessageMetadata = MessageMetadata(),  # noqa: B008 - frozen
    file_ids: Sequence[str] | None = None,
    now: datetime | None = None,
) -> Asked:
    """Store a question and the place of its answer.

    Below the active leaf, or below ``parent_id`` (an answer), or as another version of the
    question ``edit_of``, which has the same files unless others are named. Raises `Refused` for a
    message without text and files or a parent that is no answer, and `FileNotHere`.
    """
    if not (content.strip() or file_ids or edit_of):
        raise _empty()
    storable(content)
    once = checked_key(idempotency_key)
    if file_ids or edit_of:
        hold_of(db, [key.user_id])
    session = lock(db, key)
    before, is_answering, clock = so_far(db, key, once)
    if before:
        return _sent_before(db, key, before)
    may.ask_model(key, content, answer_id=session.next_number + 1)
    parent = _parent(db, key, session.active_leaf_id, parent_id, edit_of)
    moment = now or utc_now()
    answer = _answer(owner, clock, waits=is_answering)
    status = "queued" if answer.status == "queued" else "complete"
    question = Entry(
        role="user", content=content, status=status, idempotency_key=once, metadata=metadata
    )
    ids = list(dict.fromkeys(_attached(db, key, edit_of) if file_ids is None else file_ids))
    named = of_ids(db, user_id=key.user_id, file_ids=ids)
    about = content if content.strip() else ", ".join(one.name for one in named)
    if not about:
        raise _empty()
    title = "" if session.title else cut(about, TITLE_CUT)
    asked, made = add(db, key, session, [question, answer], parent=parent, title=title, now=moment)
    if named:
        attach(db, key, message_id=asked.id, file_ids=ids)
        search_files.named(db, key, [asked.id])
    return Asked(replace(asked, file_count=len(named), files=tuple(named)), made)


def answer_again(
    db: Session,
    key: SessionKey,
    *,
    message_id: int,
    owner: str,
    may: Allowance,
    continued: bool = False,
    model: str = "",
    persona: str = "",
    idempotency_key: str | None = None,
    now: datetime | None = None,
) -> tuple[Message, bool]:
    """Another version of an answer; ``continued`` starts with the text and results that are there.

    By this model and persona, else by those that wrote one which goes on or is tried again, else
    by the session's. For a question's id, another answer to it. True when it was made now, False
    when the same idempotency key had made it before. Raises `Refused` for an answer that is still
    being written or waiting.
    """
    once = checked_key(idempotency_key)
    session = lock(db, key)
    made, is_answering, clock = so_far(db, key, once)
    if made:
        return get(db, key, message_id=made), False
    old = kept_row(db, key, message_id)
    if old.status in OPEN:
        raise Conflict("This answer is not finished yet.", "Stop it first.")
    if old.role != "assistant" and continued:
        raise Refused("Only an answer can be continued.", "Give the id of an answer.")
    if old.role != "user" and old.parent_id is None:
        raise Refused("There is no question to answer.", "Send a message instead.")
    may.ask_model(key, answer_id=session.next_number)
    question = old if old.role == "user" else kept_row(db, key, old.parent_id, brief=True)
    answer = replace(_answer(owner, clock, waits=is_answering), idempotency_key=once)
    was = MessageMetadata.of(old.metadata)
    if old.role == "assistant" and (continued or old.status != "complete"):
        model, persona = model or was.with_model, persona or was.with_persona
    metadata = MessageMetadata(with_model=model, with_persona=persona)
    answer = replace(answer, metadata=metadata)
    if continued:
        metadata = replace(metadata, continues=old.id)
        answer = replace(answer, content=old.content, tools_used=old.tools_used, metadata=metadata)
    made_now = add(db, key, session, [answer], parent=question, now=now)[0]
    if continued and old.result_count:
        kept = results.carry_on(db, key, message_id=old.id, to_id=made_now.id)
        made_now = replace(made_now, result_count=len(kept), results=kept)
    return made_now, True


def start_next(
    db: Session, key: SessionKey, *, owner: str, now: datetime | None = None
) -> Message | None:
    """Take the oldest waiting answer of a session in which none is being written.

    Its time is the one at which it begins.
    """
    try:
        lock(db, key)
    except SessionNotFound:
        return None
    if db.scalar(select(exists().where(*_open(key, "streaming")))):
        return None
    waiting = (*_open(key, "queued"), messages.c.role == "assistant")
    id_ = db.scalar(select(func.min(messages.c.id)).where(*waiting))
    if id_ is None:
        return None
    answer = get(db, key, message_id=id_)
    question = message_at(key, answer.parent_id or 0)
    db.execute(update(messages).where(*question).values(status="complete"))
    taken = {"status": "streaming", "owner_process": owner, "checkpoint_at": database_clock()}
    begun = max(now or utc_now(), answer.created_at)  # clocks may be set back
    db.execute(update(messages).where(*message_at(key, id_)).values(**taken, created_at=begun))
    return replace(answer, status="streaming", created_at=begun)


def wait_again(db: Session, key: SessionKey, *, message_id: int) -> None:
    """Give back an answer that was taken and not begun, for whoever comes next.

    Raises `SessionNotFound` or `MessageNotFound`.
    """
    lock(db, key)
    answer = kept_row(db, key, message_id, brief=True)
    waiting = update(messages).where(*message_at(key, answer.id))
    db.execute(waiting.values(status="queued", owner_process=None))


def _empty() -> Refused:
    return Refused("The message is empty.", "Type something to send.", field="content")


def _attached(db: Session, key: SessionKey, message_id: int | None) -> list[str]:
    """What a question has that was not removed."""
    found = of_messages(db, key, [message_id]) if message_id else {}
    return [one.file_id for one in found.get(message_id or 0, ()) if one.deleted_at is None]


def _parent(
    db: Session, key: SessionKey, leaf_id: int | None, parent_id: int | None, edit_of: int | None
) -> Found | None:
    if edit_of is not None:
        edited = kept_row(db, key, edit_of, brief=True)
        if edited.role != "user":
            raise Refused("Only a question can be edited.", "Regenerate the answer instead.")
        parent_id = edited.parent_id
    elif parent_id is None:
        parent_id = leaf_id
    elif kept_row(db, key, parent_id, brief=True).role == "user":
        raise Refused("A question cannot follow a question.", "Give the id of an answer.")
    return None if parent_id is None else kept_row(db, key, parent_id, brief=True)


def _answer(owner: str, clock: datetime, *, waits: bool) -> Entry:
    if waits:
        return Entry(role="assistant", status="queued")
    return Entry(role="assistant", status="streaming", owner_process=owner, checkpoint_at=clock)


def checked_key(key: str | None) -> str | None:
    """The key, or None for none; for this package only. Raises `Refused` for one too long."""
    if key and len(storable(key)) > KEY_MAX:
        raise Refused("The idempotency key is too long.", f"Use at most {KEY_MAX} characters.")
    return key or None


def so_far(db: Session, key: SessionKey, once: str | None) -> tuple[int | None, bool, datetime]:
    """What the idempotency key made before; whether an answer is being written or waits.

    With the time by the database's clock; for this package only.
    """
    made, is_answering, clock = db.execute(_SO_FAR, {**asdict(key), "once": once}).one()
    return made, bool(is_answering), clock


def _sent_before(db: Session, key: SessionKey, id_: int) -> Asked:
    answer = select(func.min(messages.c.id)).where(
        *messages_of(key),
        messages.c.parent_id == id_,
        messages.c.role == "assistant",
        messages.c.deleted_at.is_(None),
    )
    return Asked(
        get(db, key, message_id=id_),
        get(db, key, message_id=db.scalars(answer).one() or 0),
        repeated=True,
    )


def _open(key: Key, *status: str) -> Conditions:
    return *messages_of(key), messages.c.status.in_(status), messages.c.deleted_at.is_(None)


# Made once: putting it together takes longer than running it.
_KEY = BoundKey()
_MADE = select(messages.c.id).where(
    *messages_of(_KEY), messages.c.idempotency_key == bindparam("once", type_=String)
)
_SO_FAR = select(_MADE.scalar_subquery(), exists().where(*_open(_KEY, *OPEN)), database_clock())
