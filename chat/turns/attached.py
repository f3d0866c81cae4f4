"""Reads what is sent of attached files, and says of each what became of it."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chat.agent.models.pictures import NONE_TAKEN
from chat.agent.types import ATTACHED, JsonMap, ModelPicture
from chat.bill import estimated
from chat.turns import file_words
from chat.turns.file_words import PICTURES_MB, TAKEN, AttachedFiles, Fate
from chat.turns.portions import PICTURE_TOKENS, Portion, Portions
from chat.turns.sources import FileBit, FilePicture, FileText
from store.file_values import StoredFile

PICTURES_BYTES = PICTURES_MB * 1_000_000
NAMED, LINES, LINE_CHARS = 100, 3, 600
"""Of so many files it is kept what became of them; so many are named in a line for people."""
MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


class NoFiles:
    """Where nothing was made of any."""

    def text(self, _file: StoredFile, _most_chars: int, /) -> str:
        """Nothing."""
        return ""

    def picture(self, _file: StoredFile, /) -> Path | None:
        """Nothing."""
        return None


@dataclass(frozen=True, slots=True)
class FileSent:
    """What became of a file of a message; of its ``whole`` text so many ``tokens`` were sent."""

    file_id: str
    name: str
    message_id: int
    kind: str
    fate: Fate
    tokens: int = 0
    whole: int = 0

    def as_json(self) -> JsonMap:
        """As it is kept."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(eq=False)
class FileReading:
    """Reads the files of one request; outside of any transaction, for it takes its time.

    ``told`` is what became of each, those of the question first.
    """

    files: AttachedFiles
    can_query: bool
    told: list[FileSent] = field(default_factory=list)
    _bytes_left: int = field(default_factory=lambda: PICTURES_BYTES)

    def bits(self, portions: Portions) -> dict[int, list[FileBit]]:
        """What stands behind the text of each message that has files."""
        found: dict[int, list[FileBit]] = {}
        for id_ in sorted(portions.files, reverse=True):
            these = portions.files[id_]
            bits = [bit for at, one in enumerate(these) for bit in self._one(id_, one, at, these)]
            is_brief = portions.brief and id_ == portions.said[-1].id
            found[id_] = [_brief(len(these))] if is_brief else [f"\n\n{ATTACHED}\n", *bits]
        return found

    def _one(
        self, id_: int, portion: Portion, at: int, these: Sequence[Portion]
    ) -> Iterator[FileBit]:
        portion, found = self._read(portion)
        file, fate, took = portion.file, portion.fate, portion.took
        place = (at + 1, len(these))
        yield file_words.heading(file, place, fate, took, can_query=self.can_query)
        if isinstance(found, FileText):
            before, after = file_words.fence(file)
            yield from (before, found, after)
        elif found:
            yield found
        whole = estimated(file_words.length(file)) if file.deleted_at is None else 0
        tokens = estimated(len(found.text)) if isinstance(found, FileText) else 0
        if isinstance(found, FilePicture):
            tokens = whole = found.picture.tokens
        name = file_words.safe_name(file.name)
        self.told.append(FileSent(file.file_id, name, id_, file.kind, fate, tokens, whole))

    def _read(self, portion: Portion) -> tuple[Portion, FileText | FilePicture | None]:
        """What is sent of it; it may have been removed since it was portioned."""
        file = portion.file
        if portion.fate not in TAKEN:
            return portion, None
        try:
            if file.kind == "image":
                return self._picture(portion)
            return portion, FileText(
                file.file_id, portion.took, file_words.read(file, self.files, portion.took)
            )
        except FileNotFoundError:
            return Portion(file, "removed"), None
        except (OSError, ValueError):
            return Portion(file, "unread"), None

    def _picture(self, portion: Portion) -> tuple[Portion, FilePicture | None]:
        found = picture_of(portion.file, self.files, self._bytes_left)
        if found is None:
            return Portion(portion.file, "bounded"), None
        picture, size = found
        self._bytes_left -= size
        return portion, FilePicture(portion.file.file_id, picture)


def picture_of(
    file: StoredFile, files: AttachedFiles, most_bytes: int
) -> tuple[ModelPicture, int] | None:
    """A picture as it is sent, and its bytes; None where there are more than ``most_bytes``.

    Raises `OSError`, also where it is not there.
    """
    path = None if file.deleted_at is not None else files.picture(file)
    if path is None:
        raise FileNotFoundError(file.file_id)
    with path.open("rb") as opened:
        found = opened.read(most_bytes + 1)
    if len(found) > most_bytes:
        return None
    kind = MEDIA_TYPES.get(path.suffix, "image/png")
    url = f"data:{kind};base64,{base64.b64encode(found).decode()}"
    return ModelPicture(url, hashlib.sha256(found).hexdigest(), PICTURE_TOKENS), len(found)


def told_people(told: Sequence[FileSent], question_id: int) -> str:
    """A line about what was not sent, or not all of it; empty where there is nothing to say."""
    lines = [line for one in told if one.message_id == question_id if (line := _line(one))]
    if more := lines[LINES:]:
        lines[LINES:] = [f"So it is with {len(more):,} more."]
    if any(one.fate == "blind" for one in told):
        lines.append(NONE_TAKEN.line)
    if any(one.fate in ("cut", "room", "bounded") for one in told if one.message_id != question_id):
        lines.append("Files of earlier messages were shortened or left out.")
    return " ".join(lines)[:LINE_CHARS]


def _line(one: FileSent) -> str:
    """A sentence; none about pictures that the model does not take, which is said once."""
    match one.fate:
        case "cut" if one.kind == "table":
            return f'Of "{one.name}" a part of the columns and first rows was sent.'
        case "cut":
            return (
                f'Of "{one.name}" the first {one.tokens:,} of about {one.whole:,} tokens were sent.'
            )
        case "room":
            return f'"{one.name}" was not sent: there was no room for it.'
        case "bounded":
            return f'"{one.name}" was not sent: there are too many or too large pictures.'
        case "removed":
            return f'"{one.name}" was not sent: it is not there any more.'
        case "unread":
            return f'"{one.name}" was not sent: it could not be read.'
        case "empty":
            return f'"{one.name}" was only named: no text was found in it.'
    return ""


def kept(told: Iterable[FileSent], *, refused: bool = False) -> list[JsonMap]:
    """As it is kept with an answer; ``refused``: pictures were, after all, not taken."""
    changed = (
        replace(one, fate="refused", tokens=0)
        if refused and one.kind == "image" and one.fate in TAKEN
        else one
        for one in told
    )
    return [one.as_json() for one, _ in zip(changed, range(NAMED), strict=False)]


def _brief(count: int) -> str:
    return f"\n\n[Files are attached, {count:,}; there was no room for them.]"
