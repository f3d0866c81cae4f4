"""The table of all sessions, and what can be done with several of them at once."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from chat.ui import personas, state
from chat.ui.controls import button, dialog, typed
from chat.ui.failures import shown
from chat.ui.services import key, parts, user_id
from chat.ui.sessions import actions
from chat.ui.sessions.filing import NONE, named
from chat.ui.times import ahead, zone
from store import folders, sessions, tags
from store.session_filters import Chosen
from store.session_values import ListedSession
from store.types import utc_now
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


def some() -> Chosen:
    """Boxes to choose a folder and a tag with; what the table has then."""
    with parts().database.reading() as db:
        there = named(folders.listed(db, user_id=user_id()))
        used = [tag for tag, _ in tags.used(db, user_id=user_id())]
    for box, offered in (("manage-folder", [NONE, *there]), ("manage-tag", used)):
        if state.value(box) not in offered:  # gone meanwhile
            state.put(box, None)
    if not there and not used:
        return {}
    with st.container(horizontal=True):
        folder = st.selectbox(
            "Folder",
            [NONE, *there],
            index=None,
            format_func=lambda id_: there.get(id_, "In no folder"),
            placeholder="All folders",
            key="manage-folder",
        )
        tag = st.selectbox("Tag", used, index=None, placeholder="All tags", key="manage-tag")
    return {"folder": folder, "tag": tag}


def table(name: str, query: str, chosen: Chosen) -> list[ListedSession]:
    """Draw a page of the list; the chosen rows."""
    view = VIEWS[name]
    who, archived, trashed = user_id(), view.archived, view.trashed
    with parts().database.reading() as db:
        count = sessions.count(
            db, user_id=who, query=query, archived=archived, trashed=trashed, **chosen
        )
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
            **chosen,
        )
        there = {one.folder_id: one.name for one in folders.listed(db, user_id=who)}
    if not rows:
        is_some = query.strip() or any(value is not None for value in chosen.values())
        st.info("Nothing matches the filter." if is_some else view.empty)
        return []
    names = personas.names({row.persona for row in rows})
    # The selection is kept by place: with other rows, or in another order, it must begin anew.
    same = hash(tuple(row.session_id for row in rows))
    event = st.dataframe(
        [_cells(row, view, names, there) for row in rows],
        key=f"table-{name}-{same}",
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        alt=f"{name}: {count} chats",
        column_config=_columns(name, tuple(row.session_id for row in rows)),
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
        for act in ("Move", "Tags"):
            about = (act.lower(), " ".join(ids))
            button(f"{act}{many}", f"bulk-{act.lower()}", state.ask, *about, disabled=not ids)
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
            known.undo = state.Undo(
                "trash", f"In the trash: {actions.chats(len(gone))}.", tuple(gone)
            )
        st.rerun()


@dialog("Delete for good")
def purge_dialog(about: str) -> None:
    """Remove these (ids separated by spaces), or the whole trash; after a typed confirmation."""
    ids = about.split()
    with parts().database.reading() as db:
        count = len(ids) or sessions.totals(db, user_id=user_id()).trashed
    st.markdown(f"{actions.chats(count)} with all messages will be removed. This cannot be undone.")
    if typed(CONFIRMATION, "Delete for good"):
        if ids:
            parts().sessions.purge(list(map(key, ids)))
        else:
            parts().sessions.purge_trash(user_id())
        st.rerun()


def _columns(name: str, ids: tuple[str, ...]) -> dict[str, Any]:
    """Together as wide as there is room beside the list at 1,280 pixels; times as the viewer's."""
    column, key = st.column_config, f"open-row-{name}"
    return {
        "Open": column.ButtonColumn(
            width=66, type="tertiary", on_click=_open_row, args=(key, ids), key=key
        ),
        "Title": column.TextColumn(width=132),
        "Last message": column.TextColumn(width=84),
        "Messages": column.NumberColumn("Count", width=50, help="Messages"),
        "Last activity": column.DatetimeColumn(format="distance", width=104),
        "In the trash since": column.DatetimeColumn(format="distance", width=105),
        "Persona": column.TextColumn(width=76),
        "Marks": column.TextColumn(width=54),
        "Folder": column.TextColumn(width=66),
        "Tags": column.TextColumn(width=60),
        "Created": column.DatetimeColumn(format="YYYY-MM-DD", timezone=str(zone()), width=92),
    }


def _open_row(clicked: str, ids: tuple[str, ...]) -> None:
    """Of the rows as they were drawn when one of them was clicked."""
    click = st.session_state[clicked]
    if click is not None and 0 <= click.row < len(ids):
        actions.open_session(ids[click.row])


def _act(name: str, ids: list[str]) -> None:
    with shown():
        if name == "Delete":
            actions.trash(ids, f"In the trash: {actions.chats(len(ids))}.")
        elif name == "Restore":
            parts().sessions.restore_those_left(map(key, ids))
        else:
            parts().sessions.archive(map(key, ids), archived=name == "Archive")
        if name == "Archive":
            text = f"Archived: {actions.chats(len(ids))}."
            state.tab().undo = state.Undo("archive", text, tuple(ids))


def _cells(
    row: ListedSession, view: View, names: dict[str, str], there: dict[str, str]
) -> dict[str, object]:
    is_current = row.session_id == state.tab().session_id
    cells: dict[str, object] = {
        "Open": "● Current" if is_current else "Open",
        "Title": row.title or "New chat",
        "Last message": row.preview,
        "Messages": row.message_count,
        "Last activity": row.last_activity_at,
        "Persona": names[row.persona],
        "Marks": _marks(row),
        "Folder": there.get(row.folder or "", ""),
        "Tags": ", ".join(row.tags),
        "Created": row.created_at,
    }
    if view.trashed:
        del cells["Open"]
        cells = {"Title": cells.pop("Title"), "In the trash since": row.deleted_at, **cells}
    return cells


def _marks(row: ListedSession) -> str:
    marks = ["pinned"] if row.pinned else []
    if not row.is_active:
        marks.append("inactive")
    if row.expires_at is not None and not row.pinned:
        marks.append(f"goes {ahead(row.expires_at, utc_now())}")
    return ", ".join(marks)
