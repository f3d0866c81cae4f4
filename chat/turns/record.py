"""What is kept of the requests for an answer: ids, hashes and numbers, of limited size.

``said`` are all messages that were sent, each once; a request names them by their places, in
ranges, and so its tools.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chat.agent.loop import LAST
from chat.agent.models.pictures import as_sent
from chat.agent.trace import Sending, Trace
from chat.agent.types import JsonMap
from chat.turns.attached import FileSent, kept
from chat.turns.sources import Sourced, of_text
from store.provenance_record import Provenance, fingerprint

VERSION = 1
TEXT_CHARS, TEXTS_CHARS = 100_000, 400_000
"""No longer text is kept, and of one answer no more; of others, their lengths and hashes."""
REQUESTS = 100
_BODY = ("model", "messages", "tools")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an answer's first messages come from; ``profiles`` are told in the system prompt.

    ``named`` are the same, with the oldest of a long chat together: reading all of them takes
    time. ``before`` is what is kept of an answer that goes on, ``files`` what became of those of
    the messages.
    """

    messages: tuple[Sourced, ...] = ()
    named: tuple[Sourced, ...] = ()
    profiles: tuple[tuple[str, str, int], ...] = ()
    before: Mapping[str, object] | None = None
    files: tuple[FileSent, ...] = ()

    def refused(self) -> "Sources":
        """The same without pictures, as it is sent where those are refused."""
        messages = tuple(one.refused for one in self.messages)
        return replace(self, messages=messages, named=tuple(one.refused for one in self.named))


@dataclass(eq=False)
class Record:
    """What is kept of the requests for one answer; each is read once, when it is there."""

    sources: Sources = Sources()
    trace: Trace = field(default_factory=Trace)
    _texts: dict[str, str] = field(default_factory=dict)
    _chars: int = 0
    _places: dict[str, int] = field(default_factory=dict)
    _same: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        before = self.sources.before or {}
        self._said, self._tools, self._before = (
            list(found) if isinstance(found := before.get(name), list) else []
            for name in ("said", "tools", "requests")
        )
        self._requests: list[dict[str, object]] = []
        self._refused = False
        for into in (self._said, self._tools):
            for at, entry in enumerate(into):
                self._places[_name(into is self._tools, entry)] = at

    @property
    def sent(self) -> int:
        """How many requests went out."""
        return len(self.trace.sendings)

    def made(self, named: Collection[str] = frozenset()) -> Provenance | None:
        """All of it so far; None where nothing was sent.

        Of the texts those that the answer does not have by now, by their hashes, under ``named``.
        """
        sendings = self.trace.sendings[: max(REQUESTS - len(self._before), 0)]
        if not self.sent:
            return None
        for one in sendings[len(self._requests) :]:
            self._add(one)
        pairs = zip(self._requests, sendings, strict=True)
        requests = [{**request, "came": _came(one)} for request, one in pairs]
        record: dict[str, object] = {
            "version": VERSION,
            "said": list(self._said),
            "tools": list(self._tools),
            "requests": [*self._before, *requests],
        }
        if self.sources.profiles:
            names = ("source", "handle", "chars")
            told = self.sources.profiles
            record["profiles"] = [dict(zip(names, one, strict=True)) for one in told]
        if self.sources.files:
            record["files"] = kept(self.sources.files, refused=self._refused)
        new = {hash_: text for hash_, text in self._texts.items() if hash_ not in named}
        return Provenance(record, new)

    def _add(self, one: Sending) -> None:
        """A request, with its messages and tools as far as they are not there yet."""
        messages, tools = _list(one.body, "messages"), _list(one.body, "tools")
        sources, known = self.sources, 0
        if not _are(messages, sources.messages):
            sources = sources.refused()
        self._refused = sources is not self.sources
        said = []
        if _are(messages, sources.messages):
            known = len(sources.messages)
            said = [self._place(entry, self._said) for entry in sources.named]
        said += [self._place_of(one, _source, self._said) for one in messages[known:]]
        self._requests.append(
            {
                "model": one.body.get("model", ""),
                "messages": _ranges(said),
                "tools": _ranges(self._place_of(tool, _tool, self._tools) for tool in tools),
                "parameters": {k: v for k, v in one.body.items() if k not in _BODY},
                "order": list(one.body),
                "again": one.again,
            }
        )

    def _place_of(
        self, given: JsonMap, read: Callable[[JsonMap], Sourced], into: list[object]
    ) -> int:
        """Of the very same object that was there before, which the trace keeps, at once."""
        place = self._same.get(id(given))
        if place is None:
            place = self._same[id(given)] = self._place(read(given), into)
        return place

    def _place(self, source: Sourced, into: list[object]) -> int:
        for hash_, text in source.texts.items():
            self._keep(hash_, text)
        entry = source.entry
        place = self._places.setdefault(_name(into is self._tools, entry), len(into))
        if place == len(into):
            into.append(entry)
        return place

    def _keep(self, hash_: str, text: str) -> None:
        if hash_ in self._texts or len(text) > TEXT_CHARS:
            return
        if self._chars + len(text) <= TEXTS_CHARS:
            self._chars += len(text)
            self._texts[hash_] = text


def _are(messages: Sequence[JsonMap], sources: Sequence[Sourced]) -> bool:
    """Whether a request begins with these."""
    firsts = zip(messages, sources, strict=False)
    same = (m == as_sent(s.message) for m, s in firsts)
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
