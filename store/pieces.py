"""The text of an answer while it is written: its row has the beginning, pieces have the rest.

Each checkpoint adds what is new as one more piece. At the end all of it becomes the row's and the
pieces go, in one transaction. The caller owns it.
"""

from sqlalchemy import case, delete, func, literal, select
from sqlmodel import Session

from store.tables import answer_pieces, messages
from store.types import unpacked
from store.values import SessionKey

_THEIRS = (
    select(unpacked(answer_pieces.c.text).label("text"))
    .where(
        answer_pieces.c.user_id == messages.c.user_id,
        answer_pieces.c.session_id == messages.c.session_id,
        answer_pieces.c.message_id == messages.c.id,
    )
    .order_by(answer_pieces.c.number)
    .correlate(messages)
    .subquery()
)
_REST = select(func.aggregate_strings(_THEIRS.c.text, "")).scalar_subquery()
CONTENT = case(
    (messages.c.status == "streaming", messages.c.content + func.coalesce(_REST, literal(""))),
    else_=messages.c.content,
).label("content")
"""All that is stored of a message's text; to be read in place of the row's own column."""


def remove(db: Session, key: SessionKey, message_id: int, *, since: int = 0) -> None:
    """Remove an answer's pieces, or those from a place on; for this package only.

    Who calls it has found the answer to be theirs.
    """
    db.execute(
        delete(answer_pieces).where(
            answer_pieces.c.user_id == key.user_id,
            answer_pieces.c.session_id == key.session_id,
            answer_pieces.c.message_id == message_id,
            answer_pieces.c.number >= since,
        )
    )
