"""What the controls of messages do; all are callbacks."""

from collections.abc import Sequence
from typing import Literal

from chat.ui import state
from chat.ui.failures import shown
from chat.ui.services import address, key, parts
from chat.ui.sessions import actions as session_actions
from store import messages
from store.asking import Decision
from store.errors import FileNotHere
from store.values import SessionKey


def send_starter(pills: str) -> None:
    """Send the suggestion that was chosen."""
    text, known = state.value(pills), state.tab()
    state.put(pills, None)
    if not text:
        return
    known.error, known.undo = "", None
    session_id = known.session_id or known.new_id
    new = known.draft.session() if known.session_id is None else None
    with shown():
        parts().turns.send(key(session_id), str(text), new=new, address=address())
        known.open(session_id)


def send_edited(message_id: int, box: str, files: str) -> None:
    """Send another version of a question; the text stays in its box when it cannot be stored.

    ``files`` is the list of those that it keeps; empty for a question without any.
    """
    known = state.tab()
    with shown():
        text, kept = str(state.value(box) or ""), state.value(files) if files else None
        file_ids = [str(one) for one in kept] if isinstance(kept, list) else None
        send = parts().turns.send
        try:
            send(_active(), text, edit_of=message_id, file_ids=file_ids, address=address())
        except FileNotHere:
            raise FileNotHere.named(_gone(message_id, file_ids or ())) from None
        known.editing = None


def again(message_id: int, continued: bool = False) -> None:
    """Regenerate, retry or continue an answer as another version."""
    known = state.tab()
    known.error = ""
    with shown():
        again = parts().turns.answer_again
        again(_active(), message_id, continued=continued, address=address())


def again_with(message_id: int, model: str, persona: str) -> None:
    """Another version of an answer, by this model and persona alone; raises what refuses it."""
    again = parts().turns.answer_again
    again(_active(), message_id, model=model, persona=persona, address=address())


def decide(message_id: int, call_id: str, decision: Decision) -> None:
    """Allow a call that an answer asks about, or refuse it; the answer goes on."""
    with shown():
        parts().decisions.decide(_active(), message_id, call_id=call_id, decision=decision)


def show_version(message_id: int) -> None:
    """Show the branch of another version."""
    with shown():
        parts().sessions.show_version(_active(), message_id)


def rate(message_id: int, feedback: Literal["good", "bad"] | None) -> None:
    """Good, bad, or neither."""
    with shown():
        parts().sessions.mark(_active(), message_id, feedback=feedback)


def edit(message_id: int | None) -> None:
    """Open the box in which a question is edited, or close it."""
    state.tab().editing = message_id


def act(menu: str, message_id: int) -> None:
    """Do what was chosen in a message's menu."""
    chosen = state.value(menu)
    if chosen == "Edit":
        edit(message_id)
    elif chosen == "Details":
        state.ask("details", str(message_id))
    elif chosen == "Ask again with…":
        state.ask("again", str(message_id))
    elif chosen == "Compare versions":
        state.ask("compare-versions", str(message_id))
    elif chosen == "Regenerate":
        again(message_id)
    elif chosen == "Branch":
        with shown():
            copy = parts().sessions.branch(_active(), message_id)
            session_actions.open_session(copy.session_id)
    elif chosen in ("Bookmark", "Remove bookmark"):
        with shown():
            parts().sessions.mark(_active(), message_id, bookmarked=chosen == "Bookmark")
    elif chosen in ("Delete", "Remove from queue"):
        _delete(message_id)


def _delete(message_id: int) -> None:
    known = state.tab()
    with shown():
        count = len(parts().sessions.delete_message(_active(), message_id))
        text = f"{count} message{'' if count == 1 else 's'} deleted."
        known.undo = state.Undo("message", text, (known.session_id or "",), message_id)


def run_again(message_id: int, result_id: str) -> None:
    """Have the query of a table or chart run once more, and show what comes now."""
    state.ask("run-again", f"{message_id} {result_id}")


def _gone(message_id: int, file_ids: Sequence[str]) -> list[str]:
    """What those of a question's files are called that are there no more."""
    with parts().database.reading() as db:
        found = messages.get(db, _active(), message_id=message_id).files
    return [one.name for one in found if one.deleted_at and one.file_id in file_ids]


def _active() -> SessionKey:
    return key(state.tab().session_id or "")
