"""The built-in offline model: an OpenAI-compatible server inside the process.

It is a transport under the same client that asks real servers, so that everything above it
is one code path. `httpx2.ASGITransport` would hand an answer over only when it is whole.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

import httpx2

from chat.agent.offline import OFFLINE_MODEL, data
from chat.agent.offline.reply import reply
from chat.agent.offline.tools import RequestJson, pick, report
from chat.agent.types import JsonMap

CREATED = 1_760_000_000

_PIECE = re.compile(r"\s*\S{1,16}|\s+")

Sleep = Callable[[float], Awaitable[object]]


class OfflineTransport(httpx2.AsyncBaseTransport):
    """Answers ``GET /models`` and ``POST /chat/completions`` without any network."""

    def __init__(self, *, tokens_per_second: float, sleep: Sleep = asyncio.sleep) -> None:
        self._pause = 1.0 / tokens_per_second
        self._sleep = sleep

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Route one request as a server would; bad ones get 400 and 404."""
        path = request.url.path.rstrip("/")
        if request.method == "GET" and path.endswith("/models"):
            made = {"created": CREATED, "owned_by": "parley"}
            entry = {"id": OFFLINE_MODEL, "object": "model", **made}
            return httpx2.Response(200, json={"object": "list", "data": [entry]})
        if request.method != "POST" or not path.endswith("/chat/completions"):
            return _refusal(404, "There is nothing at this address.")
        try:
            asked = json.loads(await request.aread())
            messages = [(str(m["role"]), str(m.get("content") or "")) for m in asked["messages"]]
            calls = _calls(asked)
        except (ValueError, KeyError, TypeError, AttributeError):
            return _refusal(400, "This is not a chat completion request.")
        text = "" if calls else report(asked["messages"]) or reply(messages)
        pieces = _PIECE.findall(text)
        usage = _usage(messages, len(pieces) + len(calls))
        reason = "tool_calls" if calls else "stop"
        if not asked.get("stream"):
            message = {"role": "assistant", "content": text, "tool_calls": calls or None}
            whole = _body("chat.completion", [_choice(reason, message=message)], usage)
            return httpx2.Response(200, json=whole)
        deltas = [{"content": piece} for piece in pieces] + [{"tool_calls": [one]} for one in calls]
        events = self._events(deltas, reason, usage)
        return httpx2.Response(200, headers={"Content-Type": "text/event-stream"}, content=events)

    async def _events(
        self, deltas: Sequence[JsonMap], reason: str, usage: JsonMap
    ) -> AsyncGenerator[bytes]:
        yield _event([_choice(delta={"role": "assistant", "content": ""})])
        for delta in deltas:
            await self._sleep(self._pause)
            yield _event([_choice(delta=delta)])
        yield _event([_choice(reason, delta={})])
        yield _event([], usage)
        yield b"data: [DONE]\n\n"


def _calls(asked: RequestJson) -> list[JsonMap]:
    """The tools that the last message asks for, unless they have been called already."""
    tools = {tool["function"]["name"] for tool in asked.get("tools") or []}
    last = asked["messages"][-1]
    if not tools or asked.get("tool_choice") == "none":
        return []
    asks_data = data.next_call(asked["messages"]) if data.QUERY in tools else None
    if asks_data is not None:
        calls = [asks_data] if asks_data[0] in tools else []
    else:
        calls = pick(str(last["content"]), tools) if last["role"] == "user" else []
    made = sum(one["role"] == "tool" for one in asked["messages"])
    return [
        {
            "index": number,
            "id": f"call_{made + number + 1}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(calls)
    ]


def _choice(reason: str | None = None, **said: JsonMap) -> JsonMap:
    return {"index": 0, "finish_reason": reason, **said}


def _event(choices: Sequence[JsonMap], usage: JsonMap | None = None) -> bytes:
    chunk = _body("chat.completion.chunk", choices, usage)
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _body(kind: str, choices: Sequence[JsonMap], usage: JsonMap | None) -> JsonMap:
    about = {"id": "chatcmpl-offline", "object": kind, "created": CREATED, "model": OFFLINE_MODEL}
    return {**about, "choices": choices, "usage": usage}


def _usage(messages: Sequence[tuple[str, str]], completion_tokens: int) -> JsonMap:
    """Roughly: four characters of a prompt are a token, a piece of an answer is one."""
    prompt_tokens = sum(3 + (len(content) + 3) // 4 for _, content in messages)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _refusal(status: int, message: str) -> httpx2.Response:
    error = {"message": message, "type": "invalid_request_error", "code": None}
    return httpx2.Response(status, json={"error": error})
