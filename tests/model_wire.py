"""What the scripted model server writes: a script as server-sent events, whole answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tests.model_script import Call, Raw, Script, Text, Thought

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def _chunk(choices: list[dict[str, Any]], **more: object) -> bytes:
    base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted-1"}
    return b"data: " + json.dumps({**base, "choices": choices, **more}).encode() + b"\n\n"


def _choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def opening(script: Script) -> bytes:
    """What comes before the first token."""
    first = _chunk([]) if script.empty_choices else b""
    return first + (
        _chunk([_choice({"role": "assistant", "content": None})]) if script.role else b""
    )


def event(script: Script, step: Text | Thought | Raw | Call, *, last: bool) -> bytes:
    """One step as a server-sent event; a tool call as two, its arguments in halves."""
    if isinstance(step, Raw):
        return step.data
    if isinstance(step, Call):
        return b"".join(_chunk([_choice({"tool_calls": [part]})]) for part in _halves(step))
    name = step.field if isinstance(step, Thought) else "content"
    if last and script.usage_in_last_chunk:
        return _chunk([_choice({name: step.content}, script.finish_reason)], usage=_usage(script))
    return _chunk([_choice({name: step.content})])


def ending(script: Script) -> bytes:
    """What comes after the last token: reason, usage, ``[DONE]``."""
    parts = []
    if not script.usage_in_last_chunk:
        if script.finish_reason:
            parts.append(_chunk([_choice({}, script.finish_reason)]))
        if script.usage:
            parts.append(_chunk([], usage=_usage(script)))
    if script.done:
        parts.append(b"data: [DONE]\n\n")
    return b"".join(parts)


def _usage(script: Script) -> dict[str, int]:
    tokens = sum(isinstance(step, (Text, Thought)) for step in script.steps)
    return {"prompt_tokens": 7, "completion_tokens": tokens, "total_tokens": 7 + tokens}


async def send_json(
    send: Send, status: int, value: object, headers: dict[str, str] | None = None
) -> None:
    """A whole answer; text goes out as a web page."""
    page = isinstance(value, str)
    sent = {"content-type": "text/html" if page else "application/json", **(headers or {})}
    pairs = [(name.lower().encode(), text.encode()) for name, text in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    await send({"type": "http.response.body", "body": data})


async def pause(seconds: float | None) -> None:
    """Wait; ``None`` is for ever."""
    await (asyncio.Event().wait() if seconds is None else asyncio.sleep(seconds))


async def hung_up(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _halves(call: Call) -> list[dict[str, Any]]:
    place = {} if call.index is None else {"index": call.index}
    if call.index is None or not isinstance(call.arguments, str):
        function = {"name": call.name, "arguments": call.arguments}
        return [{**place, "id": call.id, "type": "function", "function": function}]
    middle = len(call.arguments) // 2
    first = {"name": call.name, "arguments": call.arguments[:middle]}
    rest = {"arguments": call.arguments[middle:]}
    return [
        {**place, "id": call.id, "type": "function", "function": first},
        {**place, "function": rest},
    ]
