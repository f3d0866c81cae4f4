"""Attached files with what was made of them in a folder, and rooms that read it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from chat.runtime import Runtime
from chat.turns.request import Jobs
from store import files, messages
from store.file_values import ColumnInfo, FileDetails, NewFile, StoredFile, TableInfo
from store.types import utc_now
from store.values import Message, SessionKey
from tests.chat.conftest import SESSION, USER, watch

CITIES = TableInfo(
    "cities",
    (ColumnInfo("city", "VARCHAR"), ColumnInfo("price", "DOUBLE")),
    200_000,
    (("Rome", "1.5"), ("Oslo, East", None)),
)


def picture(colour: str = "red", kind: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


class KeptFiles:
    """What was made of files, one folder for each; ``reads`` counts how often it is looked at."""

    def __init__(self, path: Path, parts: Runtime) -> None:
        self.path, self.parts, self.reads = path, parts, 0
        jobs = parts.runner.prepare.__self__  # type: ignore[attr-defined]
        assert isinstance(jobs, Jobs)
        parts.runner.prepare = replace(jobs, files=self).make

    def text(self, file: StoredFile, most_chars: int) -> str:
        self.reads += 1
        path = self.path / str(file.sha256) / "text.txt"
        if not path.exists():
            return ""
        with path.open(encoding="utf-8", newline="") as text:
            return text.read(most_chars)

    def picture(self, file: StoredFile) -> Path | None:
        self.reads += 1
        return next((self.path / str(file.sha256)).glob("picture.*"), None)

    def add(
        self, name: str, content: str | bytes | Sequence[TableInfo], kind: str = "", **more: Any
    ) -> StoredFile:
        """Of text, a picture's bytes, or tables."""
        if isinstance(content, str):
            details = FileDetails(chars=len(content), **more)
            return self._keep(name, kind or "text", details, "text.txt", content.encode())
        if isinstance(content, bytes):
            details = FileDetails(width=4, height=3, **more)
            suffix = "png" if content.startswith(b"\x89PNG") else "jpg"
            return self._keep(name, "image", details, f"picture.{suffix}", content)
        details = FileDetails(tables=tuple(content), **more)
        return self._keep(name, "table", details, "tables.duckdb", repr(content).encode())

    def _keep(
        self, name: str, kind: str, details: FileDetails, made: str, content: bytes
    ) -> StoredFile:
        hashed = sha256(name.encode() + content).hexdigest()
        place = self.path / hashed
        place.mkdir(parents=True, exist_ok=True)
        (place / made).write_bytes(content)
        new = NewFile(name, kind, "text/plain", len(content), hashed, details)  # type: ignore[arg-type]
        with self.parts.database.transaction() as db:
            return files.add(db, user_id=USER, new=new, now=utc_now())[0]

    def remove(self, file: StoredFile) -> None:
        with self.parts.database.transaction() as db:
            files.remove(db, user_id=USER, file_id=file.file_id)

    def ask(self, text: str, *attached: StoredFile, session_id: str = SESSION) -> Message:
        """Send, and wait for the answer; its row."""
        ids, key = [one.file_id for one in attached], SessionKey(USER, session_id)
        answer = self.parts.turns.send(key, text, file_ids=ids).answer
        watch(self.parts.turns, answer.id, session_id=session_id)
        with self.parts.database.reading() as db:
            return messages.get(db, key, message_id=answer.id)
