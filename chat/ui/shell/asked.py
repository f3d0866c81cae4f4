"""What the page's own parts in the browser ask the script for; all are callbacks.

What they bring comes from the browser: anything may be in it.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress

from chat.errors import NotSignedIn, ParleyError
from chat.ui import state
from chat.ui.chat import actions, attached
from chat.ui.components.page import ASKS
from chat.ui.failures import shown
from chat.ui.services import address, key, parts, whoami
from chat.ui.sessions import actions as session_actions
from chat.ui.sessions import filters, search
from store import sessions
from store.errors import FileNotHere, ReadOnly
from store.session_values import NewSession
from store.texts import is_id
from store.values import SessionKey

FATES = 50
"""Of so many messages that came through the script a tab remembers what became of them."""


def all_of_them() -> Mapping[str, Callable[[], None]]:
    """By the names under which they are asked for."""
    return _ASKED


def _open() -> None:
    """Show a chat, or a new one of that id; the newest click counts."""
    said, known = _said("open"), state.tab()
    turn, session_id = _number(said, "turn"), _id(said, "session")
    if session_id is None or turn < known.turn:
        return
    known.turn = turn
    if said.get("new") is True:
        session_actions.open_session(None, new_id=session_id)
    elif message_id := _number(said, "message"):
        session_actions.open_message(session_id, message_id)
    else:
        session_actions.open_session(session_id)


def _sent() -> None:
    """A message is stored: draw its chat, if that is the one on screen.

    A new chat begins with what its composer knew; what was chosen just before Enter comes after it.
    """
    said, known = _said("sent"), state.tab()
    known.sent = max(known.sent, _number(said, "sent"))
    known.show_end()
    known.error, known.undo = "", None
    if known.session_id is None and said.get("session") == known.new_id:
        with shown():
            _keep_choices(key(known.new_id), known.draft.session())
        known.open(known.new_id)


def _keep_choices(begun: SessionKey, chosen: NewSession) -> None:
    with parts().database.reading() as db:
        now = sessions.get(db, begun)
    was = (now.persona, now.model, now.parameters, now.temporary)
    if was != (chosen.persona, chosen.model, chosen.parameters, chosen.temporary):
        parts().sessions.change(
            begun,
            persona=chosen.persona,
            model=chosen.model,
            parameters=chosen.parameters,
            temporary=chosen.temporary,
        )


def _post() -> None:
    """Send a message for a browser that does not reach the API."""
    said, known = _said("post"), state.tab()
    session_id, once = _id(said, "session"), _id(said, "key")
    if session_id is None or once is None:
        return
    new = known.draft.session() if said.get("new") else None
    try:
        whoami(0.0)  # somebody shut out a moment ago sends nothing any more
        asked = parts().turns.send(
            key(session_id),
            str(said.get("content", "")),
            new=new,
            idempotency_key=once,
            file_ids=_texts(said, "files"),
            address=address(),
        )
        fate: dict[str, object] = {"stored": True, "id": asked.question.id}
    except NotSignedIn:
        fate = {"waits": "Log in again: then it is sent."}
    except ParleyError as failure:
        is_back = isinstance(failure, ReadOnly) and said.get("again") is not True
        kind = "waits" if failure.status >= 500 and not is_back else "refused"
        is_gone = failure.status == 404 and not isinstance(failure, FileNotHere)
        fate = {kind: str(failure), "isGone": is_gone}
    known.fates[once] = fate
    while len(known.fates) > FATES:
        del known.fates[next(iter(known.fates))]


def _act() -> None:
    """Do what was chosen in a chat's menu."""
    said = _said("act")
    if session_id := _id(said, "session"):
        session_actions.act(session_id, str(said.get("title", "")), str(said.get("action", "")))


def _filter() -> None:
    """List what is in a folder, in none, or all."""
    found = _said("filter").get("folder")
    filters.choose_folder(found if isinstance(found, str) and (not found or is_id(found)) else None)


def _folder() -> None:
    """Change a folder, or make one."""
    state.ask("folder", _id(_said("folder"), "folder") or "")


def _move() -> None:
    """Put a chat into a folder, or into none, on which it was dropped."""
    said = _said("move")
    folder = said.get("folder")
    if (session_id := _id(said, "session")) and isinstance(folder, str):
        session_actions.move([session_id], folder or None)


def _edit() -> None:
    """Edit a question of the chat on screen."""
    said = _said("edit")
    if said.get("session") == state.tab().session_id:
        actions.edit(_number(said, "message"))


def _stop() -> None:
    """End the running answer of a chat."""
    if session_id := _id(_said("stop"), "session"):
        with shown():
            parts().turns.stop_quietly(key(session_id))


def _earlier() -> None:
    """Show earlier messages of the chat on screen, or all of them."""
    said, known = _said("earlier"), state.tab()
    if said.get("session") == known.session_id:
        known.show_earlier(all_of_them=said.get("all") is True)


def _more() -> None:
    """List more chats than are listed."""
    known = state.tab()
    known.listed = max(known.listed, _number(_said("more"), "rows") + state.LIST)


def _seen() -> None:
    """Somebody has the last answer of a chat before their eyes."""
    if session_id := _id(_said("seen"), "session"):
        with shown(), suppress(ReadOnly):  # nobody asked for it
            parts().sessions.note_seen(key(session_id))


def _picture() -> None:
    """Show a picture of a question large."""
    said = _said("picture")
    with shown():
        attached.open_picture(_number(said, "message"), _number(said, "at"))


def _keys() -> None:
    """Show the keys."""
    state.ask("keys")


def _search() -> None:
    """Look for what was typed above the list in all messages."""
    query = _said("search").get("query")
    if isinstance(query, str) and query.strip():
        search.open_page(query)


def _without() -> None:
    """The browser does not reach the API."""
    state.tab().has_api = False


def _attach() -> None:
    """Choose files to attach, where they cannot be sent to the API."""
    state.ask("attach")


def _look() -> None:
    """Draw what is another by now; what was said stays, for nobody has done anything."""
    known = state.tab()
    known.done = known.done or known.said


_ASKED: Mapping[str, Callable[[], None]] = {
    "open": _open,
    "sent": _sent,
    "post": _post,
    "act": _act,
    "filter": _filter,
    "folder": _folder,
    "move": _move,
    "edit": _edit,
    "stop": _stop,
    "earlier": _earlier,
    "more": _more,
    "seen": _seen,
    "picture": _picture,
    "keys": _keys,
    "search": _search,
    "look": _look,
    "without": _without,
    "attach": _attach,
}


def _said(name: str) -> Mapping[str, object]:
    held = state.value(ASKS)
    said = held.get(name) if isinstance(held, Mapping) else None
    return said if isinstance(said, Mapping) else {}


def _id(said: Mapping[str, object], name: str) -> str | None:
    found = said.get(name)
    return found if isinstance(found, str) and is_id(found) else None


def _number(said: Mapping[str, object], name: str) -> int:
    found = said.get(name)
    return found if isinstance(found, int) and 0 <= found < 2**53 else 0


def _texts(said: Mapping[str, object], name: str) -> list[str]:
    found = said.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []
