"""The table of all sessions, and what can be done with several of them at once."""

from dataclasses import dataclass

import streamlit as st

from chat.ui import personas, state
from chat.ui.controls import button, dialog, typed
from chat.ui.failures import shown
from chat.ui.services import key, parts, user_id
from chat.ui.sessions import actions
from store import sessions
from store.session_values import ListedSession
from store.values import Totals

PAGE_ROWS = 100
CONFIRMATION = "DELETE"


@dataclass(frozen=True, slots=True)
class View:
    """One of the three lists; the fields are arguments of `store.sessions.recent`."""

    archived: bool | None
    trashed: bool
    empty: str


VIEWS = {
    "Chats": View(False, False, "No chats yet. Start one with New chat."),
    "Archived": View(True, False, "Nothing is archived."),
    "Trash": View(None, True, "The trash is empty."),
}


def totals_line(totals: Totals) -> str:
    """What there is, in one line."""
    return (
        f"{totals.sessions:,} chats, {totals.archived:,} of them archived, with "
        f"{totals.messages:,} messages; {totals.trashed:,} in the trash."
    )


def table(name: str, query: str) -> list[ListedSession]:
    """Draw a page of the list; the chosen rows."""
    view = VIEWS[name]
    who, archived, trashed = user_id(), view.archived, view.trashed
    with parts().database.reading() as db:
        count = sessions.count(db, user_id=who, query=query, archived=archived, trashed=trashed)
        pages = max(-(-count // PAGE_ROWS), 1)
        wanted = state.value(f"page-{name}")
        page = min(wanted, pages) if isinstance(wanted, int) else 1
        rows = sessions.recent(
            db,
            user_id=who,
            query=query,
            archived=archived,
            trashed=trashed,
            limit=PAGE_ROWS,
            offset=(page - 1) * PAGE_ROWS,
        )
    if not rows:
        st.info("Nothing matches the filter." if query.strip() else view.empty)
        return []
    names = personas.names({row.persona for row in rows})
    # The selection is kept by place: with other rows, or in another order, it must begin anew.
    same = hash(tuple(row.session_id for row in rows))
    event = st.dataframe(
        [_cells(row, view, names) for row in rows],
        key=f"table-{name}-{same}",
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        alt=f"{name}: {count} chats",
        column_config={
            "Last activity": st.column_config.DatetimeColumn(format="distance"),
            "Created": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
            "In the trash since": st.column_config.DatetimeColumn(format="distance"),
            "Title": st.column_config.TextColumn(width="medium"),
            "Last message": st.column_config.TextColumn(width="medium"),
        },
    )
    if pages > 1:
        st.pagination(pages, key=f"page-{name}")
    return [rows[at] for at in event.selection.rows if at < len(rows)]


def actions_row(name: str, chosen: list[ListedSession]) -> None:
    """The actions for the chosen rows."""
    ids = [row.session_id for row in chosen]
    many = f" ({len(ids)})" if ids else ""
    with st.container(horizontal=True):
        if name == "Trash":
            button(f"Restore{many}", "bulk-restore", _act, "Restore", ids, disabled=not ids)
            about = ("purge", " ".join(ids))
            button(f"Delete for good{many}", "bulk-purge", state.ask, *about, disabled=not ids)
            button("Empty trash", "bulk-empty", state.ask, "purge")
            return
        one = len(ids) == 1
        button("Open", "bulk-open", actions.open_session, *ids[:1], disabled=not one)
        for act in ("Archive" if name == "Chats" else "Unarchive", "Delete"):
            button(f"{act}{many}", f"bulk-{act.lower()}", _act, act, ids, disabled=not ids)
        what = many or " all"
        button(f"Export{what}", "export", state.ask, "export", " ".join(ids))
        button("Clear all", "bulk-clear", state.ask, "clear")


@dialog("Clear all")
def clear_dialog(_about: str) -> None:
    """Everything into the trash, after a typed confirmation."""
    with parts().database.reading() as db:
        count = sessions.totals(db, user_id=user_id()).sessions
    st.markdown(
        f"All {count:,} chats, archived ones too, go to the trash. "
        f"They can be restored for {parts().settings.trash_days} days."
    )
    if typed(CONFIRMATION, "Clear all"):
        gone = parts().sessions.trash_all(user_id())
        known = state.tab()
        known.open(None)
        if gone:
            known.undo = state.Undo("trash", f"In the trash: {_chats(len(gone))}.", tuple(gone))
        st.rerun()


@dialog("Delete for good")
def purge_dialog(about: str) -> None:
    """Remove these (ids separated by spaces), or the whole trash; after a typed confirmation."""
    ids = about.split()
    with parts().database.reading() as db:
        count = len(ids) or sessions.totals(db, user_id=user_id()).trashed
    st.markdown(f"{_chats(count)} with all messages will be removed. This cannot be undone.")
    if typed(CONFIRMATION, "Delete for good"):
        if ids:
            parts().sessions.purge(list(map(key, ids)))
        else:
            parts().sessions.purge_trash(user_id())
        st.rerun()


def _act(name: str, ids: list[str]) -> None:
    with shown():
        if name == "Delete":
            actions.trash(ids, f"In the trash: {_chats(len(ids))}.")
        elif name == "Restore":
            parts().sessions.restore_those_left(map(key, ids))
        else:
            parts().sessions.archive(map(key, ids), archived=name == "Archive")
        if name == "Archive":
            text = f"Archived: {_chats(len(ids))}."
            state.tab().undo = state.Undo("archive", text, tuple(ids))


def _chats(count: int) -> str:
    return f"{count:,} chat{'' if count == 1 else 's'}"


def _cells(row: ListedSession, view: View, names: dict[str, str]) -> dict[str, object]:
    cells: dict[str, object] = {
        "Title": row.title or "New chat",
        "Last message": row.preview,
        "Messages": row.message_count,
        "Last activity": row.last_activity_at,
        "Persona": names[row.persona],
        "Pinned": row.pinned,
        "Created": row.created_at,
    }
    if view.trashed:
        cells = {"Title": cells.pop("Title"), "In the trash since": row.deleted_at, **cells}
    return cells
