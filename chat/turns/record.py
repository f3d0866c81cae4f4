"""What is kept of the requests for an answer: ids, hashes and numbers, of limited size.

``said`` are all messages that were sent, each once; a request names them by their places, in
ranges, and so its tools.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chat.agent.loop import LAST
from chat.agent.trace import Sending, Trace
from chat.agent.types import JsonMap
from chat.turns.sources import Sourced, of_text, together
from store.provenance import Provenance, fingerprint

VERSION = 1
TEXT_CHARS, TEXTS_CHARS = 100_000, 400_000
"""No longer text is kept, and of one answer no more; of others, their lengths and hashes."""
REQUESTS = 100
_BODY = ("model", "messages", "tools")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an answer's first messages come from; ``profiles`` are told in the system prompt.

    ``before`` is what is kept of an answer that goes on.
    """

    messages: tuple[Sourced, ...] = ()
    profiles: tuple[tuple[str, str, int], ...] = ()
    before: Mapping[str, object] | None = None


def recorded(
    sources: Sources, trace: Trace, named: Collection[str] = frozenset()
) -> Provenance | None:
    """What is to be kept; None where nothing was sent.

    Of the texts those that the answer does not have by now, by their hashes, under ``named``.
    """
    if not trace.sendings:
        return None
    making = _Making(sources.before or {})
    for one in trace.sendings[: REQUESTS - len(making.requests)]:
        making.add(one, sources.messages)
    record: dict[str, object] = {
        "version": VERSION,
        "said": making.said,
        "tools": making.tools,
        "requests": making.requests,
    }
    if sources.profiles:
        names = ("source", "handle", "chars")
        record["profiles"] = [dict(zip(names, one, strict=True)) for one in sources.profiles]
    new = {hash_: text for hash_, text in making.texts.items() if hash_ not in named}
    return Provenance(record, new)


@dataclass(eq=False)
class _Making:
    before: Mapping[str, object]
    texts: dict[str, str] = field(default_factory=dict)
    _chars: int = 0
    _places: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.said, self.tools, self.requests = (
            list(found) if isinstance(found := self.before.get(name), list) else []
            for name in ("said", "tools", "requests")
        )
        for into in (self.said, self.tools):
            for at, entry in enumerate(into):
                self._places[_name(into is self.tools, entry)] = at

    def add(self, one: Sending, sources: Sequence[Sourced]) -> None:
        """A request, with its messages and tools as far as they are not there yet."""
        messages, tools = _list(one.body, "messages"), _list(one.body, "tools")
        known = len(sources) if _are(messages, sources) else 0
        entries = [
            *(together(sources) if known else ()),
            *(_source(message) for message in messages[known:]),
        ]
        self.requests.append(
            {
                "model": one.body.get("model", ""),
                "messages": _ranges(self._place(entry, self.said) for entry in entries),
                "tools": _ranges(self._place(_tool(tool), self.tools) for tool in tools),
                "parameters": {k: v for k, v in one.body.items() if k not in _BODY},
                "order": list(one.body),
                "again": one.again,
                "came": _came(one),
            }
        )

    def _place(self, source: Sourced, into: list[object]) -> int:
        for hash_, text in source.texts.items():
            self._keep(hash_, text)
        entry = source.entry
        place = self._places.setdefault(_name(into is self.tools, entry), len(into))
        if place == len(into):
            into.append(entry)
        return place

    def _keep(self, hash_: str, text: str) -> None:
        if hash_ in self.texts or len(text) > TEXT_CHARS:
            return
        if self._chars + len(text) <= TEXTS_CHARS:
            self._chars += len(text)
            self.texts[hash_] = text


def _are(messages: Sequence[JsonMap], sources: Sequence[Sourced]) -> bool:
    """Whether a request begins with these."""
    firsts = zip(messages, sources, strict=False)
    same = (m == {"role": s.message.role, "content": s.content} for m, s in firsts)
    return len(messages) >= len(sources) and all(same)


def _source(message: JsonMap) -> Sourced:
    """What a message is kept as that does not come from the chat: a call, its result, …"""
    role, content = str(message.get("role", "")), message.get("content")
    others = {name: value for name, value in message.items() if name not in ("role", "content")}
    if not isinstance(content, str) or set(others) - {"tool_call_id"}:
        whole = json.dumps(message)
        return Sourced(
            role, whole, ({"kind": "call", **_text(whole)},), whole=True, texts=_kept(whole)
        )
    if not others:
        return of_text(role, "text", content)
    said = content.removesuffix(LAST)
    texts = [text for text in (said, content[len(said) :]) if text]
    parts = tuple({"kind": "result", **_text(text)} for text in texts)
    kept = {hash_: text for one in texts for hash_, text in _kept(one).items()}
    return Sourced(role, content, parts, more=others, texts=kept)


def _tool(tool: JsonMap) -> Sourced:
    whole = json.dumps(tool)
    function = tool.get("function")
    name = str(function.get("name", "")) if isinstance(function, Mapping) else ""
    return Sourced(name, whole, ({"kind": "tool", **_text(whole)},), whole=True, texts=_kept(whole))


def _text(text: str) -> JsonMap:
    return {"text": fingerprint(text), "chars": len(text)}


def _kept(text: str) -> dict[str, str]:
    return {fingerprint(text): text}


def _name(is_tool: bool, entry: object) -> str:
    return f"{is_tool} {json.dumps(entry, sort_keys=True)}"


def _list(body: JsonMap, name: str) -> list[JsonMap]:
    found = body.get(name)
    return found if isinstance(found, list) else []


def _ranges(places: Iterable[int]) -> list[list[int]]:
    """``[0, 1, 2, 5]`` as ``[[0, 3], [5, 6]]``."""
    found: list[list[int]] = []
    for place in places:
        if found and found[-1][1] == place:
            found[-1][1] += 1
        else:
            found.append([place, place + 1])
    return found


def _came(one: Sending) -> dict[str, object]:
    usage = one.usage
    came = {
        "model": one.model,
        "finish_reason": one.finish_reason,
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "cached_tokens": usage.cached_tokens if usage else None,
        "cost": usage.cost if usage else None,
        "first_token_ms": one.first_token_ms,
        "duration_ms": one.duration_ms,
        "error": one.error_code,
    }
    return {name: value for name, value in came.items() if value not in (None, "")}
