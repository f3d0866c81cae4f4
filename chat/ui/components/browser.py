"""Small components where Streamlit has nothing; what the browser does is in the files beside."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

from chat.ui.internals.page import COMPOSER, SEND

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer
    from streamlit.elements.lib.layout_utils import Width

_FILES = Path(__file__).parent
_SHOWS_NOTHING = "<span></span>"


def copy_button(text: str, *, key: str) -> None:
    """A small icon button named "Copy answer" that puts ``text`` on the clipboard.

    The text travels with the page, so a click asks the server nothing and reruns nothing.
    """
    _mount("copy_button", text, key=key)


def end_of_chat(session_id: str, taken: str, *, failed: bool) -> None:
    """Follow the end of the page, and hand over one message at a time; shows nothing itself.

    Another ``session_id`` jumps to the end. The next message leaves once ``taken``, the mark of the
    last one taken, is another; ``failed``: that one could not be stored, and is in the composer
    again. One component: each costs every run a hundredth.
    """
    about = {"session": session_id, "composer": COMPOSER, "send": SEND}
    data = json.dumps({**about, "taken": taken, "failed": failed})
    _mount("end_of_chat", data, width="stretch")


def search_key() -> None:
    """Focus the input of the widget with the key ``search-chats``; shows nothing itself."""
    _mount("search_key")


def cookie(job: str) -> None:
    """Keep or drop a cookie, once: JSON with its name, value and seconds; shows nothing itself."""
    _mount("cookie", job)


def _mount(
    name: str, data: str | None = None, *, key: str | None = None, width: Width = "content"
) -> None:
    """Draw a component, which gets ``data`` as bytes.

    To find out what anything else could be, Streamlit would import pandas (80 MB).
    """
    bytes_ = None if data is None else data.encode()
    _registered(name)(data=bytes_, key=key or name, width=width, height="content")


@cache
def _registered(name: str) -> ComponentRenderer:
    # At the first use: importing a module must not need a running Streamlit.
    html, css, js = (_text(name, kind) for kind in ("html", "css", "js"))
    return component(f"parley-{name}", html=html or _SHOWS_NOTHING, css=css, js=js)


def _text(name: str, kind: str) -> str | None:
    file = _FILES / f"{name}.{kind}"
    return file.read_text("utf-8") if file.exists() else None
