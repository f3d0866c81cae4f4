"""The list of sessions in the sidebar; drawn by ``components/page/sessions.js``."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from chat.ui import personas, state
from chat.ui.components import page
from chat.ui.services import parts, said, user_id
from store import sessions
from store.database import Session
from store.errors import Refused
from store.search import Hit, chats, find
from store.search_query import parse
from store.session_values import ListedSession

LOOKED_AT = 40
"""Of so many of the newest messages that have the words the chats are listed."""
NOT_SHOWN = ("folder", "deleted_at", "created_at", "is_active")


def draw() -> None:
    """The newest sessions, those that match the search, and **Show more**."""
    known, news = state.tab(), parts().news.number
    query = str(state.value("search-chats") or "").strip()
    with parts().database.reading() as db:
        found = sessions.recent(
            db,
            user_id=user_id(),
            limit=known.listed + 1,
            query=query,
            archived=None if query else False,
        )
        rows = found[: known.listed]
        said_in = _by_messages(db, query, rows) if query and len(found) <= known.listed else {}
        others = chats(db, user_id=user_id(), session_ids=said_in)
    nothing = "No chat has this in its title or messages."
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
        "news": str(news),
        "personas": personas.names({row.persona for row in [*rows, *others]}),
        "nothing": nothing if query else "Your chats will be listed here.",
    }
    page.part("sessions", about)


def _by_messages(db: Session, query: str, rows: Sequence[ListedSession]) -> dict[str, Hit]:
    """The newest message that has the words, of each other chat; by the chat's id."""
    try:
        wanted = parse(query, unfinished=True)
    except Refused:
        return {}
    found = find(db, user_id=user_id(), query=wanted, sort="newest", limit=LOOKED_AT)
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
