"""For administrators: which chats the rules of retention would let go now; these can be moved."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from chat import spreadsheets
from chat.errors import NotSignedIn
from chat.limits.words import counted
from chat.people.identity import Identity
from chat.ui import state
from chat.ui.admin.people import administrator
from chat.ui.controls import button
from chat.ui.failures import shown
from chat.ui.labels import plain
from chat.ui.services import lookup, parts
from chat.ui.times import ago
from store.types import utc_now
from store.unused import UnusedChat, UnusedDetails
from store.values import SessionKey

COLUMNS = ("username", "person", "title", "folder", "last_used", "rule", "stays")
CHANGED = "changed meanwhile, so it stays"
GONE_RULE = "By a rule that is gone"
RuleNames = Mapping[str, str]
"""What each rule is called, by its id."""


def draw(who: Identity, names: RuleNames) -> None:
    """The button, and what was found with it; ``names`` is what each rule is called."""
    button("Dry run", "dry-run", _look, icon="manage_search")
    run = state.tab().dry_run
    if run is None:
        return
    if not run.chats:
        st.info("No chat would go to the trash now.")
        return
    st.markdown(f"**{counted(run.count, 'chat')} would go to the trash now:**")
    some = run.chats[: run.shown]
    known = parts().unused.details(who, some)
    for at, chat in enumerate(some):
        _chat(at, chat, known.get(chat.key), names)
    if len(run.chats) > run.shown:
        st.button("Show more", key="more-unused", type="tertiary", on_click=_show_more)
    if run.count > len(run.chats):
        most = counted(len(run.chats), "chat")
        st.caption(f"The list has the {most} unused longest. Move these, then do a dry run again.")
    with st.container(horizontal=True):
        st.download_button(
            "Download as CSV",
            data=_whole(who.user_id, lookup(), run.chats, names),
            file_name="unused-chats.csv",
            mime="text/csv",
            key="unused-csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button("Move these to the trash", type="primary", key="move-unused", on_click=_move)


def _look() -> None:
    known = state.tab()
    known.error, known.dry_run = "", None
    with shown():
        found, count = parts().unused.dry_run(administrator())
        known.dry_run = state.DryRun(tuple(found), count)


def _chat(at: int, chat: UnusedChat, now: UnusedDetails | None, names: RuleNames) -> None:
    with st.container(gap=None, key=f"unused-{at}"):
        if now is None:
            st.markdown("A chat that is gone for good")
            return
        st.markdown(f"**{plain(now.title or 'New chat')}** of {plain(now.person)}")
        about = [f"last used {ago(now.last_activity_at, utc_now())}"]
        about += [f"in “{plain(now.folder)}”"] if now.folder else []
        about.append(plain(names.get(chat.rule_id, GONE_RULE)))
        about += [f"**{CHANGED}**"] if now.version != chat.version else []
        st.caption(" · ".join(about))


def _show_more() -> None:
    if run := state.tab().dry_run:
        run.shown += state.LIST


def _move() -> None:
    """The list is gone whatever comes of it: after a failure half-way another dry run tells."""
    known = state.tab()
    run, known.dry_run = known.dry_run, None
    known.error = known.done = ""
    if run is None:
        return
    with shown():
        went = parts().unused.trash(administrator(), run.chats)
        stayed = len(run.chats) - went
        known.done = f"{counted(went, 'chat')} went to the trash" + (
            f"; {stayed:,} stayed because they changed." if stayed else "."
        )


def _whole(
    owner: str, who: Callable[[], Identity | None], chats: Sequence[UnusedChat], names: RuleNames
) -> Callable[[], bytes]:
    """Makes the file at the click, for whoever clicks then."""
    used = parts().unused

    def made() -> bytes:
        found = who()
        if found is None or found.user_id != owner:
            raise NotSignedIn
        return as_csv(chats, used.details(found, chats), names)

    return made


def as_csv(
    chats: Sequence[UnusedChat], known: Mapping[SessionKey, UnusedDetails], names: RuleNames
) -> bytes:
    """The list as a file for spreadsheets, as it is by now."""
    rows = [
        (
            *(now.username, now.person, now.title or "New chat", now.folder),
            f"{now.last_activity_at:%Y-%m-%dT%H:%M:%SZ}",
            names.get(one.rule_id, GONE_RULE),
            CHANGED if now.version != one.version else "",
        )
        for one in chats
        if (now := known.get(one.key)) is not None
    ]
    return spreadsheets.as_csv(COLUMNS, rows)
