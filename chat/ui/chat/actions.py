"""What the controls of messages and the composer do; all are callbacks."""

from __future__ import annotations

from typing import Any

from chat.limits import capped
from chat.ui import state
from chat.ui.failures import shown
from chat.ui.services import Place, parts, place, user_id
from chat.ui.sessions import actions as session_actions
from store import copies, messages

COMPOSER = "message"


def send_typed(session_id: str) -> None:
    """Send what is in the composer to the session it was drawn for.

    What cannot be stored goes back into it.
    """
    text = str(state.value(COMPOSER) or "")
    stored = not text or _send(text, session_id)
    state.tab().take("" if stored else text)


def put_back() -> None:
    """Before the composer is drawn: give it back what could not be stored."""
    known = state.tab()
    if known.unsent:
        state.put(COMPOSER, known.unsent)
        known.unsent = ""


def send_starter(key: str) -> None:
    """Send the suggestion that was chosen."""
    text = state.value(key)
    if text:
        known = state.tab()
        _send(str(text), known.session_id or known.new_id)
        state.put(key, None)


def send_edited(message_id: int, key: str) -> None:
    """Send another version of a question; the text stays in its box when it cannot be stored."""
    known = state.tab()
    with shown():
        parts().turns.send(
            user_id=user_id(),
            session_id=known.session_id,
            content=str(state.value(key) or ""),
            edit_of=message_id,
        )
        known.editing = None


def stop() -> None:
    """End the running answer of the active session."""
    with shown():
        session_actions.stop_quietly(state.tab().session_id or "")


def again(message_id: int, continued: bool = False) -> None:
    """Regenerate, retry or continue an answer as another version."""
    known = state.tab()
    known.error = ""
    with shown():
        parts().turns.answer_again(**_active(), message_id=message_id, continued=continued)


def show_version(message_id: int) -> None:
    """Show the branch of another version."""
    with shown(), parts().database.transaction() as db:
        messages.select_version(db, **_active(), message_id=message_id)


def rate(message_id: int, feedback: str | None) -> None:
    """Good, bad, or neither."""
    with shown(), parts().database.transaction() as db:
        messages.mark(db, **_active(), message_id=message_id, feedback=feedback)


def edit(message_id: int | None) -> None:
    """Open the box in which a question is edited, or close it."""
    state.tab().editing = message_id


def act(key: str, message_id: int) -> None:
    """Do what was chosen in a message's menu."""
    chosen = state.value(key)
    if chosen == "Edit":
        edit(message_id)
    elif chosen == "Details":
        state.tab().dialog = ("details", str(message_id))
    elif chosen == "Regenerate":
        again(message_id)
    elif chosen == "Branch":
        _branch(message_id)
    elif chosen in ("Bookmark", "Remove bookmark"):
        with shown(), parts().database.transaction() as db:
            marked = chosen == "Bookmark"
            messages.mark(db, **_active(), message_id=message_id, bookmarked=marked)
    elif chosen in ("Delete", "Remove from queue"):
        _delete(message_id)


def _branch(message_id: int) -> None:
    with shown():
        with (
            parts().database.transaction() as db,
            capped(db, parts().settings, user_id=user_id()),
        ):
            copy = copies.branch(db, **_active(), message_id=message_id)
        session_actions.open_session(copy.session_id)


def _delete(message_id: int) -> None:
    known = state.tab()
    with shown():
        with parts().database.transaction() as db:
            gone = messages.delete(db, **_active(), message_id=message_id)
        count = len(gone)
        text = f"{count} message{'' if count == 1 else 's'} deleted."
        known.undo = state.Undo("message", text, (known.session_id or "",), message_id)


def _send(text: str, session_id: str) -> bool:
    known = state.tab()
    known.error = ""
    known.undo = None
    is_new = session_id in known.new_ids
    sent = False
    with shown():
        parts().turns.send(
            user_id=user_id(),
            session_id=session_id,
            content=text,
            new_session=_fields(known.draft) if is_new else None,
        )
        sent = True
        if known.session_id is None and session_id == known.new_id:
            known.open(session_id)
    return sent


def _fields(draft: state.Draft) -> dict[str, Any]:
    return {
        "persona": draft.persona or parts().personas.default.id,
        "model": draft.model,
        "parameters": draft.parameters,
    }


def _active() -> Place:
    return place(state.tab().session_id or "")
