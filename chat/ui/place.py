"""What the operator made of this place: its name, its picture, its greeting and its links."""

import streamlit as st

from chat.ui.labels import plain
from chat.ui.markdown.safe import safe
from chat.ui.services import parts

_SPECIAL = {sign: f"%{ord(sign):02X}" for sign in "<>[]\\"}
_IN_ADDRESS = str.maketrans(_SPECIAL | {"&": "&amp;"})


def begin() -> None:
    """Before all else that a page draws."""
    titled()
    if logo := parts().settings.logo:
        st.set_page_config(page_icon=logo)
        st.logo(logo, size="large")


def titled(title: str = "") -> None:
    """What the browser's tab is called."""
    name = parts().settings.name
    st.set_page_config(page_title=f"{title} · {name}" if title else name)


def heading() -> None:
    """Above what is asked of those who are not known yet."""
    st.title(plain(parts().settings.name), anchor=False)
    greet()


def greet() -> None:
    """The operator's greeting, where there is one."""
    if greeting := parts().settings.greeting:
        st.markdown(safe(greeting), anchors=False)


def links() -> None:
    """The operator's links, where there are any."""
    if found := parts().settings.links:
        named = [f"[{plain(name)}](<{to.translate(_IN_ADDRESS)}>)" for name, to in found.items()]
        st.markdown(f":small[{' · '.join(named)}]")
