"""Messages that are added as they are, without an answer; the caller owns the transaction."""

from datetime import datetime

from sqlmodel import Session

from store.adding import Entry, add
from store.answers import checked_key, so_far
from store.errors import Conflict, Refused
from store.messages import get, kept_row
from store.metadata import MessageMetadata
from store.session_locks import lock
from store.texts import TITLE_CUT, cut, storable
from store.values import OPEN, Allowance, Message, SessionKey

ROLES = ("user", "assistant", "system")


def keep(
    db: Session,
    key: SessionKey,
    *,
    role: str,
    content: str,
    may: Allowance,
    metadata: MessageMetadata = MessageMetadata(),  # noqa: B008 - frozen
    parent_id: int | None = None,
    idempotency_key: str | None = None,
    now: datetime | None = None,
) -> tuple[Message, bool]:
    """Add a message below the active leaf or ``parent_id``; it is the active leaf then.

    True when it was made now, False when the same idempotency key had made it before. Raises
    `Refused` for an empty text or another role, and `Conflict` below an answer that is not
    finished.
    """
    if role not in ROLES:
        raise Refused("There is no such role.", f"Use one of {', '.join(ROLES)}.", field="role")
    if not content.strip():
        raise Refused("The message is empty.", "Send some text.", field="content")
    storable(content)
    once = checked_key(idempotency_key)
    session = lock(db, key)
    made, _, _ = so_far(db, key, once)
    if made:
        return get(db, key, message_id=made), False
    may.add_message(content)
    above = session.active_leaf_id if parent_id is None else parent_id
    parent = None if above is None else kept_row(db, key, above, brief=True)
    if parent is not None and parent.status in OPEN:
        raise Conflict("The answer above it is not finished yet.", "Wait for its end, or stop it.")
    entry = Entry(role=role, content=content, idempotency_key=once, metadata=metadata)
    title = cut(content, TITLE_CUT) if role == "user" and not session.title else ""
    return add(db, key, session, [entry], parent=parent, title=title, now=now)[0], True
