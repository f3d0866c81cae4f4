"""The page's own parts in the browser: composer, list of chats, what is around the messages.

Their code is in ``page/``, one file for each, and comes with a component that shows nothing and is
the same in every run: Streamlit sends it to a tab once. The others bring only what is to be shown.

Which chat is meant is decided by a click, in the browser, and not by the run that draws it later:
``here.turn`` counts those clicks, and what a run says of the chat counts once it has followed all
of them. At Enter a message gets a key and is kept in the browser; only the server's word that it is
stored takes it out. It is sent again after a cut, in the order of writing; the same key is the same
message, however often it comes. To a chat that turns out to be gone follows a new one, with what
was typed. ``outbox.stored`` are on the server, but not on screen yet; ``outbox.why`` says why the
first of those that wait could not be sent.

`window.parleyParts` is a name that no heading has: those are in ``window`` by their ids, and the
title of the login is one.

What a run says of a part has a number: while the part's code is still being loaded, the browser
hands over what two runs said in any order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlit.components.v2 import component

from chat.ui import state

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_FILES = Path(__file__).parent / "page"
_PARTS: tuple[str, ...] = (
    "here",
    "outbox",
    "news",
    "attached",
    "files",
    "composer",
    "folders",
    "rows",
    "sessions",
    "transcript",
)
_PARTS += ("keys", "main")
_NOTHING = "<span></span>"
_CALL = """
const ready = () =>
  window.parleyParts ? Promise.resolve() : (window.parleyReady ??= new Promise((done) => {
    window.parleyHere = done
  }))
let from, last
export default ({ data, parentElement }) => ready().then(() => {
  const [tab, number, about] = JSON.parse(new TextDecoder().decode(data))
  if (tab === from && number < last) return
  [from, last] = [tab, number]
  return window.parleyParts.%s(about, parentElement)
})
"""
ASKS = "page-scripts"
"""The key of the component through which all of them ask the script for something."""


def scripts(asked: Mapping[str, Callable[[], None]]) -> None:
    """Their code, and what is called when they ask for something, by its name."""
    callbacks: dict[str, Any] = {f"on_{name}_change": call for name, call in asked.items()}
    _scripts()(key=ASKS, width="content", height="content", **callbacks)


def part(name: str, about: object) -> None:
    """Draw one of them: ``composer``, ``sessions``, ``transcript`` or ``newChat``; JSON."""
    # As bytes: to find out what anything else could be, Streamlit would import pandas (80 MB).
    text, known = _json(about), state.tab()
    number, before = known.parts.get(name, (0, None))
    if before != hash(text):
        number += 1
        known.parts[name] = number, hash(text)
    data = f"[{_json(known.id)},{number},{text}]".encode()
    _part(name)(data=data, key=f"part-{name}", width="stretch", height="content")


def handing_over(name: str) -> str:
    """The code of a part's component: it hands over the newest of what runs said."""
    return _CALL % name


def _json(about: object) -> str:
    return json.dumps(about, ensure_ascii=False, separators=(",", ":"))


@cache
def _scripts() -> ComponentRenderer:
    code = "\n".join((_FILES / f"{name}.js").read_text("utf-8") for name in _PARTS)
    return component("parley-scripts", html=_NOTHING, js=code)


@cache
def _part(name: str) -> ComponentRenderer:
    css = _FILES / f"{name}.css"
    style = css.read_text("utf-8") if css.exists() else None
    return component(f"parley-{name}", html=_NOTHING, css=style, js=handing_over(name))
