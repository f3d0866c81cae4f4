"""What was really sent for an answer, in Details: each message and tool, each request.

Texts are drawn as they are, never as Markdown.
"""

import json

import streamlit as st

from chat.turns.provenance import Origin, SentMessage, SentRequest
from chat.ui.labels import plain
from store.texts import repaired

SHOWN, SHOWN_CHARS = 40, 100_000
"""So many messages are drawn, the newest, and so much of each; the file has all of it."""
WORDS = {
    "persona": "persona",
    "rules": "Parley's rules",
    "profiles": "profiles of this chat",
    "memory": "what tools noted",
    "tables": "the tables of this chat",
    "folder": "the folder",
    "chat": "system prompt of this chat",
    "message": "message",
    "answer": "what the answer began with",
    "call": "tool calls",
    "result": "result of a tool",
}
AGAIN = {
    "stream_options": "the server refused to count tokens",
    "max_tokens": "the server wanted another name for the length limit",
    "connection": "the connection had been closed",
}
GONE = {
    "changed": "It is another text by now; what was sent is not shown.",
    "gone": "It was removed since.",
    "not_kept": "It was too long to be kept.",
}


def facts(found: Origin) -> list[tuple[str, str]]:
    """(name, value) of what is known of the requests together."""
    if not found.requests:
        return []
    count, retries = len(found.requests), found.retries
    rows = [("Requests", f"{count}, {retries} of them repeated" if retries else f"{count}")]
    if found.profiles:
        told = (f"{one['handle']} ({one['chars']:,} characters)" for one in found.profiles)
        rows.append(("Profiles sent", ", ".join(told)))
    return rows


def draw(found: Origin) -> None:
    """Folded; a line where nothing is kept."""
    if not found.requests:
        st.caption("What was sent for this message is not known.")
        return
    with st.expander("What was sent", icon=":material/outgoing_mail:"):
        left_out = max(len(found.messages) - SHOWN, 0)
        if left_out:
            st.caption(f"The {left_out:,} oldest messages are only in the file.")
        for number, message in enumerate(found.messages[left_out:], left_out + 1):
            _message(number, message)
        for tool in found.tools:
            st.caption(f"Tool {plain(tool.name)}, {tool.chars:,} characters")
            text = "null" if tool.tool is None else json.dumps(tool.tool, ensure_ascii=False)
            st.code(text, language="json", wrap_lines=True, height=100)
        for number, request in enumerate(found.requests, 1):
            _request(number, request)
        st.download_button(
            "Download what was sent",
            data=lambda: json.dumps(found.as_json(), indent=1).encode(),
            file_name=f"sent-{found.message_id}.json",
            mime="application/json",
            key=f"download-sent-{found.message_id}",
            on_click="ignore",
        )


def _message(number: int, message: SentMessage) -> None:
    parts = ", ".join(
        f"{WORDS.get(part.kind, part.kind)}"
        f"{'' if part.message_id is None else f' {part.message_id}'} ({part.chars:,} characters)"
        for part in message.parts
    )
    st.caption(f"{number}. {plain(message.role)}: {plain(parts)}")
    if message.message is None:
        lost = [part for part in message.parts if part.state != "same"]
        words = dict.fromkeys(GONE[part.state] for part in lost)
        st.warning(" ".join(words) or "It cannot be read.")
        for part in lost:
            st.caption(f"SHA-256 of what was sent: {plain(part.hash)}")
        return
    content = message.message.get("content")
    if not isinstance(content, str) or "tool_calls" in message.message:
        content = json.dumps(message.message, ensure_ascii=False)
    st.code(repaired(content[:SHOWN_CHARS]), language=None, wrap_lines=True)
    if len(content) > SHOWN_CHARS:
        st.caption(f"… and {len(content) - SHOWN_CHARS:,} more characters, which are in the file.")


def _request(number: int, request: SentRequest) -> None:
    said = {
        "model": request.model,
        "messages": [at + 1 for at in request.messages],
        "tools": len(request.tools),
        **request.parameters,
    }
    again = f", once more: {AGAIN.get(request.again, request.again)}" if request.again else ""
    st.caption(plain(f"Request {number}{again}"))
    came = {"sent": said, "came": request.came}
    st.code(json.dumps(came, ensure_ascii=False), language="json", wrap_lines=True)
