"""What many pages draw: dialogs, rows of a list, and controls that show only a picture."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Literal, NoReturn

import streamlit as st

from chat.ui import state
from chat.ui.failures import explained
from chat.ui.icons import icon_label
from chat.ui.labels import plain

Draw = Callable[[str], None]


def dialog(
    title: str, *, width: Literal["small", "medium", "large"] = "small"
) -> Callable[[Draw], Draw]:
    """Makes a dialog of a function that draws what it is about; see `state.ask`.

    What goes wrong in it is shown in it.
    """

    def made(draw: Draw) -> Draw:
        @st.dialog(title, width=width, on_dismiss="rerun")
        @wraps(draw)
        def opened(about: str) -> None:
            with explained():
                draw(about)

        return opened

    return made


def typed(word: str, label: str) -> bool:
    """A form that asks for a word as confirmation; whether it was typed and sent."""
    with st.form("typed-form", border=False):
        text = st.text_input(f"Type {plain(word)} to confirm", autocomplete="off").strip()
        sent = st.form_submit_button(label, type="primary")
    same = word in (text, text.casefold())
    if sent and not same:
        st.warning(f"Nothing was deleted: the text is not {plain(word)}.")
    return sent and same


def sure(label: str, what: str) -> bool:
    """Whether it was confirmed; **Cancel** closes the dialog."""
    with st.container(horizontal=True):
        confirmed = st.button(label, type="primary", key=f"confirm-{what}")
        if st.button("Cancel", key=f"cancel-{what}"):
            st.rerun()
    return confirmed


def close(said: str) -> NoReturn:
    """End a dialog, and have the page say what was done."""
    state.tab().done = said
    st.rerun()


@contextmanager
def row(key: str, title: str, *about: str) -> Iterator[None]:
    """A row of a list, in Markdown; its controls are drawn in the block."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=key):
        with st.container(width="stretch", gap=None):
            st.markdown(title)
            for line in about:
                st.caption(line)
        yield


def button(
    label: str,
    key: str,
    act: Callable[..., None],
    *about: object,
    icon: str = "",
    quiet: bool = False,
    disabled: bool = False,
) -> None:
    """A button that calls ``act(*about)``; ``icon`` is named as Material's are."""
    st.button(
        label,
        key=key,
        icon=f":material/{icon}:" if icon else None,
        type="tertiary" if quiet else "secondary",
        disabled=disabled,
        on_click=act,
        args=about,
    )


def icon_button(
    name: str,
    icon: str,
    key: str,
    act: Callable[..., None],
    *about: object,
    quiet: bool = True,
    disabled: bool = False,
) -> None:
    """The same with only a picture, but called ``name``."""
    button(icon_label(name, icon), key, act, *about, quiet=quiet, disabled=disabled)


def menu(
    name: str, options: Sequence[str], key: str, act: Callable[..., None], *about: object
) -> None:
    """A menu behind three dots, called ``name``; calls ``act(key, *about)``."""
    st.menu_button(
        icon_label(name, "more"),
        options,
        key=key,
        type="tertiary",
        on_click=act,
        args=(key, *about),
    )
