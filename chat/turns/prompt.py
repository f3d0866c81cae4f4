"""What is sent to the model: the newest part of the branch that fits a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chat.agent.types import ChatMessage, ModelRequest
from store.tree import context
from store.values import ChatSession, Message

CHARS_PER_TOKEN = 4
CONTINUE = (
    "Continue your previous answer exactly where it stopped. "
    "Do not repeat anything of it and do not comment on this."
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request, and how many of the branch's messages are in it."""

    request: ModelRequest
    sent: int
    total: int


def build(
    db: Any, *, user_id: str, session: ChatSession, answer: Message, system: str, tokens: int
) -> Prompt:
    """The request for this answer, trimmed to about ``tokens`` from the newest backward.

    The question is always in it, and so are the system prompts: the persona's (``system``) and
    the session's own. An answer that already has text is asked to be continued.
    """
    own = str(session.parameters.get("system_prompt", ""))
    head = "\n\n".join(part for part in (system, own) if part.strip())
    history = context(
        db,
        user_id=user_id,
        session_id=session.session_id,
        leaf_id=answer.parent_id or 0,
        max_chars=max(tokens * CHARS_PER_TOKEN - len(head) - len(answer.content), 0),
    )
    messages = [ChatMessage("system", head)] if head else []
    for role, text in history:
        if not text.strip():
            continue
        messages.append(ChatMessage("user" if role == "user" else "assistant", text))
    if answer.content:
        messages.append(ChatMessage("assistant", answer.content))
        messages.append(ChatMessage("user", CONTINUE))
    parameters = {k: v for k, v in session.parameters.items() if k != "system_prompt"}
    request = ModelRequest(tuple(messages), session.model, parameters)
    return Prompt(request, len(history), answer.depth - 1)


def for_title(texts: tuple[str, str], model: str) -> ModelRequest:
    """A request for a short title of a session that begins with these two messages."""
    question, answer = (text[:2000] for text in texts)
    ask = (
        "Give this conversation a title of at most six words, in its language. "
        f"Answer with the title only.\n\nUser: {question}\n\nAssistant: {answer}"
    )
    return ModelRequest((ChatMessage("user", ask),), model, {"max_tokens": 200})
