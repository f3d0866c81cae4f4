"""The search page: what to look for and where, and what was found, chat by chat."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from chat.ui import personas, state
from chat.ui.controls import button
from chat.ui.labels import plain
from chat.ui.services import parts, user_id
from chat.ui.sessions.actions import open_message, open_session
from chat.ui.times import zone
from store.errors import Refused
from store.search import CANDIDATES, Hit, Hits, Within, find
from store.search_query import QUERY_MAX, parse

TEXT = "search-text"
ROLES = {"Everything": None, "My messages": "user", "Answers": "assistant", "Titles": "title"}
SORTS = {"Best match": "best", "Newest first": "newest"}
WHO = {"user": "You", "assistant": "Answer", "system": "System", "title": "Title"}
ARCHIVED = {"All chats": None, "Not archived": False, "Archived": True}
HINTS = (
    'Words in any order, all of them have to be there. **"a phrase"** in quotation marks, '
    "**begin\\*** for the beginning of a word, **-word** for what is not to be there, "
    "**one OR another**."
)


def open_page(query: str) -> None:
    """In a callback: lead to the page, and look for this there."""
    state.put(TEXT, query[:QUERY_MAX])
    _begin()
    state.tab().leads = "search"


def draw() -> None:
    """The box, the conditions, and what is found."""
    text = st.text_input(
        "Search in messages",
        key=TEXT,
        type="search",
        max_chars=QUERY_MAX,
        placeholder="Words that were written",
        on_change=_begin,
        persist_state="session",
    )
    within, sort = _conditions()
    if not (text or "").strip():
        st.caption(HINTS)
        return
    known = state.tab()
    try:
        query = parse(text)
        with parts().database.reading() as db:
            found = find(
                db,
                user_id=user_id(),
                query=query,
                within=within,
                sort="newest" if sort == "newest" else "best",
                limit=known.found,
            )
    except Refused as refused:
        st.info(plain(str(refused)), icon=":material/search:")
        return
    _results(found)


def _conditions() -> tuple[Within, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sort = st.segmented_control(
            "Order",
            list(SORTS),
            default="Best match",
            required=True,
            key="search-sort",
            on_change=_begin,
        )
        with st.popover("Filters", icon=":material/tune:"):
            role = st.selectbox("What", list(ROLES), key="search-role", on_change=_begin)
            archived = st.selectbox("Where", list(ARCHIVED), key="search-where", on_change=_begin)
            known = personas.choices()
            persona = st.selectbox(
                "Persona",
                [None, *known],
                format_func=lambda id_: plain(known[id_].name) if id_ else "Any",
                key="search-persona",
                on_change=_begin,
            )
            model = st.text_input("Model", key="search-model", max_chars=200, on_change=_begin)
            since = st.date_input("From", None, key="search-since", on_change=_begin)
            until = st.date_input("To", None, key="search-until", on_change=_begin)
            bookmarked = st.checkbox("Bookmarked", key="search-bookmarked", on_change=_begin)
    within = Within(
        role=ROLES[role or "Everything"],
        archived=ARCHIVED[archived or "All chats"],
        persona=persona or None,
        model=model.strip() or None,
        since=_midnight(since),
        until=_midnight(until, 1),
        bookmarked=True if bookmarked else None,
    )
    return within, SORTS[sort or "Best match"]


def _midnight(day: object, later: int = 0) -> datetime | None:
    """When a day of the viewer's begins, or one that comes later; none for the last days of all."""
    if not isinstance(day, date):
        return None
    try:
        moment = datetime.combine(day + timedelta(days=later), time(), zone())
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _results(found: Hits) -> None:
    if not found.hits:
        st.info("Nothing was found.", icon=":material/search_off:")
        st.caption("Fewer words find more, and so does the beginning of a word. " + HINTS)
        return
    count = f"{found.count:,}{'' if found.count < CANDIDATES else ' or more'}"
    st.caption(f"{count} place{'' if found.count == 1 else 's'} found.")
    by_chat: dict[str, list[Hit]] = {}
    for hit in found.hits:
        by_chat.setdefault(hit.session_id, []).append(hit)
    for session_id, hits in by_chat.items():
        with st.container(gap="small", border=True):
            st.markdown(f"**{plain(hits[0].title or 'New chat')}**")
            for hit in hits:
                _hit(session_id, hit)
    if found.more:
        button("Show more", "search-more", _more, icon="expand_more", quiet=True)


def _hit(session_id: str, hit: Hit) -> None:
    key = f"hit-{session_id}-{hit.message_id or 0}"
    when = f"{hit.created_at.astimezone(zone()):%Y-%m-%d %H:%M}"
    with st.container(gap=None):
        st.caption(f"{WHO.get(hit.role, 'System')} · {when}")
        label = marked(hit.excerpt, hit.marks)
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


def _begin() -> None:
    """Something else is looked for: from the beginning."""
    state.tab().found = state.FOUND


def _more() -> None:
    state.tab().found = min(state.tab().found + state.FOUND, CANDIDATES)
