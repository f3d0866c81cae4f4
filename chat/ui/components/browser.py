"""Small components where Streamlit has nothing; what the browser does is in the files beside."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_FILES = Path(__file__).parent
_SHOWS_NOTHING = "<span></span>"


def copy_button(text: str, *, key: str) -> None:
    """A small icon button named "Copy answer" that puts ``text`` on the clipboard.

    The text travels with the page, so a click asks the server nothing and reruns nothing.
    """
    _mount("copy_button", text, key=key)


def cookie(job: str) -> None:
    """Keep or drop a cookie, once: JSON with its name, value and seconds; shows nothing itself."""
    _mount("cookie", job)


def paper() -> None:
    """Let the whole page be printed, and not what is in view; shows nothing itself."""
    _of_page("paper")(key="paper", width="content", height="content")


def found() -> None:
    """Let what was found begin at the left, as texts do; shows nothing itself."""
    _of_page("found")(key="found", width="content", height="content")


@cache
def _of_page(name: str) -> ComponentRenderer:
    css = _text(name, "css")
    return component(f"parley-{name}", html=_SHOWS_NOTHING, css=css, isolate_styles=False)


def upload(to: str, headers: Mapping[str, str], *, key: str, done: Callable[[], None]) -> None:
    """A field for a file, which goes to an address of ours as it is read, and never into the page.

    ``done`` is called when it was; what was answered is then ``sent`` of the key's value.
    """
    said = json.dumps({"to": to, "method": "POST", "headers": dict(headers)})
    made = _registered("upload")
    made(data=said.encode(), key=key, width="stretch", height="content", on_sent_change=done)


def _mount(name: str, data: str, *, key: str = "") -> None:
    """Draw a component, which gets ``data`` as bytes.

    To find out what anything else could be, Streamlit would import pandas (80 MB).
    """
    _registered(name)(data=data.encode(), key=key or name, width="content", height="content")


@cache
def _registered(name: str) -> ComponentRenderer:
    # At the first use: importing a module must not need a running Streamlit.
    html, css, js = (_text(name, kind) for kind in ("html", "css", "js"))
    return component(f"parley-{name}", html=html or _SHOWS_NOTHING, css=css, js=js)


def _text(name: str, kind: str) -> str | None:
    file = _FILES / f"{name}.{kind}"
    return file.read_text("utf-8") if file.exists() else None
