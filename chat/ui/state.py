"""Everything a tab remembers: ids, drafts and flags, never rows.

Each open tab has its own; all keys are here. Pages and callbacks ask `tab` for it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import streamlit as st

from chat.people.identity import Identity
from chat.ui.internals import runs
from chat.ui.remembered import Draft as Draft
from chat.ui.remembered import DryRun as DryRun
from chat.ui.remembered import Filter as Filter
from chat.ui.remembered import Reading as Reading
from chat.ui.remembered import Spot as Spot
from chat.ui.remembered import Undo as Undo

LIST = 30
FOUND = 20
EARLIER = 20
NOBODY = "nobody"
"""In place of a login cookie: this tab's login ended, whatever cookie it once came with."""
KEY = "parley"
SEARCHED = "q"
"""In the address: what the search page looks for."""


@dataclass
class Tab:
    """One tab's state; ``chunks`` are the depths at which what is shown of a session begins.

    ``temporary`` is the one that it shows, or showed last, and that goes when it is left;
    ``begun``: the tab is past its first page.
    ``id`` tells the browser that it is this one still. ``new_id`` is what the new chat will be
    called; ``turn`` and ``sent`` are up to which click on a chat, and which message that the
    browser sent, the script has followed; ``fates``: what became of those that came through it.
    ``leads`` is the page that somebody asked for and is not on yet.
    ``done`` is what the page says next, ``said`` what it said last. ``drawn`` is the session on
    screen, ``is_second`` in which of the two places for one.
    ``login`` is the login cookie of whoever logged in in this tab, or `NOBODY`; ``who`` is whose
    page it was when it was last ``looked_up`` (monotonic), and ``owner`` the id of the one for whom
    all of this is. ``leaving``: the browser is still to end the login at its provider. ``cookie``
    is what the browser is to do with its cookie, ``form`` which one the login page shows.
    ``results`` is how many analysis results of which answer the panel showed while it was written.
    ``joining``: whoever reads a link wants a copy, and is to log in for it. ``link`` is the address
    of one that was made just now, ``previewed`` how many messages its preview shows at most,
    and ``preview`` the title, the last message and which analysis results it showed.
    ``upload`` is the file that waits to be imported, ``uploads`` how many were sent.
    ``given`` is what the page attached by itself, which the composer takes once.
    ``has_api``: as far as is known, its browser reaches the API.
    ``parts`` are how often each part of the page said something else, and the hash of what it said
    last.
    """

    session_id: str | None = None
    temporary: str | None = None
    begun: bool = False
    id: str = field(default_factory=lambda: uuid4().hex)
    new_id: str = field(default_factory=lambda: uuid4().hex)
    turn: int = 0
    sent: int = 0
    fates: dict[str, dict[str, object]] = field(default_factory=dict)
    given: dict[str, object] | None = None
    url_session: str | None = None
    drawn: str | None = None
    is_second: bool = False
    followed: bool = False
    page: str = "chat"
    leads: str = ""
    chunks: dict[str, list[int]] = field(default_factory=dict)
    listed: int = LIST
    found: int = FOUND
    dialog: tuple[str, str] | None = None
    editing: int | None = None
    spot: Spot | None = None
    undo: Undo | None = None
    error: str = ""
    notice: str = ""
    done: str = ""
    said: str = ""
    title: str = ""
    draft: Draft = field(default_factory=Draft)
    filter: Filter = field(default_factory=Filter)
    login: str = ""
    who: Identity | None = None
    looked_up: float | None = None
    owner: str = ""
    cookie: str = ""
    leaving: bool = False
    form: str = ""
    people: int = LIST
    access: int = LIST
    dry_run: DryRun | None = None
    results: tuple[int, int] = (0, 0)
    local_name: str | None = None
    upload: str = ""
    uploads: int = 0
    has_api: bool = True
    parts: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    reading: Reading | None = None
    joining: bool = False
    link: str = ""
    previewed: int = 0
    preview: tuple[str, int | None, frozenset[tuple[str, str, datetime]]] | None = None

    def open(self, session_id: str | None, message_id: int | None = None) -> None:
        """Show this session, or a new chat; at its end, or where it has this message."""
        self.chunks.pop(session_id or "", None)
        self.spot = None if message_id is None else Spot(message_id)
        self.session_id = session_id
        self.editing = None
        self.error = ""
        self.notice = ""
        if session_id is None:
            self.new_id = uuid4().hex
            draft = self.draft
            self.draft = Draft(persona=draft.persona, model=draft.model, folder=draft.folder)

    def choose(self, new: Filter) -> None:
        """List these chats; the next one begins in the folder that is chosen."""
        self.filter, self.draft.folder = new, new.folder or None

    def show_earlier(self, *, all_of_them: bool = False) -> None:
        """Show 20 more messages of the active session, or all, also below those on screen."""
        if all_of_them and self.spot is not None:
            self.spot.after = None
        chunks = self.chunks.get(self.session_id or "")
        if chunks and chunks[-1] > 1:
            chunks.append(1 if all_of_them else max(chunks[-1] - EARLIER, 1))

    def show_later(self) -> None:
        """Show 20 more messages of the active session below those on screen."""
        if self.spot is not None and self.spot.after is not None:
            self.spot.after += EARLIER

    def show_end(self) -> None:
        """Show the end of the active session again, where only a part before it was shown."""
        if self.spot is not None and self.spot.after is not None:
            self.chunks.pop(self.session_id or "", None)
            self.spot = None


def owner_in(kept: object) -> str:
    """The id of the one for whom all is that a tab's state holds under `KEY`; empty for nobody."""
    return kept.owner if isinstance(kept, Tab) else ""


def tab() -> Tab:
    """This tab's state."""
    kept = runs.held(KEY)
    if isinstance(kept, Tab):
        return kept
    new = Tab()
    st.session_state[KEY] = new
    return new


def forget(login: str = "", cookie: str = "", *, leaving: bool = False) -> None:
    """Begin again as an empty tab: nothing of whoever was here stays.

    What is remembered goes last, so that a click in between does not leave half of it.
    """
    drop(*(key for key in st.session_state.to_dict() if key != KEY))
    st.session_state[KEY] = Tab(login=login, cookie=cookie, leaving=leaving)


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


def is_led(known: Tab) -> bool:
    """Whether the address says what to show: when the tab is opened, and on Back and Forward.

    Not in other runs: a quick click still brings the address from before the click before it.
    """
    is_first, known.followed = not known.followed, True
    return is_first or runs.back_or_forward()


def follow_url(known: Tab) -> None:
    """Take session and message from the address where it leads."""
    if not is_led(known):
        return
    wanted = st.query_params.get("session") or None
    message = st.query_params.get("message") if wanted else None
    known.url_session = wanted
    if wanted is None and SEARCHED in st.query_params:  # passed on the way to the search page
        return
    if wanted != known.session_id or message:
        known.open(wanted, _number(message) if message else None)


def write_url(known: Tab) -> None:
    """Put the active session into the address, so that refresh and links work.

    Without the message that was asked for: a refresh would lead back to it from elsewhere.
    """
    if SEARCHED in st.query_params:
        known.url_session = None
        st.query_params.clear()
    st.query_params.pop("message", None)
    if known.session_id == known.url_session:
        return
    if known.session_id is None:
        st.query_params.pop("session", None)
    else:
        st.query_params["session"] = known.session_id
    known.url_session = known.session_id


def _number(text: str) -> int:
    """An id out of an address; 0, which no message has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
