"""Reads what a server streams: bytes to payloads, payloads to pieces of an answer.

Done here and not by the ``openai`` client because its models cost several times more for
each token, refuse nothing, and hide whether ``[DONE]`` was seen.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from chat.agent.models.failures import bad_response, from_error_object
from chat.agent.types import Reasoning, ToolCall
from chat.events import Token, Usage

DONE = b"[DONE]"
COST_MAX = 1e6
TOKENS_MAX = 10_000_000


class PayloadSplitter:
    """Cuts server-sent events out of bytes that arrive in any portions.

    Only line feeds part lines: ``str.splitlines`` would also cut at U+2028 inside a JSON text.
    An answer that is one plain JSON object (a server that ignores ``stream``) is kept whole
    and handed out by ``finish``.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self.plain = False
        self._started = False
        self.web_page = False

    def feed(self, portion: bytes) -> Iterator[bytes]:
        """The payloads that are complete with this portion."""
        if not self._started:
            portion = portion.lstrip()
            if not portion:
                return
            self._start(portion)
        self._rest += portion
        if self.plain or b"\n" not in portion:
            return
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        yield from self._payloads(lines)

    def finish(self) -> Iterator[bytes]:
        """What is left when the connection has ended without an error."""
        rest = bytes(self._rest)
        if self.plain:
            if rest.strip():
                yield rest
            return
        yield from self._payloads([rest, b""])

    def _start(self, head: bytes) -> None:
        self._started = True
        self.web_page = head.startswith(b"<")
        self.plain = self.web_page or head.startswith((b"{", b"["))

    def _payloads(self, lines: list[bytes]) -> Iterator[bytes]:
        for raw in lines:
            line = raw.rstrip(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].strip())
            elif not line and self._data:
                payload = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                self._data = []
                yield payload


@dataclass(slots=True)
class _Call:
    """One as far as it has come, its arguments in pieces."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ChunkReader:
    """Turns payloads into pieces and remembers what belongs to the end of the answer."""

    def __init__(self, key: str = "") -> None:
        self._key = key
        self.reason = ""
        self.model = ""
        self.usage: Usage | None = None
        self._calls: list[_Call] = []
        self._places: dict[object, _Call] = {}

    @property
    def calls(self) -> list[ToolCall]:
        """The tools that the model asks for; ids are made where the server sends none."""
        seen: set[str] = set()
        found = []
        for call in self._calls:
            id_ = call.id if call.id and call.id not in seen else f"call_{uuid4().hex}"
            seen.add(id_)
            found.append(ToolCall(id_, call.name, "".join(call.arguments)))
        return found

    def read(self, payload: bytes) -> Iterator[Token | Reasoning]:
        """The pieces of one chunk.

        Raises `AgentError`: ``bad_response`` for what is no chunk, or the error it carries.
        """
        try:
            chunk = json.loads(payload)
        except (ValueError, RecursionError):
            raise bad_response("a piece that is not JSON") from None
        if not isinstance(chunk, dict):
            raise bad_response("a piece of an unknown shape")
        if chunk.get("error") or chunk.get("object") == "error":
            raise from_error_object(chunk.get("error") or chunk, key=self._key)
        if chunk.get("usage"):
            self._count(chunk["usage"])
        if not self.model and isinstance(chunk.get("model"), str):
            self.model = chunk["model"]
        choices = chunk.get("choices")
        if not choices:
            if choices is None and "usage" not in chunk and "id" not in chunk:
                raise bad_response("a piece of an unknown shape")
            return
        yield from self._choice(choices[0] if isinstance(choices, list) else choices)

    def _choice(self, choice: object) -> Iterator[Token | Reasoning]:
        if not isinstance(choice, dict):
            raise bad_response("a piece of an unknown shape")
        if isinstance(choice.get("finish_reason"), str):
            self.reason = choice["finish_reason"]
        delta = choice.get("delta") or choice.get("message") or {}
        if not isinstance(delta, dict):
            raise bad_response("a piece of an unknown shape")
        if calls := delta.get("tool_calls"):
            self._gather(calls)
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if thought and isinstance(thought, str):
            yield Reasoning(thought)
        content = delta.get("content")
        if isinstance(content, str):
            if content:
                yield Token(content)
        elif content is not None:
            yield from _parts(content)

    def _gather(self, calls: object) -> None:
        """Add pieces of tool calls; a call's arguments come in any portions."""
        if not isinstance(calls, list):
            raise bad_response("a tool call of an unknown shape")
        for piece in calls:
            function = piece.get("function") if isinstance(piece, dict) else None
            if not isinstance(function, dict):
                raise bad_response("a tool call of an unknown shape")
            place, id_, name = piece.get("index", 0), piece.get("id"), function.get("name")
            call = self._places.get(place)
            # Some servers count every call as the first: another id, or a name again, is a new one.
            if call is None or (name and call.name and id_ != call.id):
                call = _Call()
                self._calls.append(call)
                self._places[place] = call
            call.id = call.id or (id_ if isinstance(id_, str) else "")
            call.name = call.name or (name if isinstance(name, str) else "")
            call.arguments.append(_arguments(function.get("arguments")))

    def _count(self, usage: object) -> None:
        if not isinstance(usage, Mapping):
            raise bad_response("a token count of an unknown shape")
        self.usage = Usage(
            _number(usage.get("prompt_tokens")),
            _number(usage.get("completion_tokens")),
            _dollars(usage.get("cost")),
            _cached(usage),
        )


def _arguments(value: object) -> str:
    """A text in pieces; some servers send the object itself."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _number(value: object) -> int:
    """A count of tokens; 0 for what is none, or more than any model takes."""
    return int(value) if isinstance(value, (int, float)) and 0 <= value <= TOKENS_MAX else 0


def _cached(usage: Mapping[object, object]) -> int | None:
    """How much of the prompt was read before, under the names that servers have for it."""
    details = usage.get("prompt_tokens_details")
    found = details.get("cached_tokens") if isinstance(details, Mapping) else None
    found = usage.get("prompt_cache_hit_tokens") if found is None else found
    return None if found is None else _number(found)


def _dollars(value: object) -> float | None:
    """Some servers say what it cost."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < COST_MAX else None


def _parts(content: object) -> Iterator[Token | Reasoning]:
    """Content as a list of typed parts, which some servers send for thinking models."""
    if not isinstance(content, list):
        raise bad_response("a text that is no text")
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            yield Token(part["text"])
        elif kind == "thinking" and isinstance(part.get("thinking"), list):
            for piece in _parts(part["thinking"]):
                yield Reasoning(piece.content)
        elif kind is None:
            raise bad_response("a text that is no text")
