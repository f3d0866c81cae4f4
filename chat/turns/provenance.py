"""What was really sent for an answer, put together again from what is kept of it.

Whatever was removed since, or is another by now, is named as such and never shown in place of what
was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chat.agent.types import JsonMap
from chat.turns.attached import PICTURES_BYTES, picture_of
from chat.turns.file_words import PICTURES, AttachedFiles, read
from chat.turns.origin import Origin, PartState, SentMessage, SentPart, SentTool
from chat.turns.record_json import (
    check_size,
    files_sent,
    length,
    maps,
    number,
    object_in,
    profile_told,
    request_of,
)
from chat.turns.sources import SHORT, hash_of, role_of
from store import files, messages, provenance
from store.database import Session
from store.file_values import StoredFile
from store.provenance_record import Provenance, fingerprint
from store.tree import Said
from store.values import SessionKey

READ_CHARS = 50_000_000
"""So much of files is read again at most, and twice as many pictures as go into a request."""


def origin(db: Session, key: SessionKey, *, message_id: int, attached: AttachedFiles) -> Origin:
    """Where an answer comes from; raises `MessageNotFound`."""
    messages.get(db, key, message_id=message_id)
    kept = provenance.of(db, key, message_id=message_id)
    if kept is None:
        return Origin(message_id)
    try:
        return _Rereading(db, key, kept, attached).origin(message_id)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return Origin(message_id)  # damaged


@dataclass(eq=False)
class _Rereading:
    db: Session
    key: SessionKey
    kept: Provenance
    attached: AttachedFiles
    said: dict[int, Said] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    chars_left: int = field(default_factory=lambda: READ_CHARS)
    pictures: dict[tuple[str, str], SentPart] = field(default_factory=dict)

    def origin(self, message_id: int) -> Origin:
        record = self.kept.record
        entries, tools = maps(record["said"]), maps(record["tools"])
        requests = maps(record["requests"])
        check_size(entries, requests)
        parts = [part for one in entries for part in maps(one["parts"])]
        ids = {number(part["id"]) for part in parts if "id" in part}
        self.said = provenance.named_messages(self.db, self.key, sorted(ids))
        named = sorted({str(part["file"]) for part in parts if "file" in part})
        self.files = files.found(self.db, user_id=self.key.user_id, file_ids=named)
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
            tuple(map(profile_told, maps(record.get("profiles", [])))),
            tuple(request_of(one, places, len(tools)) for one in requests),
            files_sent(record.get("files", [])),
        )

    def _messages(self, entry: JsonMap) -> list[SentMessage]:
        kept = maps(entry["parts"])
        if kept and kept[0]["kind"] == "several":
            return self._several(kept[0])
        role, parts = str(entry["role"]), tuple(map(self._part, kept))
        message: JsonMap | None = None
        if all(part.text is not None for part in parts):
            texts = [part.text for part in parts if part.kind != "picture"]
            content = str(entry.get("join", "")).join(map(str, texts))
            more = entry.get("more")
            others = more if isinstance(more, Mapping) else {}
            message = (
                object_in(content)
                if entry.get("whole")
                else {"role": role, **others, "content": _content(content, parts)}
            )
        return [SentMessage(role, parts, message)]

    def _part(self, kept: JsonMap) -> SentPart:
        kind, chars = str(kept["kind"]), int(str(kept["chars"]))
        if "text" in kept:
            hash_ = str(kept["text"])
            text = self.kept.texts.get(hash_)
            return SentPart(kind, chars, "not_kept" if text is None else "same", text, None, hash_)
        if "file" in kept:
            return self._of_file(kind, chars, kept)
        id_, hash_ = number(kept["id"]), str(kept["hash"])
        if id_ not in self.said:
            return SentPart(kind, chars, "gone", None, id_, hash_)
        text = self.said[id_].content[:chars]
        same = fingerprint(text)[:SHORT] == hash_
        state: PartState = "same" if same else "changed"
        return SentPart(kind, chars, state, text if same else None, id_, hash_)

    def _of_file(self, kind: str, chars: int, kept: JsonMap) -> SentPart:
        """What was read of a file, read again; a picture once, however often it was sent."""
        file_id, hash_ = str(kept["file"]), str(kept["hash"])
        file = self.files.get(file_id)
        lost = SentPart(kind, chars, "gone", None, None, hash_, file_id)
        if file is None:
            return lost
        try:
            if kind == "picture":
                if (file_id, hash_) not in self.pictures:
                    self.pictures[file_id, hash_] = self._picture(lost, file)
                return self.pictures[file_id, hash_]
            took = length(kept["took"])
            self.chars_left -= took
            if self.chars_left < 0:
                return replace(lost, state="not_kept")
            text = read(file, self.attached, took)
        except OSError:
            return lost
        same = fingerprint(text) == hash_
        return replace(lost, state="same" if same else "changed", text=text if same else None)

    def _picture(self, lost: SentPart, file: StoredFile) -> SentPart:
        if len(self.pictures) >= 2 * PICTURES:
            return replace(lost, state="not_kept")
        found = picture_of(file, self.attached, PICTURES_BYTES)
        same = found is not None and found[0].sha256 == lost.hash
        url = found[0].url if found and same else None
        return replace(lost, state="same" if same else "changed", text=url)

    def _several(self, kept: JsonMap) -> list[SentMessage]:
        """The oldest messages of a long chat, which are named together."""
        first, last, count = (number(kept[name]) for name in ("first", "last", "count"))
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
        (part,) = map(self._part, maps(entry["parts"]))
        return SentTool(
            str(entry["role"]), part.chars, None if part.text is None else object_in(part.text)
        )


def _content(text: str, parts: Sequence[SentPart]) -> object:
    """As chat completions have it, with pictures where there are any."""
    urls = [part.text for part in parts if part.kind == "picture"]
    if not urls:
        return text
    shown = ({"type": "image_url", "image_url": {"url": url}} for url in urls)
    return [{"type": "text", "text": text}, *shown]
