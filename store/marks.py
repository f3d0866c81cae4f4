"""What people say of a message; the caller owns the transaction."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, TypedDict, Unpack

from sqlalchemy import update
from sqlmodel import Session

from store.errors import Conflict, Refused
from store.messages import kept_row
from store.metadata import MessageMetadata
from store.session_locks import lock
from store.tables import messages
from store.tree import message_at
from store.values import OPEN, SessionKey


class Marks(TypedDict, total=False):
    """What people say of a message."""

    feedback: Literal["good", "bad"] | None
    bookmarked: bool
    metadata: Mapping[str, object]


_MARKS: dict[str, tuple[object, ...]] = {
    "feedback": ("good", "bad", None),
    "bookmarked": (True, False),
}


def mark(db: Session, key: SessionKey, *, message_id: int, **marks: Unpack[Marks]) -> None:
    """Rate a message, bookmark it, or replace what its owner says of it besides.

    Raises `Refused` for anything else, and `Conflict` where that is of an unfinished answer.
    """
    values: dict[str, object] = {**marks}
    if "metadata" in values:
        values["metadata"] = _with_own(db, key, message_id, marks["metadata"])
    else:
        kept_row(db, key, message_id)
    for name, value in values.items():
        if name != "metadata" and value not in _MARKS.get(name, ()):
            raise Refused(f"A message cannot have {name} {value!r}.", "Leave it out.")
    db.execute(update(messages).where(*message_at(key, message_id)).values(values))


def _with_own(
    db: Session, key: SessionKey, message_id: int, given: Mapping[str, object]
) -> Mapping[str, object]:
    own = MessageMetadata.own(given).other
    lock(db, key)
    row = kept_row(db, key, message_id)
    if row.status in OPEN:
        raise Conflict("This answer is not finished yet.", "Wait for its end, or stop it.")
    return replace(MessageMetadata.of(row.metadata), other=own).as_json()
