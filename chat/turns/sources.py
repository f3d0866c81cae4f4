"""Where each message of a request comes from, told apart while the request is made.

In JSON a message is a list of ``parts``: so many characters of a message of the chat (``id``, and
the first 16 digits of its SHA-256), or a text that is no message (``text``, its whole SHA-256), or
what was read of a ``file``, from its first ``took`` characters, or the picture that was made of it
(``hash``, the SHA-256 of either).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from chat.agent.models.pictures import NOT_SENT
from chat.agent.types import JsonMap, ModelMessage, ModelPicture
from store.provenance_record import fingerprint
from store.tree import Said

NAMED = 50
"""So many messages of a chat are named one by one; those before them together."""
SHORT = 16
PARAGRAPH = "\n\n"
RUNS = 20
"""So many times; what is between them is named one by one."""
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
    "files",
]


@dataclass(frozen=True, slots=True)
class FileText:
    """What is sent of a file's text, read from ``took`` characters of it."""

    file_id: str
    took: int
    text: str


@dataclass(frozen=True, slots=True)
class FilePicture:
    """A picture that is sent."""

    file_id: str
    picture: ModelPicture


FileBit = str | FileText | FilePicture
"""Words about files, or what is sent of one."""


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
    pictures: tuple[ModelPicture, ...] = ()

    @property
    def message(self) -> ModelMessage:
        """For the model."""
        match self.role:
            case "system" | "user":
                return ModelMessage(self.role, self.content, self.pictures)
            case _:
                return ModelMessage("assistant", self.content)

    @property
    def refused(self) -> "Sourced":
        """The same as it is sent where its pictures are refused."""
        if not self.pictures:
            return self
        said = _named("files", NOT_SENT)
        parts = tuple(part for part in self.parts if part["kind"] != "picture")
        texts = {**self.texts, str(said["text"]): NOT_SENT}
        return replace(
            self, content=self.content + NOT_SENT, parts=(*parts, said), texts=texts, pictures=()
        )

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
    found = [(_named(kind, text), text) for kind, text in parts]
    content = PARAGRAPH.join(text for _, text in found)
    join = PARAGRAPH if len(found) > 1 else ""
    texts = {str(part["text"]): text for part, text in found}
    return Sourced(role, content, tuple(part for part, _ in found), join, texts=texts)


def of_message(role: str, kind: PartKind, id_: int, content: str) -> Sourced:
    """The text of a message, from its beginning."""
    part = {"kind": kind, "id": id_, "chars": len(content), "hash": fingerprint(content)[:SHORT]}
    return Sourced(role, content, (part,))


def of_branch(said: Iterable[Said], files: Mapping[int, Sequence[FileBit]]) -> list[Sourced]:
    """Messages of the chat, the newest last, with what is sent of their ``files``.

    Those without text and files are not sent.
    """
    return [
        with_files(one, files.get(one.id, ()))
        for one in said
        if one.content.strip() or one.id in files
    ]


def with_files(one: Said, files: Sequence[FileBit]) -> Sourced:
    """A message of the chat with this behind its text: words about files, files, pictures."""
    begin = of_message(role_of(one.role), "message", one.id, one.content)
    parts = [part for part in begin.parts if one.content]
    texts: dict[str, str] = {}
    content, words = [one.content], ""
    for bit in (*files, ""):
        if isinstance(bit, str) and bit:
            words += bit
            continue
        if words:
            named = _named("files", words)
            parts.append(named)
            texts[str(named["text"])] = words
            content.append(words)
            words = ""
        if isinstance(bit, FileText):
            parts.append(_file_part(bit))
            content.append(bit.text)
    shown = [bit for bit in files if isinstance(bit, FilePicture)]
    parts += (
        {"kind": "picture", "file": p.file_id, "chars": 0, "hash": p.picture.sha256} for p in shown
    )
    pictures = tuple(bit.picture for bit in shown)
    return Sourced(begin.role, "".join(content), tuple(parts), texts=texts, pictures=pictures)


def _named(kind: PartKind, text: str) -> JsonMap:
    return {"kind": kind, "text": fingerprint(text), "chars": len(text)}


def _file_part(bit: FileText) -> JsonMap:
    place = {"kind": "file", "file": bit.file_id, "took": bit.took}
    return {**place, "chars": len(bit.text), "hash": fingerprint(bit.text)}


def role_of(stored: str) -> str:
    """As whom a model is told a message of this role."""
    return stored if stored in ("user", "system") else "assistant"


def together(sources: Sequence[Sourced]) -> list[Sourced]:
    """The same, with the oldest messages of a long chat as one, as far as they have no files."""
    at = [n for n, one in enumerate(sources) if one.parts[0].get("kind") == "message"]
    old = set(at[:-NAMED])
    found: list[Sourced] = []
    runs = 0
    for is_old, these in groupby(
        enumerate(sources), key=lambda pair: pair[0] in old and len(pair[1].parts) == 1
    ):
        run = [one for _, one in these]
        if is_old and len(run) > 1 and runs < RUNS:
            runs += 1
            run = [_merged(run)]
        found += run
    return found


def _merged(old: Sequence[Sourced]) -> Sourced:
    part = {
        "kind": "several",
        "first": old[0].parts[0]["id"],
        "last": old[-1].parts[0]["id"],
        "count": len(old),
        "chars": sum(len(one.content) for one in old),
        "hash": hash_of((one.role, one.content) for one in old),
    }
    return Sourced("several", "", (part,))


def hash_of(said: Iterable[tuple[str, str]]) -> str:
    """One for several messages, each by its role and text."""
    whole = hashlib.sha256()
    for role, text in said:
        whole.update(f"{role} {fingerprint(text)}\n".encode())
    return whole.hexdigest()[:SHORT]
