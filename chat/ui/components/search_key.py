"""Ctrl+K (or ⌘K) puts the cursor into the search box.

Streamlit has shortcuts for buttons only.
"""

from functools import cache
from typing import Any

from streamlit.components.v2 import component

_JS = """
export default function () {
  const jump = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return
    const box = document.querySelector(".st-key-search-chats input")
    if (!box) return
    event.preventDefault()
    box.focus()
    box.select()
  }
  document.addEventListener("keydown", jump)
  return () => document.removeEventListener("keydown", jump)
}
"""


@cache
def _registered() -> Any:
    return component("parley_search_key", html="<span></span>", js=_JS)


def search_key() -> None:
    """Focus the input of the widget with the key ``search-chats``; shows nothing itself."""
    _registered()(key="search-key", width="content", height="content")
