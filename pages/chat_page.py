"""The chat: the branch on screen, the live answer, and the composer."""

import streamlit as st

from chat.ui import failures, personas, state, temporary
from chat.ui.chat import around, chat_settings, greeting, live, transcript
from chat.ui.labels import plain
from chat.ui.login.wall import wall
from chat.ui.profiles import panel
from chat.ui.services import parts
from chat.ui.shell import dialogs, notices

wall()
known = state.tab()
parts().refresh_models()
status = parts().provider.status()
screen, where = transcript.Screen(), None
has_panel = False

with failures.explained():
    screen = transcript.load(known)
    temporary.follow(known, screen.session)
    state.write_url(known)
    has_panel = panel.is_there(known.session_id, screen.results)
session, window = screen.session, screen.window
persona = personas.chosen(session.persona if session else known.draft.persona)
answering = transcript.live_message(window)
around.name_tab(known)

with st.container(horizontal=True, vertical_alignment="center", key="chat-tools"):
    st.markdown(f"**{plain(session.title or 'New chat') if session else 'New chat'}**")
    chat_settings.draw(session, known, status, persona)
    if not has_panel:
        panel.form_button("analyze")
if session is not None and session.temporary:
    temporary.draw(session)
left, right = panel.columns(has_panel, transcript.height(window))
with left:
    with transcript.body(known, cleared=answering is not None):
        if known.notice and session is None:
            st.info(known.notice, icon=":material/search_off:")
        if session is None or not window:
            greeting.draw(session, known, status, persona)
        else:
            where = transcript.draw(screen, known, persona)
    around.end(window, known.spot)

if right is not None:
    with right, failures.explained():
        panel.draw(known.session_id or "", screen.results)

# In a container of its own, so that the composer keeps its place and with it the cursor.
with st.bottom:
    with st.container():
        notices.draw(known)
    around.composer(known, session, screen.newest)

dialog = dialogs.open_asked()
if answering:
    live.follow(answering, where, shared=dialog)
