"""The script behind every page: who is there, the sidebar, then the page that was asked for."""

import streamlit as st

from chat.errors import NotSignedIn
from chat.ui import maintenance, place, state
from chat.ui.login.wall import somebody
from chat.ui.sessions import actions, search_address
from chat.ui.shares import reading
from chat.ui.shell import sidebar

place.begin()

page = st.navigation(
    [
        st.Page("chat_page.py", title="Chat", url_path="chat", default=True),
        st.Page("manage_page.py", title="Manage sessions", url_path="manage"),
        st.Page("bookmarks_page.py", title="Bookmarks", url_path="bookmarks"),
        st.Page("usage_page.py", title="Usage", url_path="usage"),
        st.Page("search_page.py", title="Search", url_path="search"),
        st.Page("import_page.py", title="Import", url_path="import"),
        st.Page("settings_page.py", title="Settings", url_path="settings"),
        st.Page("admin_page.py", title="Admin", url_path="admin"),
        st.Page("share_page.py", title="Shared chat", url_path="share"),
    ],
    position="hidden",
)
top = st.container()
if page.url_path == "share":
    with top:
        maintenance.line_of_itself()
    page.run()
elif somebody():
    known = state.tab()
    known.page = page.url_path or "chat"
    if known.leads not in ("", known.page):  # also when another run came before it was reached
        query = search_address.wanted() if known.leads == "search" else None
        st.switch_page(f"{known.leads}_page.py", query_params=query)
    known.leads = ""
    if known.page == "chat":
        state.follow_url(known)
        reading.lead_back(known)
    else:
        place.titled(page.title)
    try:
        actions.open_last(known)
        sidebar.draw()
        page.run()
    except NotSignedIn:  # a login may end while a page is drawn
        st.rerun()
else:
    with top:
        maintenance.line_of_itself()
