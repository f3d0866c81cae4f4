"""What was really sent for an answer, as it is shown: messages, tools, files, requests."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from chat.agent.types import JsonMap
from chat.turns.attached import FileSent

PartState = Literal["same", "changed", "gone", "not_kept"]


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part of a message: ``kind`` says where it comes from, ``text`` is None unless the same.

    ``message_id`` is the message of the chat whose first ``chars`` characters it is, ``file_id``
    the file that it was read of or is a picture of; a picture's ``text`` is its data URL. ``hash``
    is of what was sent, also where that is gone: a SHA-256, or the first digits of one.
    """

    kind: str
    chars: int
    state: PartState
    text: str | None = None
    message_id: int | None = None
    hash: str = ""
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """``message`` is as it was sent, None where any part of it is not there any more."""

    role: str
    parts: tuple[SentPart, ...]
    message: JsonMap | None

    @property
    def words(self) -> str:
        """Its text, without pictures; of a part that is not there, nothing."""
        return "".join(part.text or "" for part in self.parts if part.kind != "picture")


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

    ``profiles`` are the analysis results that the system prompt told of, with how many characters,
    ``files`` what became of those of the messages.
    """

    message_id: int
    messages: tuple[SentMessage, ...] = ()
    tools: tuple[SentTool, ...] = ()
    profiles: tuple[JsonMap, ...] = ()
    requests: tuple[SentRequest, ...] = ()
    files: tuple[FileSent, ...] = ()

    @property
    def retries(self) -> int:
        """How many requests only repeated the one before in other words."""
        return sum(bool(one.again) for one in self.requests)

    def as_json(self) -> dict[str, object]:
        """For programs; texts stand in the messages alone, and of pictures only their hashes."""
        found = asdict(self)
        for message, sent in zip(found["messages"], self.messages, strict=True):
            shown = {part.text: part.hash for part in sent.parts if part.kind == "picture"}
            message["message"] = message["message"] and _without(message["message"], shown)
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


def _without(message: dict[str, Any], urls: Mapping[str | None, str]) -> dict[str, Any]:
    """The same with hashes in place of these addresses, which hold whole pictures."""
    if not isinstance(message.get("content"), list):
        return message
    parts = [
        {**part, "image_url": {"url": f"sha256:{urls[part['image_url']['url']]}"}}
        if part.get("type") == "image_url"
        else part
        for part in message["content"]
    ]
    return {**message, "content": parts}
