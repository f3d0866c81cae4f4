"""What the search page looks for, in its address: so that reload, Back and links bring it back."""

from datetime import date
from typing import Literal

import streamlit as st

from chat.ui import state
from chat.ui.sessions.filing import NONE
from chat.ui.sessions.search_filters import CHECKED, KEYS, begin
from store.search_query import QUERY_MAX
from store.texts import is_id, repaired

TEXT = "search-text"
SORT = "search-sort"
BEST: Literal["best"] = "best"
SORTS: dict[str, Literal["best", "newest"]] = {"Best match": BEST, "Newest first": "newest"}
VALUE_MAX = 200
PASSED = "session"
"""Of the chat page: in the address for the moment in which the browser goes there."""


def follow() -> None:
    """Look for what the address says, where it leads; what it cannot mean, it does not say."""
    if not state.is_led(state.tab()) or PASSED in st.query_params:
        return
    said = {name: text[:VALUE_MAX] for name, text in st.query_params.to_dict().items()}
    state.put(TEXT, repaired(st.query_params.get(state.SEARCHED, "")[:QUERY_MAX]))
    order = next((one for one, sort in SORTS.items() if sort == said.get("sort")), "Best match")
    state.put(SORT, order)
    for key, name in KEYS.items():
        state.put(key, _meant(key, said.get(name)))
    begin()


def _meant(key: str, text: str | None) -> object:
    """What a filter's control is to hold; whether there is such a one shows when it is drawn."""
    if key in CHECKED:
        return text == "true"
    if key == "search-model":
        return repaired(text or "")
    if key in ("search-since", "search-until"):
        try:
            return date.fromisoformat(text or "")
        except ValueError:
            return None
    return None if key == "search-chat" and not is_id(text or "") else text


def wanted() -> dict[str, str]:
    """What the address is to say: what is looked for, how, and with which filters."""
    sort = SORTS.get(str(state.value(SORT)), BEST)
    said = {
        state.SEARCHED: str(state.value(TEXT) or "").strip(),
        "sort": "" if sort == BEST else sort,
    }
    filters = {KEYS[key]: _said(state.value(key)) for key in KEYS}
    return {name: text for name, text in said.items() if text} | {
        name: text for name, text in filters.items() if text or (name == "folder" and text == NONE)
    }


def write() -> None:
    """Put it there, once all of it is drawn."""
    if st.query_params.to_dict() != (said := wanted()):
        st.query_params.from_dict(said)


def _said(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return "true" if value else None
    return value.isoformat() if isinstance(value, date) else str(value).strip()
