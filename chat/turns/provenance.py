"""What was really sent for an answer, put together again from what is kept of it.

Whatever was removed since, or is another by now, is named as such and never shown in place of what
was sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from chat.agent.types import JsonMap
from chat.turns.record import REQUESTS
from chat.turns.sources import SHORT, hash_of, role_of
from store import messages, provenance
from store.database import Session
from store.provenance_record import Provenance, fingerprint
from store.tree import Said
from store.values import SessionKey

PLACES = 100_000
"""So often do all requests for an answer name a message at most."""
PartState = Literal["same", "changed", "gone", "not_kept"]


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part of a message: ``kind`` says where it comes from, ``text`` is None unless the same.

    ``message_id`` is the message of the chat whose first ``chars`` characters it is. ``hash`` is
    of what was sent, also where that is gone: a SHA-256, or the first digits of one.
    """

    kind: str
    chars: int
    state: PartState
    text: str | None = None
    message_id: int | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """``message`` is as it was sent, None where any part of it is not there any more."""

    role: str
    parts: tuple[SentPart, ...]
    message: JsonMap | None


@dataclass(frozen=True, slots=True)
class SentTool:
    """A tool that was offered; ``tool`` is as it was sent, None where that is not there."""

    name: str
    chars: int
    tool: JsonMap | None


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request by places in the lists of `Origin`; ``again`` is why it was sent once more.

    ``order`` are the names of its body in their order. ``came`` is what is known of what came:
    tokens, times in milliseconds, how it ended.
    """

    model: str
    messages: tuple[int, ...]
    tools: tuple[int, ...]
    parameters: JsonMap
    order: tuple[str, ...]
    again: str
    came: JsonMap


@dataclass(frozen=True, slots=True)
class Origin:
    """All requests for an answer, none where nothing is kept; each message and tool once.

    ``profiles`` are the analysis results that the system prompt told of, with how many characters.
    """

    message_id: int
    messages: tuple[SentMessage, ...] = ()
    tools: tuple[SentTool, ...] = ()
    profiles: tuple[JsonMap, ...] = ()
    requests: tuple[SentRequest, ...] = ()

    @property
    def retries(self) -> int:
        """How many requests only repeated the one before in other words."""
        return sum(bool(one.again) for one in self.requests)

    def as_json(self) -> dict[str, object]:
        """For programs; texts stand in the messages alone, not in their parts again."""
        found = asdict(self)
        for message in found["messages"]:
            for part in message["parts"]:
                del part["text"]
        for request in found["requests"]:
            del request["order"]
        return {**found, "retries": self.retries}

    def body(self, number: int) -> JsonMap | None:
        """A request's body as it was sent; None where any of it is not there any more."""
        one = self.requests[number]
        said = [self.messages[at].message for at in one.messages]
        offered = [self.tools[at].tool for at in one.tools]
        if None in said or None in offered:
            return None
        found = {**one.parameters, "messages": said, "model": one.model, "tools": offered}
        return {name: found[name] for name in one.order if name in found}


def origin(db: Session, key: SessionKey, *, message_id: int) -> Origin:
    """Where an answer comes from; raises `MessageNotFound`."""
    messages.get(db, key, message_id=message_id)
    kept = provenance.of(db, key, message_id=message_id)
    if kept is None:
        return Origin(message_id)
    try:
        return _Reading(db, key, kept).origin(message_id)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return Origin(message_id)  # damaged


@dataclass(eq=False)
class _Reading:
    db: Session
    key: SessionKey
    kept: Provenance
    said: dict[int, Said] = field(default_factory=dict)

    def origin(self, message_id: int) -> Origin:
        record = self.kept.record
        entries, tools = _maps(record["said"]), _maps(record["tools"])
        requests = _maps(record["requests"])
        _check_size(entries, requests)
        ids = {_id(part["id"]) for one in entries for part in _maps(one["parts"]) if "id" in part}
        self.said = provenance.named_messages(self.db, self.key, sorted(ids))
        found: list[SentMessage] = []
        places: list[range] = []
        for entry in entries:
            sent = self._messages(entry)
            places.append(range(len(found), len(found) + len(sent)))
            found += sent
        return Origin(
            message_id,
            tuple(found),
            tuple(map(self._tool, tools)),
            tuple(map(_told, _maps(record.get("profiles", [])))),
            tuple(_request(one, places, len(tools)) for one in requests),
        )

    def _messages(self, entry: JsonMap) -> list[SentMessage]:
        kept = _maps(entry["parts"])
        if kept and kept[0]["kind"] == "several":
            return self._several(kept[0])
        role, parts = str(entry["role"]), tuple(map(self._part, kept))
        texts = [part.text for part in parts]
        message: JsonMap | None = None
        if None not in texts:
            content = str(entry.get("join", "")).join(map(str, texts))
            more = entry.get("more")
            others = more if isinstance(more, Mapping) else {}
            message = (
                _object(content)
                if entry.get("whole")
                else {"role": role, **others, "content": content}
            )
        return [SentMessage(role, parts, message)]

    def _part(self, kept: JsonMap) -> SentPart:
        kind, chars = str(kept["kind"]), int(str(kept["chars"]))
        if "text" in kept:
            hash_ = str(kept["text"])
            text = self.kept.texts.get(hash_)
            return SentPart(kind, chars, "not_kept" if text is None else "same", text, None, hash_)
        id_, hash_ = _id(kept["id"]), str(kept["hash"])
        if id_ not in self.said:
            return SentPart(kind, chars, "gone", None, id_, hash_)
        text = self.said[id_].content[:chars]
        same = fingerprint(text)[:SHORT] == hash_
        state: PartState = "same" if same else "changed"
        return SentPart(kind, chars, state, text if same else None, id_, hash_)

    def _several(self, kept: JsonMap) -> list[SentMessage]:
        """The oldest messages of a long chat, which are named together."""
        first, last, count = (_id(kept[name]) for name in ("first", "last", "count"))
        above = provenance.said_above(self.db, self.key, leaf_id=last, most=last - first + 1)
        there = [(one.id, role_of(one.role), one.content) for one in above if one.content.strip()][
            -count:
        ]
        if hash_of((role, text) for _, role, text in there) != kept["hash"]:
            state: PartState = "changed" if len(there) == count else "gone"
            chars, hash_ = int(str(kept["chars"])), str(kept["hash"])
            part = SentPart("message", chars, state, None, None, hash_)
            return [SentMessage("several", (part,), None)]
        return [
            SentMessage(
                role,
                (SentPart("message", len(text), "same", text, id_, fingerprint(text)[:SHORT]),),
                {"role": role, "content": text},
            )
            for id_, role, text in there
        ]

    def _tool(self, entry: JsonMap) -> SentTool:
        (part,) = map(self._part, _maps(entry["parts"]))
        return SentTool(
            str(entry["role"]), part.chars, None if part.text is None else _object(part.text)
        )


def _check_size(entries: Sequence[JsonMap], requests: Sequence[JsonMap]) -> None:
    """Raise `ValueError` for more than is ever kept: an imported record is anybody's."""
    together = sum(part["kind"] == "several" for one in entries for part in _maps(one["parts"]))
    named = sum(last - first for one in requests for first, last in _list(one["messages"]))
    if together > REQUESTS or max(len(entries), len(requests), named) > PLACES:
        raise ValueError(len(entries))


def _id(found: object) -> int:
    """A number of a message; raises `ValueError` for one that none has."""
    number = int(str(found))
    if not 0 < number < 2**31:
        raise ValueError(number)
    return number


def _told(kept: JsonMap) -> JsonMap:
    names = {name: str(kept[name]) for name in ("source", "handle")}
    return {**names, "chars": int(str(kept["chars"]))}


def _request(kept: JsonMap, places: Sequence[range], tools: int) -> SentRequest:
    said = _places(kept["messages"], len(places))
    return SentRequest(
        str(kept["model"]),
        tuple(at for place in said for at in places[place]),
        _places(kept["tools"], tools),
        _object_of(kept["parameters"]),
        tuple(map(str, _list(kept["order"]))),
        str(kept["again"]),
        _object_of(kept["came"]),
    )


def _places(ranges: object, most: int) -> tuple[int, ...]:
    found = _list(ranges)
    if not all(0 <= first <= last <= most for first, last in found):
        raise ValueError(ranges)
    return tuple(at for first, last in found for at in range(first, last))


def _list(found: object) -> list[Any]:
    if not isinstance(found, list):
        raise TypeError(found)
    return found


def _maps(found: object) -> list[JsonMap]:
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise TypeError(found)
    return found


def _object_of(found: object) -> JsonMap:
    if not isinstance(found, Mapping):
        raise TypeError(found)
    return found


def _object(text: str) -> JsonMap:
    return _object_of(json.loads(text))
