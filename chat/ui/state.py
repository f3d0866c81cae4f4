"""Everything a tab remembers: ids, drafts and flags, never rows.

Each open tab has its own; all keys are here. Pages and callbacks ask `tab` for it.
"""

import time
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

import streamlit as st

from chat.people.identity import Identity
from chat.ui.internals import runs
from store.session_values import DEFAULT_PERSONA, NewSession

WINDOW = 30
LIST = 30
UNDO_SECONDS = 30.0
NOBODY = "nobody"
"""In place of a login cookie: this tab's login ended, whatever cookie it once came with."""
_KEY = "parley"


@dataclass
class Undo:
    """What can be taken back: chats put into the trash or archived, or a message of one."""

    action: Literal["trash", "archive", "message"]
    text: str
    session_ids: tuple[str, ...]
    message_id: int | None = None
    until: float = field(default_factory=lambda: time.monotonic() + UNDO_SECONDS)


@dataclass
class Draft:
    """Choices for the chat that begins with the next message."""

    persona: str = ""
    model: str = ""
    parameters: dict[str, object] = field(default_factory=dict)

    def session(self) -> NewSession:
        """The chat that begins."""
        persona = self.persona or DEFAULT_PERSONA
        return NewSession(persona=persona, model=self.model, parameters=self.parameters)


@dataclass
class Tab:
    """One tab's state; ``windows`` are how many messages of a session are shown.

    ``new_ids`` are what its new chats are called once they have a message, the last one's last;
    ``taken`` changes with every message that came out of the composer; ``put_back``, it goes
    back into it, and ``unsent`` is its text until it did. ``login`` is the login cookie of whoever
    logged in in this tab, or `NOBODY`; ``who`` is whose page it was when it was last ``looked_up``
    (monotonic), and ``owner`` the id of the one for whom all of this is. ``cookie`` is what the
    browser is to do with its cookie, ``form`` which one the login page shows. ``results`` is how
    many analysis results of which answer the panel showed while it was written.
    """

    session_id: str | None = None
    new_ids: list[str] = field(default_factory=lambda: [uuid4().hex])
    url_session: str | None = None
    drawn: str | None = None
    followed: bool = False
    taken: str = field(default_factory=lambda: uuid4().hex)
    unsent: str = ""
    put_back: bool = False
    page: str = "chat"
    windows: dict[str, int] = field(default_factory=dict)
    listed: int = LIST
    dialog: tuple[str, str] | None = None
    editing: int | None = None
    undo: Undo | None = None
    error: str = ""
    notice: str = ""
    said: str = ""
    draft: Draft = field(default_factory=Draft)
    seen: object = None
    login: str = ""
    who: Identity | None = None
    looked_up: float | None = None
    owner: str = ""
    cookie: str = ""
    form: str = ""
    people: int = LIST
    results: tuple[int, int] = (0, 0)
    local_name: str | None = None

    @property
    def new_id(self) -> str:
        """What the new chat on screen will be called."""
        return self.new_ids[-1]

    def open(self, session_id: str | None) -> None:
        """Show this session, or a new chat."""
        self.session_id = session_id
        self.editing = None
        self.error = ""
        self.notice = ""
        if session_id is None:
            self.new_ids.append(uuid4().hex)
            self.draft = Draft(persona=self.draft.persona, model=self.draft.model)

    def window(self) -> int:
        """How many messages of the active session are shown."""
        return self.windows.get(self.session_id or "", WINDOW)

    def show_earlier(self) -> None:
        """Show 30 more of them."""
        self.windows[self.session_id or ""] = self.window() + WINDOW

    def take(self, unsent: str) -> None:
        """A message came out of the composer; the browser lets the next one go.

        ``unsent`` is its text when it could not be stored.
        """
        self.taken = uuid4().hex
        self.unsent = unsent
        self.put_back = bool(unsent)


def tab() -> Tab:
    """This tab's state."""
    kept = runs.held(_KEY)
    if isinstance(kept, Tab):
        return kept
    new = Tab()
    st.session_state[_KEY] = new
    return new


def forget(login: str = "", cookie: str = "") -> None:
    """Begin again as an empty tab: nothing of whoever was here stays.

    What is remembered goes last, so that a click in between does not leave half of it.
    """
    drop(*(key for key in st.session_state.to_dict() if key != _KEY))
    st.session_state[_KEY] = Tab(login=login, cookie=cookie)


def drop(*keys: str) -> None:
    """Remove what others left under these keys."""
    for key in keys:
        if key in st.session_state:
            del st.session_state[key]


def ask(dialog: str, about: str = "") -> None:
    """In a callback: have the page open this dialog in its next run."""
    tab().dialog = dialog, about


def value(key: str) -> object:
    """What a widget holds, inside its callback; None when it is gone."""
    return runs.held(key)


def put(key: str, new: object) -> None:
    """Give a widget a value, before it is drawn or in a callback."""
    st.session_state[key] = new


def follow_url(known: Tab) -> None:
    """Take the session from ``?session=`` when the tab is opened, and on Back and Forward.

    Not in other runs: a quick click still brings the address from before the click before it.
    """
    if known.followed and not runs.back_or_forward():
        return
    wanted = st.query_params.get("session") or None
    known.followed = True
    known.url_session = wanted
    if wanted != known.session_id:
        known.open(wanted)


def write_url(known: Tab) -> None:
    """Put the active session into the address, so that refresh and links work."""
    if known.session_id == known.url_session:
        return
    if known.session_id is None:
        st.query_params.pop("session", None)
    else:
        st.query_params["session"] = known.session_id
    known.url_session = known.session_id
