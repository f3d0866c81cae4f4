"""What is known of an answer (model, times, tokens, how much the model saw) and of a chat."""

import streamlit as st

from chat.turns.provenance import origin
from chat.ui import personas, state
from chat.ui.chat import lifetime, sent, tool_steps
from chat.ui.controls import close, dialog
from chat.ui.labels import plain
from chat.ui.services import key, parts
from chat.ui.sessions import metadata
from chat.ui.sessions.filing import folder_box, read_folders, tags_box
from chat.ui.times import ago, zone
from store import messages, sessions
from store.session_values import ChatSession
from store.types import utc_now
from store.values import Message


@dialog("Details")
def draw_details(message_id: str) -> None:
    """A table of what is known of a message of the active session."""
    active = key(state.tab().session_id or "")
    with parts().database.reading() as db:
        message = messages.get(db, active, message_id=int(message_id))
        found = origin(db, active, message_id=message.id, attached=parts().files)
    table([*facts(message), *sent.facts(found)])
    tool_steps.whole(message)
    sent.draw(found)
    label, button = "Ask again with…", f"again-with-{message.id}"
    if _is_over(message) and st.button(label, key=button, icon=":material/replay:"):
        state.ask("again", str(message.id))
        st.rerun()
    if reasoning := message.metadata.reasoning:
        with st.expander("Reasoning"):
            st.text(reasoning)


@dialog("Session details")
def draw_session(session_id: str) -> None:
    """The same for a chat."""
    with parts().database.reading() as db:
        session = sessions.get(db, key(session_id))
    now = utc_now()
    table(
        [
            ("Title", session.title or "New chat"),
            ("Last message", session.preview or "none"),
            ("Persona", personas.chosen(session.persona).name),
            ("Messages", f"{session.message_count:,}"),
            ("Last activity", ago(session.last_activity_at, now)),
            ("Started", ago(session.created_at, now)),
            ("Goes", lifetime.words(session, now)),
            ("Model", session.model or "default"),
            ("Tokens", f"{session.prompt_tokens:,} in, {session.completion_tokens:,} out"),
        ]
    )
    if session.cleared_at is not None and st.button(
        "Bring back what was cleared", key="restore-cleared"
    ):
        parts().sessions.restore(key(session_id))
        close("What was cleared is back.")
    lifetime.draw(session)
    _edit(session)


def _edit(session: ChatSession) -> None:
    """Description, folder, tags and metadata, to be changed."""
    with st.form("details-form", border=False):
        description = st.text_area("Description", value=session.description, height="content")
        folder = folder_box(read_folders(), session.folder, session.session_id)
        tags = tags_box("Tags", session.tags, session.session_id)
        written = st.text_area(
            "Metadata",
            value=metadata.shown(session.metadata),
            height="content",
            placeholder="name: value",
            help=metadata.FIX,
        )
        if not st.form_submit_button("Save", type="primary"):
            return
    parts().sessions.change(
        key(session.session_id),
        description=description,
        folder=folder or None,
        tags=tags,
        metadata=metadata.read(written),
    )
    close("The details are saved.")


def table(rows: list[tuple[str, str]]) -> None:
    """Names and values, below each other."""
    for name, text in rows:
        with st.container(horizontal=True, vertical_alignment="top"):
            st.caption(name, width=150)
            st.markdown(plain(text))


def facts(message: Message) -> list[tuple[str, str]]:
    """(name, value) of everything that is known about the message, for people."""
    found = [("Status", message.status), ("Model", message.model or "unknown")]
    about = message.metadata
    if about.persona:
        found.append(("Persona", about.persona.name))
    if message.processing_time_ms is not None:
        found.append(("Time", f"{message.processing_time_ms / 1000:.1f} s"))
    if message.first_token_ms is not None:
        found.append(("First token after", f"{message.first_token_ms / 1000:.2f} s"))
    if message.prompt_tokens is not None:
        tokens = f"{message.prompt_tokens:,} in, {message.completion_tokens or 0:,} out"
        if message.cached_tokens is not None:
            tokens += f", {message.cached_tokens:,} of those in read before"
        found.append(("Tokens", tokens))
    if message.cost is not None:
        found.append(("Cost", f"${message.cost:.4f}"))
    elif message.prompt_tokens is not None:
        found.append(("Cost", "no price is known for this model"))
    if context := about.context:
        text = f"{context.sent} of {context.total} messages of this branch"
        if context.sent < context.total:
            text += "; the older ones did not fit the budget"
        found.append(("Sent to the model", text))
    if about.finish_reason:
        found.append(("Ended by", about.finish_reason))
    if message.error_message:
        found.append(("Error", f"{message.error_message} ({message.error_code})"))
    names = [str(tool.get("name", "?")) for tool in message.tools_used]
    found.append(("Tools", ", ".join(names) or "none"))
    found.append(("Written", f"{message.created_at.astimezone(zone()):%Y-%m-%d %H:%M:%S %Z}"))
    return found


def _is_over(message: Message) -> bool:
    return message.role == "assistant" and not message.is_open
