"""Where each message of a request comes from, told apart while the request is made.

In JSON a message is a list of ``parts``: so many characters of a message of the chat (``id``, and
the first 16 digits of its SHA-256), or a text that is no message (``text``, its whole SHA-256).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chat.agent.types import JsonMap, ModelMessage
from store.provenance_record import fingerprint
from store.tree import Said

NAMED = 50
"""So many messages of a chat are named one by one; those before them together."""
SHORT = 16
PARAGRAPH = "\n\n"
PartKind = Literal[
    "persona",
    "rules",
    "profiles",
    "memory",
    "tables",
    "folder",
    "chat",
    "message",
    "answer",
    "text",
]


@dataclass(frozen=True, slots=True)
class Sourced:
    """A message as it is sent, and the parts that it is made of, with ``join`` between them.

    ``texts`` are those of its parts that are no messages, by their hash. ``more`` is what it has
    besides its content; ``whole``: its content is all of it, as JSON.
    """

    role: str
    content: str
    parts: tuple[JsonMap, ...]
    join: str = ""
    whole: bool = False
    more: JsonMap = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> ModelMessage:
        """For the model."""
        match self.role:
            case "system" | "user":
                return ModelMessage(self.role, self.content)
            case _:
                return ModelMessage("assistant", self.content)

    @property
    def entry(self) -> JsonMap:
        """As it is kept."""
        kept: dict[str, object] = {"role": self.role, "parts": list(self.parts)}
        named = {"join": self.join, "whole": self.whole, "more": dict(self.more)}
        return kept | {name: value for name, value in named.items() if value}


def of_text(role: str, kind: PartKind, content: str) -> Sourced:
    """A text that is no message of the chat."""
    return of_parts(role, [(kind, content)])


def of_parts(role: str, parts: Iterable[tuple[PartKind, str]]) -> Sourced:
    """Texts that are no messages, with empty lines between them."""
    found = [(kind, text, fingerprint(text)) for kind, text in parts]
    named = tuple({"kind": kind, "text": h, "chars": len(text)} for kind, text, h in found)
    content = PARAGRAPH.join(text for _, text, _ in found)
    join = PARAGRAPH if len(found) > 1 else ""
    return Sourced(role, content, named, join, texts={h: text for _, text, h in found})


def of_message(role: str, kind: PartKind, id_: int, content: str) -> Sourced:
    """The text of a message, from its beginning."""
    part = {"kind": kind, "id": id_, "chars": len(content), "hash": fingerprint(content)[:SHORT]}
    return Sourced(role, content, (part,))


def of_branch(said: Iterable[Said]) -> list[Sourced]:
    """Messages of the chat, the newest last; those without text are not sent."""
    return [
        of_message(role_of(one.role), "message", one.id, one.content)
        for one in said
        if one.content.strip()
    ]


def role_of(stored: str) -> str:
    """As whom a model is told a message of this role."""
    return stored if stored in ("user", "system") else "assistant"


def together(sources: Sequence[Sourced]) -> list[Sourced]:
    """The same, with the oldest messages of a long chat as one."""
    at = [n for n, one in enumerate(sources) if one.parts[0].get("kind") == "message"]
    old = [sources[n] for n in at[:-NAMED]]
    if len(old) < 2:
        return list(sources)
    part = {
        "kind": "several",
        "first": old[0].parts[0]["id"],
        "last": old[-1].parts[0]["id"],
        "count": len(old),
        "chars": sum(len(one.content) for one in old),
        "hash": hash_of((one.role, one.content) for one in old),
    }
    merged = Sourced("several", "", (part,))
    return [*sources[: at[0]], merged, *sources[at[len(old)] :]]


def hash_of(said: Iterable[tuple[str, str]]) -> str:
    """One for several messages, each by its role and text."""
    whole = hashlib.sha256()
    for role, text in said:
        whole.update(f"{role} {fingerprint(text)}\n".encode())
    return whole.hexdigest()[:SHORT]
