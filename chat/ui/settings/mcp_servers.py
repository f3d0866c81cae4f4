"""The MCP servers on the settings page: how each is, and why one is not there.

The reasons name programs and what those wrote, so they are for who looks after Parley.
"""

import streamlit as st

from chat.errors import Forbidden
from chat.mcp_settings import McpStatus
from chat.ui.controls import row
from chat.ui.failures import explained, shown
from chat.ui.labels import plain
from chat.ui.services import identity, parts, repeat

TOOLS_SHOWN = 12

_KINDS = {"stdio": "A program", "http": "At an address"}
_STATES = {
    "connecting": ":blue-badge[connecting]",
    "ready": ":green-badge[connected]",
    "failed": ":red-badge[not available]",
    "stopped": ":gray-badge[stopped]",
}


def draw() -> None:
    """All of them; where there are none, a hint for who could add one."""
    if parts().mcp.status():
        repeat(_list)
    elif identity().is_admin:
        with st.container(border=True, key="mcp-servers"):
            _heading()
            st.caption(
                "There are none yet. Add one to `.streamlit/secrets.toml`, as a table "
                r"`[parley.mcp.<name>]` with a `command` or a `url`, and start Parley again."
            )


def _list() -> None:
    with explained(), st.container(border=True, key="mcp-servers"):
        _heading()
        looks_after = identity().is_admin
        for status in parts().mcp.status():
            _row(status, looks_after=looks_after)


def _heading() -> None:
    st.subheader("MCP servers", anchor=False)
    st.caption("Programs and services whose tools a persona can be given.")


def _row(status: McpStatus, *, looks_after: bool) -> None:
    about = [f"{_KINDS[status.kind]}{plain(_tools(status))}"]
    if status.problem and looks_after:
        about.append(plain(status.problem))
    name = status.name
    with row(f"mcp-{name}", f"{plain(name)} {_STATES[status.state]}", *about):
        if status.state == "failed" and looks_after:
            st.button("Try again", key=f"retry-mcp-{name}", on_click=_retry, args=(name,))


def _tools(status: McpStatus) -> str:
    count = len(status.tools)
    if not count:
        return ", no tools" if status.state == "ready" else ""
    names = ", ".join(status.tools[:TOOLS_SHOWN])
    more = f" and {count - TOOLS_SHOWN} more" if count > TOOLS_SHOWN else ""
    return f", {count} tool{'s' * (count > 1)}: {names}{more}"


def _retry(name: str) -> None:
    with shown():
        if not identity().is_admin:
            raise Forbidden("Only an administrator can try a server again.")
        parts().mcp.retry(name)
