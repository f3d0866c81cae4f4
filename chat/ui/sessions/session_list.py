"""The list of sessions in the sidebar; drawn by ``components/page/sessions.js``."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from chat.ui import personas, state
from chat.ui.components import page
from chat.ui.services import parts, said, user_id
from chat.ui.sessions import filters
from store import folders, sessions
from store.database import Session
from store.errors import Refused
from store.folders import Folder
from store.search import Hit, chats, find
from store.search_query import parse
from store.session_values import ListedSession

LOOKED_AT = 40
"""Of so many of the newest messages that have the words the chats are listed."""
NOT_SHOWN = ("deleted_at", "created_at", "is_active")


def draw(box: PopoverContainer) -> None:
    """The newest sessions, those that match search and filter, and **Show more**.

    ``box`` is where the filter is chosen.
    """
    known, news = state.tab(), parts().news.number
    query = str(state.value("search-chats") or "").strip()
    with parts().database.reading() as db:
        there = folders.listed(db, user_id=user_id())
        if known.filter.folder and known.filter.folder not in {one.folder_id for one in there}:
            known.choose(replace(known.filter, folder=None))
        is_archived = "archived" in known.filter.only
        found = sessions.recent(
            db,
            user_id=user_id(),
            limit=known.listed + 1,
            query=query,
            archived=is_archived or (None if query else False),
            **known.filter.chosen(),
        )
        rows = found[: known.listed]
        deeper = query and len(found) <= known.listed and known.filter == state.Filter()
        said_in = _by_messages(db, query, rows) if deeper else {}
        others = chats(db, user_id=user_id(), session_ids=said_in)
    filters.fill(box, there)
    filters.line(there)
    nothing = "No chat has this in its title or messages."
    if known.filter != state.Filter():
        nothing = "No chat matches the filter."
    about = {
        **said(),
        "hasChat": known.page == "chat",
        "rows": [
            *(_row(row) for row in rows),
            *(_row(row) | _said(said_in[row.session_id]) for row in others),
        ],
        "more": len(found) > known.listed,
        "least": known.listed,
        "query": query,
        "filter": known.filter.asked(),
        "folders": [_folder(one) for one in there],
        "news": str(news),
        "personas": personas.names({row.persona for row in [*rows, *others]}),
        "sharing": parts().sharing.is_on,
        "nothing": nothing if query or known.filter.asked() else "Your chats will be listed here.",
    }
    page.part("sessions", about)


def _folder(one: Folder) -> dict[str, object]:
    return {
        "id": one.folder_id,
        "name": one.name,
        "colour": one.colour,
        "inner": one.parent_id is not None,
    }


def _by_messages(db: Session, query: str, rows: Sequence[ListedSession]) -> dict[str, Hit]:
    """The newest message that has the words, of each other chat; by the chat's id."""
    try:
        wanted = parse(query, unfinished=True)
    except Refused:
        return {}
    found = find(db, user_id=user_id(), query=wanted, sort="newest", limit=LOOKED_AT, counted=False)
    named = {row.session_id for row in rows}
    by_chat: dict[str, Hit] = {}
    for hit in found.hits:
        if hit.message_id is not None and hit.session_id not in named:
            by_chat.setdefault(hit.session_id, hit)
    return by_chat


def _said(hit: Hit) -> dict[str, object]:
    return {"group": "In messages", "preview": hit.excerpt, "message": hit.message_id}


def _row(row: ListedSession) -> dict[str, object]:
    fields = {name: value for name, value in asdict(row).items() if name not in NOT_SHOWN}
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
