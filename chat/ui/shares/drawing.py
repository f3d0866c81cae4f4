"""How a shared chat is drawn: on its page, and before, as a preview for whoever shares it."""

from collections.abc import Callable

import streamlit as st

from chat.sharing.visible import SharedChat
from chat.ui import personas
from chat.ui.chat import message_view, tool_steps
from chat.ui.controls import button
from chat.ui.labels import plain
from chat.ui.profiles import card
from chat.ui.profiles.panel import keys
from chat.ui.shares import parts
from chat.ui.times import zone
from store.metadata import PersonaMark
from store.values import Message, SessionKey

FIRST, MORE = 20, 40
"""So many messages are shown at first, and so many more at each click."""


def draw(chat: SharedChat, of: SessionKey, place: str, show_earlier: Callable[[], None]) -> None:
    """All that is visible of a chat, without actions; ``place`` tells keys of several apart."""
    st.header(plain(chat.title or "New chat"), anchor=False)
    if chat.name:
        st.caption(f"Shared by {plain(chat.name)}")
    if chat.first > 1:
        button("Show earlier messages", f"{place}-earlier", show_earlier, icon="expand_less")
    if not chat.messages:
        st.caption("There are no messages in this chat.")
    last = ""
    for message in chat.messages:
        mark = message.metadata.persona
        if mark and mark.name and mark.name != last:
            if last:
                personas.say_change(mark)
            last = mark.name
        _message(message, mark, of, place)
    if chat.results:
        st.subheader("Profiles", anchor=False)
        for kept, key in zip(chat.results, keys(chat.results), strict=True):
            card.draw(kept, str(zone()), f"{place}-{key}", with_actions=False)


def _message(message: Message, mark: PersonaMark | None, of: SessionKey, place: str) -> None:
    avatar = message_view.PERSON if message.role == "user" else personas.icon(mark)
    with st.chat_message("user" if message.role == "user" else "assistant", avatar=avatar):
        tool_steps.folded(message)
        message_view.body(message, place)
        parts.files(message)
        parts.computed(of, message, place)
        if message.status == "error":
            st.error("The answer failed.", icon=":material/error:")
        elif message.status == "streaming":
            st.caption(":shimmer[Answering…]")
        elif message.status in message_view.ENDS:
            st.caption(message_view.ENDS[message.status])
