"""The list of sessions in the sidebar; drawn by ``components/page/sessions.js``."""

from dataclasses import asdict
from datetime import UTC, datetime

from chat.ui import personas, state
from chat.ui.components import page
from chat.ui.services import parts, said, user_id
from store import sessions
from store.session_values import ListedSession

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
    nothing = "No chat has this in its title or last message."
    about = {
        **said(),
        "hasChat": known.page == "chat",
        "rows": [_row(row) for row in rows],
        "more": len(found) > known.listed,
        "least": known.listed,
        "query": query,
        "news": str(news),
        "personas": personas.names({row.persona for row in rows}),
        "sharing": parts().sharing.is_on,
        "nothing": nothing if query else "Your chats will be listed here.",
    }
    page.part("sessions", about)


def _row(row: ListedSession) -> dict[str, object]:
    fields = {name: value for name, value in asdict(row).items() if name not in NOT_SHOWN}
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
