"""Chats on their way out: one as a file, several as a zip, all of them as they are made."""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chat.personas.book import PersonaBook
from chat.transfer.parts import ROWS
from chat.transfer.written import Told, markdown, notebook, page
from store import folders, messages, results, sessions, takeout
from store.database import Database
from store.errors import NotFound
from store.file_values import StoredFile
from store.own_files import OpenBytes, no_bytes
from store.result_rows import first
from store.result_values import Computed
from store.values import Message, SessionKey

Format = Literal["json", "markdown", "html", "ipynb"]
NAME_MAX = 80
AT_ONCE = 1_000
_UNSAFE = re.compile(r"[^\w .,()-]+")


@dataclass(frozen=True, slots=True)
class _Kind:
    ending: str
    media_type: str
    write: Callable[[Told], Iterator[str]]


_KINDS: Mapping[Format, _Kind] = {
    "markdown": _Kind("md", "text/markdown; charset=utf-8", markdown),
    "html": _Kind("html", "text/html; charset=utf-8", page),
    "ipynb": _Kind("ipynb", "application/x-ipynb+json", notebook),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that is made as it is read."""

    name: str
    media_type: str
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Exports:
    """Those of one process; ``default_model`` is the one that answers where none is chosen.

    ``opened`` gives the bytes of attached files, ``small`` a small copy of a picture.
    """

    database: Database
    personas: PersonaBook
    default_model: Callable[[], str]
    opened: OpenBytes = no_bytes
    small: Callable[[StoredFile], Path | None] = lambda _: None

    def make(self, user_id: str, kind: Format, chosen: Sequence[str] = ()) -> Exported:
        """The chosen chats, or all; raises `SessionNotFound` where one of them is not there.

        JSON is the own format, and all is the trash and the account too.
        """
        with self.database.reading() as db:
            ids = takeout.ids(db, user_id=user_id, chosen=chosen)
            title = ""
            if len(chosen) == 1:
                title = sessions.get(db, SessionKey(user_id, ids[0])).title or "New chat"
        name = file_name(title) if title else "parley"
        if kind == "json":
            pieces = takeout.written(
                self.database.reading, self.opened, user_id=user_id, chosen=chosen
            )
            return Exported(f"{name}.json", "application/json", pieces)
        of_kind = _KINDS[kind]
        if title:
            pieces = self._one(SessionKey(user_id, ids[0]), of_kind)
            return Exported(f"{name}.{of_kind.ending}", of_kind.media_type, pieces)
        return Exported(f"{name}.zip", "application/zip", self._zipped(user_id, of_kind, ids))

    def _one(self, key: SessionKey, kind: _Kind) -> Iterator[bytes]:
        for part in kind.write(self._told(key)):
            yield part.encode("utf-8", "replace")

    def _told(self, key: SessionKey) -> Told:
        with self.database.reading() as db:
            session = sessions.get(db, key)
            shown, leaf = list[Message](), session.active_leaf_id
            while part := messages.window(db, key, leaf_id=leaf, limit=AT_ONCE):
                shown += reversed(part)
                leaf = part[0].parent_id
            shown.reverse()
            shelf = folders.prompts(db, user_id=key.user_id, folder_id=session.folder)
        persona = self.personas.get(key.user_id, session.persona)
        own = str(session.parameters.get("system_prompt", ""))
        prompt = "\n\n".join(one for one in (persona.system_prompt, *shelf, own) if one.strip())
        model = session.model or persona.model or self.default_model()
        return Told(session, shown, prompt, model, _Parts(self, key))

    def _zipped(self, user_id: str, kind: _Kind, ids: Sequence[str]) -> Iterator[bytes]:
        """One chat after the other, each packed and let go."""
        sent = _Sent()
        names: set[str] = set()
        with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED) as packed:  # type: ignore[call-overload]
            for session_id in ids:
                try:
                    told = self._told(SessionKey(user_id, session_id))
                except NotFound:  # in the trash, or deleted meanwhile
                    continue
                name = _free(f"{file_name(told.title)}", kind.ending, names)
                with packed.open(name, "w", force_zip64=True) as file:
                    for part in kind.write(told):
                        file.write(part.encode("utf-8", "replace"))
                yield sent.taken()
        yield sent.taken()


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the messages of a chat have beside their texts, read when it is written."""

    exports: Exports
    key: SessionKey

    def rows(self, result: Computed) -> Sequence[Sequence[object]]:
        """See `chat.transfer.parts`."""
        id_, result_id = result.message_id, result.result_id
        with suppress(NotFound), self.exports.database.reading() as db:
            shown = results.shown(db, self.key, message_id=id_, result_id=result_id)
            return first(shown, ROWS)
        return ()

    def picture(self, file: StoredFile) -> bytes | None:
        """See `chat.transfer.parts`."""
        path = self.exports.small(file) if file.kind == "image" else None
        with suppress(OSError):
            return path.read_bytes() if path else None
        return None


class _Sent:
    """What was written and not yet taken; it cannot go back, and `zipfile` need not."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Add it."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """It is there at once."""

    def taken(self) -> bytes:
        """All of it, once."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def file_name(title: str) -> str:
    """A title as any system takes it for a file's name, without its ending."""
    safe = " ".join(_UNSAFE.sub(" ", title[: 10 * NAME_MAX]).split())[:NAME_MAX]
    return safe.strip(" .-") or "chat"


def _free(name: str, ending: str, taken: set[str]) -> str:
    found, number = f"{name}.{ending}", 2
    while found.casefold() in taken:
        found, number = f"{name} ({number}).{ending}", number + 1
    taken.add(found.casefold())
    return found
