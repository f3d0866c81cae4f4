"""Ctrl+K (or ⌘K) puts the cursor into the search box.

Streamlit has shortcuts for buttons only.
"""

from chat.ui.components.mounting import mount

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


def search_key() -> None:
    """Focus the input of the widget with the key ``search-chats``; shows nothing itself."""
    mount("search-key", _JS)
