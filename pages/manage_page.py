"""Manage sessions: all of them in a table, with filter, bulk actions and the trash."""

import streamlit as st

from chat.ui import failures, unused
from chat.ui.login.wall import wall
from chat.ui.services import parts, user_id
from chat.ui.sessions import manage
from chat.ui.shell import dialogs
from store import sessions

wall()
st.set_page_config(layout="wide")

st.title("Manage sessions", anchor=False)

with failures.explained():
    with parts().database.reading() as db:
        totals = sessions.totals(db, user_id=user_id())
    st.caption(manage.totals_line(totals))
    unused.told()
    st.page_link("import_page.py", label="Import chats", icon=":material/upload:")
    name = st.segmented_control(
        "List", list(manage.VIEWS), default="Chats", required=True, key="manage-view"
    )
    query = st.text_input(
        "Filter", key="manage-filter", type="search", live=True, placeholder="Title or last message"
    )
    chosen = manage.table(name or "Chats", query, manage.some())
    manage.actions_row(name or "Chats", chosen)

dialogs.below()
