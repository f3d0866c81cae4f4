"""The message that somebody came for: its branch is shown, and the part of it that has it."""

from chat.ui import state
from chat.ui.services import parts
from store import messages, sessions, tree
from store.database import Session
from store.errors import MessageNotFound, SessionNotFound
from store.session_values import ChatSession
from store.values import SessionKey

NOT_FOUND = "This message is not here: it was deleted, or the link is not complete."


def bring(known: state.Tab, active: SessionKey) -> None:
    """Have its branch be the one on screen; one that is not there is said to be so, kindly."""
    spot = known.spot
    if spot is None or not spot.is_new:
        return
    try:
        with parts().database.reading() as db:
            session = sessions.get(db, active)
            message = messages.get(db, active, message_id=spot.message_id)
            is_on_screen = _place(db, session, active, spot) is not None
        if not is_on_screen:
            parts().sessions.show_version(active, spot.message_id)
    except (SessionNotFound, MessageNotFound):
        known.spot, known.notice = None, NOT_FOUND
        return
    known.chunks[active.session_id] = [max(message.depth - spot.before, 1)]
    spot.is_new = False


def end(
    db: Session, known: state.Tab, session: ChatSession, active: SessionKey
) -> tuple[int | None, int]:
    """The message with which the part on screen ends, and its depth; the leaf's unless one came.

    Where the branch is another by now, its end is shown.
    """
    leaf = session.active_leaf_id, session.message_count
    spot = known.spot
    if spot is None or spot.after is None:
        return leaf
    place = _place(db, session, active, spot)
    if place is None:
        known.show_end()
        return leaf
    up, last_id = place
    if up <= spot.after:
        spot.after = None
        return leaf
    return last_id, session.message_count - up + spot.after


def _place(
    db: Session, session: ChatSession, active: SessionKey, spot: state.Spot
) -> tuple[int, int] | None:
    if session.active_leaf_id is None:
        return None
    leaf, after = session.active_leaf_id, spot.after or 0
    return tree.below(db, active, leaf_id=leaf, message_id=spot.message_id, count=after)
