"""One message: its text, how it ended, and what can be done with it."""

import re
from collections.abc import Callable
from functools import lru_cache, partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.turns.turn import FULL
from chat.ui.chat import actions, attached, computed, tool_steps
from chat.ui.components.browser import copy_button
from chat.ui.controls import button, icon_button, menu
from chat.ui.labels import plain
from chat.ui.markdown.safe import DRAWN_CHARS, safe
from store.values import Message

Rest = Callable[[], None]
"""Draws what can be done with a message; later, for what is written comes first."""
KEPT_CHARS = 8_000
LEFT_OUT_CHARS = 1_000
_TABLE = re.compile(r"^[ >]*+\|?+[ ]*+:?+-++:?+[ ]*+\|", re.MULTILINE)
PERSON = ":material/person:"
BOOKMARKED = ":material/bookmark: Bookmarked"

ENDS = {
    "stopped": "Stopped.",
    "interrupted": "The server stopped while answering; this is what was received.",
}


def question(message: Message, editing: bool, newest: bool) -> Rest:
    """What somebody asked."""
    place = st.chat_message("user", avatar=PERSON)
    files = place.container() if message.files else place
    if editing:
        with place:
            _edit_box(message)
        return partial(attached.draw, message, files)
    row = place.container(horizontal=True, gap="xsmall", wrap=False)
    with row:
        body(message)

    def rest() -> None:
        attached.draw(message, files)
        with row:
            _versions(message)
            if newest:
                icon_button("Edit", "edit", f"edit-{message.id}", actions.edit, message.id)
            _menu(message, newest)
        if message.status == "queued":
            place.caption(":material/schedule: Queued: it is answered next.")
        if message.bookmarked:
            place.caption(BOOKMARKED)

    return rest


def instruction(message: Message) -> Rest:
    """What a model was told besides, by whoever wrote the chat."""
    place = st.chat_message("system", avatar=":material/tune:")
    with place:
        st.caption("Instruction to the model")
        body(message)

    def rest() -> None:
        with place.container(horizontal=True, gap="small"):
            _versions(message)
            _menu(message, newest=False)

    return rest


def answer(message: Message, icon: str, newest: bool) -> Rest:
    """What the model answered, finished or broken off."""
    place = st.chat_message("assistant", avatar=icon)
    with place:
        reasoning(message)
        tool_steps.folded(message)
        results = st.container() if message.results else place
        body(message)
        _end(message)
    return partial(_rest_of_answer, place, results, message, newest)


def _rest_of_answer(
    place: DeltaGenerator, results: DeltaGenerator, message: Message, newest: bool
) -> None:
    computed.draw(message, results)
    if not newest and len(message.versions) < 2 and not message.bookmarked:
        with place:
            _menu(message, newest)
        return
    with place.container(horizontal=True, gap="small", vertical_alignment="center"):
        if newest:
            if message.content:
                copy_button(message.content, key=f"copy-{message.id}")
            if message.status == "complete":
                key = f"regenerate-{message.id}"
                icon_button("Regenerate", "regenerate", key, actions.again, message.id)
            _rating(message)
        _versions(message)
        if message.bookmarked:
            st.caption(BOOKMARKED, width="content")
        _menu(message, newest)
        if newest and message.model:
            st.caption(plain(message.model))


def asking_answer(message: Message, icon: str) -> None:
    """What the model has answered so far, and what it asks before it goes on."""
    place = st.chat_message("assistant", avatar=icon)
    with place:
        reasoning(message)
        tool_steps.folded(message)
        computed.draw(message, place)
        body(message)
        tool_steps.asked(message)


def live_answer(message: Message, icon: str) -> DeltaGenerator:
    """The place in which an answer that is being written is drawn."""
    with st.chat_message("assistant", avatar=icon):
        return st.container(key=f"live-{message.id}")


def body(message: Message, at: str = "") -> None:
    """The text, drawn harmlessly; of a very long one the beginning, and all of it as a file.

    ``at`` tells the same message at another place of the page from it.
    """
    text = message.content
    if len(text) > DRAWN_CHARS:
        with st.container():
            _long_body(message, at)
    elif text:
        drawn, is_wide = (_kept if len(text) < KEPT_CHARS else _drawn)(text)
        # A row scrolls by itself; without one, a table would make the page scroll.
        place = st.container(horizontal=True, wrap=False) if is_wide else st
        place.markdown(drawn, anchors=False, width="stretch")


def _drawn(text: str) -> tuple[str, bool]:
    """What is handed to Streamlit, and whether there is a table in it."""
    return safe(text), _TABLE.search(text) is not None


_kept = lru_cache(maxsize=1024)(_drawn)
"""Of what is on screen most was there at the last run too; long texts are not kept."""


def _long_body(message: Message, at: str) -> None:
    text = message.content
    st.markdown(safe(text[:DRAWN_CHARS]), anchors=False)
    st.caption(f"This message has {len(text):,} characters; the first {DRAWN_CHARS:,} are shown.")
    # Not made at the click: what a click finds then is gone with the next run.
    st.download_button(
        "Download all of it",
        data=text.encode(),
        file_name=f"message-{message.id}.txt",
        mime="text/plain",
        key=f"download-{at}{message.id}",
        on_click="ignore",
    )


def reasoning(message: Message) -> None:
    """The model's thinking, folded, where it sent any."""
    if thoughts := message.metadata.reasoning:
        with st.expander("Reasoning", type="compact"):
            st.text(thoughts[:DRAWN_CHARS])


def _end(message: Message) -> None:
    if left_out := message.metadata.left_out:
        st.caption(f":material/attach_file_off: {plain(left_out[:LEFT_OUT_CHARS])}")
    if message.status == "error":
        st.error(plain(message.error_message or "The answer failed."), icon=":material/error:")
    elif message.status in ENDS:
        st.caption(ENDS[message.status])
    elif message.metadata.finish_reason == "length":
        st.caption("The model reached its length limit.")
    elif message.metadata.finish_reason == FULL:
        st.caption("This answer is as long as answers may be here. Send a message to go on.")
        return
    else:
        return
    with st.container(horizontal=True):
        if message.content:
            key = f"continue-{message.id}"
            button("Continue", key, actions.again, message.id, True, icon="play_arrow")
        if message.status != "complete":
            button("Retry", f"retry-{message.id}", actions.again, message.id, icon="refresh")


def _rating(message: Message) -> None:
    for name, feedback in (("Good answer", "good"), ("Bad answer", "bad")):
        given = message.feedback == feedback
        key, new = f"{feedback}-{message.id}", None if given else feedback
        icon_button(name, feedback, key, actions.rate, message.id, new, quiet=not given)


def _versions(message: Message) -> None:
    count = len(message.versions)
    if count < 2:
        return
    at = message.versions.index(message.id)
    for kind, other in (("previous", at - 1), ("next", at + 1)):
        if kind == "next":
            st.caption(f"{at + 1}/{count}")
        icon_button(
            f"{kind.capitalize()} version",
            kind,
            f"{kind}-version-{message.id}",
            actions.show_version,
            message.versions[min(max(other, 0), count - 1)],
            disabled=not 0 <= other < count,
        )


def _menu(message: Message, newest: bool) -> None:
    mark = "Remove bookmark" if message.bookmarked else "Bookmark"
    if message.status == "queued":
        options = ["Remove from queue"]
    elif message.role == "user":
        options = ["Edit", "Branch", mark, "Delete"]
    elif message.role == "system":
        options = ["Branch", mark, "Delete"]
    else:
        options = ["Ask again with…", "Branch", mark, "Delete", "Details"]
        if len(message.versions) > 1:
            options.insert(1, "Compare versions")
        if not newest or message.status != "complete":
            options.insert(0, "Regenerate")
    menu("Message actions", options, f"message-actions-{message.id}", actions.act, message.id)


def _edit_box(message: Message) -> None:
    key, files = f"edit-text-{message.id}", f"edit-files-{message.id}"
    there = attached.named(one for one in message.files if one.deleted_at is None)
    with st.form(f"edit-form-{message.id}", border=False):
        st.text_area("Edit message", value=message.content, key=key, height="content")
        if there:
            st.multiselect("Files", there, default=there, format_func=there.__getitem__, key=files)
        with st.container(horizontal=True):
            asked = (message.id, key, files if there else "")
            st.form_submit_button("Send", type="primary", on_click=actions.send_edited, args=asked)
            st.form_submit_button("Cancel", on_click=actions.edit, args=(None,))
