"""The search page: what to look for and where, and what was found, chat by chat."""

from collections.abc import Iterable, Mapping
from typing import Literal

import streamlit as st

from chat.ui import state
from chat.ui.components import browser
from chat.ui.controls import button, icon_button
from chat.ui.labels import plain
from chat.ui.services import parts, user_id
from chat.ui.sessions import search_address, search_filters
from chat.ui.sessions.actions import open_message, open_session
from chat.ui.sessions.search_address import BEST, SORT, SORTS, TEXT
from chat.ui.times import zone
from store.errors import Refused
from store.search import CANDIDATES, Hit, Hits, Within, find
from store.search_query import QUERY_MAX, Query, parse

SHOWN_MAX = 200
WHO = {"user": "You", "assistant": "Answer", "system": "System", "title": "Title"}
HINTS = (
    'Words in any order, all of them have to be there. **"a phrase"** in quotation marks, '
    "**begin\\*** for the beginning of a word, **-word** for what is not to be there, "
    "**one OR another**."
)


def open_page(query: str) -> None:
    """In a callback: lead to the page, and look for this there."""
    state.put(TEXT, query[:QUERY_MAX])
    search_filters.begin()
    known = state.tab()
    known.leads, known.followed = "search", True


def draw() -> None:
    """The box, the conditions, and what is found."""
    search_address.follow()
    text = st.text_input(
        "Search in messages",
        key=TEXT,
        type="search",
        placeholder="Words that were written",
        on_change=search_filters.cut,
        args=(TEXT, QUERY_MAX),
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sort = _order()
        within, chosen = search_filters.box()
    search_address.write()
    search_filters.line(chosen)
    if not (text or "").strip():
        st.caption(HINTS)
        return
    try:
        query = parse(text)
    except Refused as refused:
        st.info(plain(str(refused)), icon=":material/search:")
        return
    with parts().database.reading() as db:
        limit = state.tab().found
        found = find(db, user_id=user_id(), query=query, within=within, sort=sort, limit=limit)
    if found.hits:
        _results(found, within.session_id is not None)
    else:
        _nothing(query, within, chosen)


def _order() -> Literal["best", "newest"]:
    chosen = st.segmented_control(
        "Order",
        list(SORTS),
        default="Best match",
        required=True,
        key=SORT,
        on_change=search_filters.begin,
        persist_state="session",
    )
    return SORTS.get(chosen or "", BEST)


def _results(found: Hits, is_in_one: bool) -> None:
    st.caption(_counted(found))
    by_chat: dict[str, list[Hit]] = {}
    for hit in found.hits:
        by_chat.setdefault(hit.session_id, []).append(hit)
    browser.found()
    for session_id, hits in by_chat.items():
        with st.container(gap="small", border=True):
            title = hits[0].title or "New chat"
            with st.container(horizontal=True, vertical_alignment="center", wrap=False):
                with st.container(width="stretch"):
                    st.markdown(f"**{plain(title)}**")
                if not is_in_one:
                    about = (f"Search only in {title}", "filter", f"only-in-{session_id}")
                    icon_button(*about, search_filters.only_in, session_id)
            for hit in hits:
                _hit(session_id, hit)
    if found.more and len(found.hits) < SHOWN_MAX:
        button("Show more", "search-more", _more, icon="expand_more", quiet=True)
    elif found.more:
        st.caption(f"These are the first {SHOWN_MAX}. One more word, or a filter, leaves fewer.")


def _counted(found: Hits) -> str:
    if found.is_all:
        return f"{found.count:,} place{'' if found.count == 1 else 's'} found."
    if found.count >= CANDIDATES:
        return f"More than {CANDIDATES:,} places found. The best of the newest come first."
    return f"{found.count:,} of the newest places that have the words; older ones may fit too."


def _nothing(query: Query, within: Within, chosen: Mapping[str, str]) -> None:
    """Which filter is to be lifted, or what else to look for."""
    st.info("Nothing was found.", icon=":material/search_off:")
    for key, said in chosen.items():
        with parts().database.reading() as db:
            left = search_filters.without(within, key)
            count = find(db, user_id=user_id(), query=query, within=left, limit=1).count
        if count:
            label = f"Without the filter “{plain(said)}”: {count:,}"
            button(label, f"lift-{key}", search_filters.lift, key, icon="filter_list_off")
    st.caption("Fewer words find more, and so does the beginning of a word. " + HINTS)


def _hit(session_id: str, hit: Hit) -> None:
    """One control, which says all of it."""
    key = f"hit-{session_id}-{hit.message_id or 0}"
    when = f"{hit.created_at.astimezone(zone()):%Y-%m-%d %H:%M}"
    label = f":small[{WHO.get(hit.role, 'System')} · {when}] — {marked(hit.excerpt, hit.marks)}"
    if hit.message_id is None:
        button(label, key, open_session, session_id, quiet=True)
    else:
        button(label, key, open_message, session_id, hit.message_id, quiet=True)


def marked(excerpt: str, marks: Iterable[tuple[int, int]]) -> str:
    """An excerpt as a label, its words bold and underlaid; nothing else in it is special."""
    pieces, end = [], 0
    for start, stop in marks:
        pieces += [
            _kept(excerpt[end:start]),
            f":primary-background[**{plain(excerpt[start:stop])}**]",
        ]
        end = stop
    return "".join([*pieces, _kept(excerpt[end:])]) or "…"


def _kept(text: str) -> str:
    """`plain`, with the spaces at its ends, which are between words here."""
    before = " " if text[:1].isspace() else ""
    after = " " if text.strip() and text[-1:].isspace() else ""
    return before + plain(text) + after


def _more() -> None:
    state.tab().found = min(state.tab().found + state.FOUND, SHOWN_MAX)
