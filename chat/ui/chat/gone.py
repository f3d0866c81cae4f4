"""A chat that is not there (any more), in words; what is in the trash can be brought back."""

from chat.ui import state
from chat.ui.labels import plain
from store import sessions
from store.database import Session
from store.errors import SessionNotFound
from store.values import SessionKey

NOT_FOUND = "This chat is not here: it was deleted, or the link is not complete."
TEMPORARY = "The temporary chat is gone, as it was to be: nobody had it open, or used it, any more."


def say(db: Session, known: state.Tab, key: SessionKey) -> None:
    """Lead to a new chat, and say why, kindly; what was typed goes along."""
    was_temporary, undo = known.temporary == key.session_id, known.undo
    known.open(None)
    known.notice = TEMPORARY if was_temporary else NOT_FOUND
    try:
        session = sessions.get(db, key, trashed=True)
    except SessionNotFound:
        return
    ends = session.expires_at
    if ends is not None and session.deleted_at is not None and ends <= session.deleted_at:
        title = plain(session.title or "New chat")
        known.notice = f"The time of “{title}” is over: it is in the trash."
        known.undo = undo or state.Undo("trash", "It can be brought back.", (key.session_id,))
