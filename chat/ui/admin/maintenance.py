"""For administrators: nobody writes for a while, and whether it is safe to stop this process."""

import streamlit as st

from chat.ui import state
from chat.ui.admin.people import administrator
from chat.ui.failures import done
from chat.ui.services import parts, repeat
from chat.ui.times import zone
from store.maintenance import LINE_MAX

SWITCH, LINE = "read-only", "maintenance-line"


def draw() -> None:
    """The switch, what people are told, and what still runs."""
    administrator()
    now = parts().read_only.state
    with st.container(border=True, key="maintenance"):
        st.subheader("Maintenance", anchor=False)
        st.caption(
            "While it is read only, chats can be read, searched and exported, and nothing can be "
            "written. Answers that run are finished; those that wait begin afterwards."
        )
        state.put(SWITCH, now.is_on)
        if now.is_on and _line() != now.line:  # what is being typed there would be gone
            state.put(LINE, now.line)
        st.text_input(
            "Line for people",
            key=LINE,
            max_chars=LINE_MAX,
            placeholder="On every page, such as: back at 9.",
            on_change=_say,
        )
        st.toggle("Read only", key=SWITCH, on_change=_switch)
        if now.since is not None:
            st.caption(f"Since {now.since.astimezone(zone()):%Y-%m-%d %H:%M}.")
            repeat(_running)


def _switch() -> None:
    on = bool(state.value(SWITCH))
    with done("It is read only now." if on else "People can write again."):
        parts().read_only.switch(administrator(), on=on, line=_line())


def _say() -> None:
    """Another line while it is on; else it is said with the switch."""
    if parts().read_only.state.is_on:
        with done("People are told so."):
            parts().read_only.switch(administrator(), on=True, line=_line())


def _line() -> str:
    return str(state.value(LINE) or "")


def _running() -> None:
    count = parts().turns.count_running()
    if count:
        answers = "answer still runs" if count == 1 else "answers still run"
        st.markdown(f"{count:,} {answers} in this process: wait until none does.")
    else:
        st.markdown("No answer runs in this process any more: it is safe to stop it.")
