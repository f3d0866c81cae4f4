"""The chat: the branch on screen, the live answer, and the composer."""

import streamlit as st

from chat.ui import failures, personas, state
from chat.ui.chat import actions, chat_settings, greeting, live, transcript
from chat.ui.components.browser import end_of_chat
from chat.ui.labels import plain
from chat.ui.login.wall import wall
from chat.ui.profiles import panel
from chat.ui.services import key, parts
from chat.ui.shell import dialogs, notices, pulse

wall()
known = state.tab()
pulse.note(known)
parts().refresh_models()
status = parts().provider.status()
screen, where = transcript.Screen(), None
has_panel = False

with failures.explained():
    screen = transcript.load(known)
    state.write_url(known)
    has_panel = panel.is_there(known.session_id, screen.results)
session, window = screen.session, screen.window
persona = personas.chosen(session.persona if session else known.draft.persona)
answering = transcript.live_message(window)

with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(f"**{plain(session.title or 'New chat') if session else 'New chat'}**")
    chat_settings.draw(session, known, status, persona)
    if not has_panel:
        panel.form_button("analyze")
    end_of_chat(known.session_id or "", known.taken, failed=known.put_back)
left, right = panel.columns(has_panel)
with left, transcript.body(known, cleared=answering is not None):
    if known.notice:
        st.info(known.notice, icon=":material/search_off:")
    if session is None or not window:
        greeting.draw(session, known, status, persona)
    else:
        where = transcript.draw(session, window, known, persona)

if right is not None:
    with right, failures.explained():
        panel.draw(known.session_id or "", screen.results)

# Always there, so that the composer keeps its place and with it what is typed meanwhile.
with st.bottom, st.container():
    notices.draw(known)
    if session and parts().turns.running_in(key(session.session_id)):
        notices.stop_button()
actions.put_back()
# Outside the block above: only then does Streamlit keep the page scrolled to its end.
st.chat_input(
    "Message",
    key=actions.COMPOSER,
    on_submit=actions.send_typed,
    args=(known.session_id or known.new_id,),
)

dialog = dialogs.open_asked()
if answering:
    live.follow(answering, where, shared=dialog)
elif dialog:
    pulse.watch_login()
else:
    pulse.watch()
