"""The tool calls of an answer, as they are kept: a folded list under it, and all of it in Details.

What tools were given and what they returned is text from outside; it is never drawn as Markdown.
"""

import hashlib
import json
from collections.abc import Mapping

import streamlit as st

from chat.ui.chat import actions
from chat.ui.controls import button
from chat.ui.labels import plain
from store.asking import Decision
from store.values import Message

SHOWN_CHARS = 200
OUTCOMES = {
    "error": "failed",
    "timeout": "took too long",
    "unknown": "is not there",
    "stopped": "was stopped",
    "refused": "was refused",
}
ARGUMENTS_CHARS = 100_000
CHOICES: tuple[tuple[str, Decision, str], ...] = (
    ("Allow once", "once", "check"),
    ("Allow in this chat", "chat", "done_all"),
    ("Refuse", "refuse", "block"),
)


def step_label(name: str, summary: str) -> str:
    """A call's line for people."""
    return f"{words(name)}: {summary}" if summary else words(name)


def words(name: str) -> str:
    """A tool's name for people; that of an MCP server's behind the server's."""
    server, _, tool = name.partition("__")
    return f"{server}: {tool}" if tool else name.replace("_", " ").capitalize()


def folded(message: Message) -> None:
    """A line that opens the list of calls; nothing without calls."""
    uses = message.tools_used
    if not uses:
        return
    failed = sum(use.get("outcome") != "done" for use in uses)
    label = f"Used {len(uses)} tool{'' if len(uses) == 1 else 's'}"
    if failed:
        label += f", {failed} without success"
    with st.expander(label, type="compact", icon=":material/construction:"):
        st.markdown("\n".join(f"1. {_line(use)}" for use in uses))


def asked(message: Message) -> None:
    """What the answer asks, each with what the tool would be called with, and what can be said."""
    for ask in message.asks:
        # A click on what was there before is none on what came in its place.
        mark = hashlib.sha256(ask.call_id.encode(errors="replace")).hexdigest()[:12]
        about = f"{message.id}-{mark}"
        with st.container(key=f"ask-{about}", border=True):
            # A status, which is read out as soon as it is there.
            st.info(f"**{plain(ask.words)}**", icon=":material/pan_tool:")
            st.caption(f"{plain(words(ask.tool))} would be called with")
            given = _json(ask.arguments)
            st.code(given[:ARGUMENTS_CHARS], language=None, wrap_lines=True)
            if len(given) > ARGUMENTS_CHARS:
                st.caption(f"… and {len(given) - ARGUMENTS_CHARS:,} more characters.")
            with st.container(horizontal=True, gap="small"):
                for label, decision, icon in CHOICES:
                    said = (message.id, ask.call_id, decision)
                    button(label, f"{decision}-{about}", actions.decide, *said, icon=icon)
    st.caption("The answer waits for you. What nobody decides within an hour is refused.")


def whole(message: Message) -> None:
    """Each call with all that is kept of it: what it was given, how long it took, what came."""
    for use in message.tools_used:
        with st.expander(plain(_title(use)), icon=":material/construction:"):
            st.caption("Called with")
            st.code(_json(use.get("arguments")), language="json", wrap_lines=True)
            st.caption("What came")
            st.code(str(use.get("result", "")), language=None, wrap_lines=True)


def _line(use: Mapping[str, object]) -> str:
    given = _json(use.get("arguments"))
    given = "" if given in ("{}", "null") else f" {plain(given[:SHOWN_CHARS])}"
    return f"**{plain(_title(use))}**{given}  \n{plain(str(use.get('summary', '')))}"


def _title(use: Mapping[str, object]) -> str:
    outcome = OUTCOMES.get(str(use.get("outcome")), "")
    spent = use.get("duration_ms")
    took = f"{spent / 1000:.1f} s" if isinstance(spent, int | float) else ""
    notes = ", ".join(note for note in (outcome, took) if note)
    return words(str(use.get("name") or "?")) + (f" ({notes})" if notes else "")


def _json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
