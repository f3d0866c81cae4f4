"""What is made of an attached file; runs in a child process, with that one's limits.

Nothing here knows whose file it is. What is made lies in a folder, beside nothing else.
"""

import errno
import logging
import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from chat.errors import ToolError
from chat.files import documents, duck, kinds, pictures, tables, texts, workbooks
from chat.files.kinds import What
from chat.files.refusals import NoTable, Unreadable
from store.file_values import FileDetails, FileKind

TEXT, TABLES = "text.txt", "tables.duckdb"
TEXT_MAX = 50_000_000
"""Characters that are kept of a text."""
BEGINNING, BEGINNING_LINES = 2_000, 12
MADE_TIMES, MADE_FREE = 10, 64 * 1024 * 1024
"""No file that is made of one is longer than so many times that one, and so much."""
_TOO_LARGE = os.strerror(errno.EFBIG)
_DAMAGED = Unreadable("The file is damaged.", "Save it anew, or in another form.")
_NO_ROOM = Unreadable("The file becomes too large when it is unpacked.", "Attach a part of it.")

log = logging.getLogger("parley.files")


@dataclass(frozen=True, slots=True)
class Made:
    """What a file is, and what was found in it."""

    kind: FileKind
    media_type: str
    details: FileDetails


def read(path: str, name: str, into: str) -> Made:
    """Read the file at a path, and put what is made of it into a folder; raises `Unreadable`."""
    file, folder = Path(path), Path(into)
    _limit_files(file.stat().st_size * MADE_TIMES + MADE_FREE)
    try:
        found = kinds.what(file, name)
        try:
            return _read(file, found, folder)
        except NoTable:
            (folder / TABLES).unlink(missing_ok=True)
            return _read(file, _as_text(found), folder)
    except (ToolError, MemoryError):
        raise
    except OSError as failure:
        raise _NO_ROOM from failure
    except Exception as failure:  # whose text may have what is in the file
        kind = type(failure).__name__
        log.warning("a file cannot be read: %s", kind)
        if kind == "OutOfMemoryException":
            raise MemoryError from failure
        raise (_NO_ROOM if _TOO_LARGE in str(failure) else _DAMAGED) from failure


def _limit_files(most: int) -> None:
    """By the system; as far as that lets it."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _as_text(found: What) -> What:
    """What is no table after all."""
    is_json = found.form in ("json", "ndjson")
    return replace(
        found,
        kind="code" if is_json else "text",
        form="text",
        media_type="text/plain",
        language="json" if is_json else "",
    )


def _read(file: Path, found: What, folder: Path) -> Made:
    into = folder / TABLES
    if found.form == "image":
        details = pictures.read(file, folder)
    elif found.form == "pdf":
        details = _pages(documents.pdf_pages(file), folder)
    elif found.form == "docx":
        lines = (f"{line}\n" for line in documents.docx_text(file))
        details = _text(lines, folder)
    elif found.form == "text":
        details = _text(texts.pieces(file, found.encoding), folder)
        details = replace(details, language=found.language)
    elif found.form == "xlsx":
        all_tables, notes = workbooks.read_xlsx(file, into)
        details = FileDetails(tables=all_tables, notes=tuple(notes))
    elif found.form == "sqlite":
        all_tables, notes = workbooks.read_sqlite(file, into)
        details = FileDetails(tables=all_tables, notes=tuple(notes))
    else:
        details = FileDetails(tables=(tables.read(file, found, into),))
    if details.tables:
        duck.write_first_rows(into, details.tables, folder)
    return Made(found.kind, found.media_type, details)


def _pages(pages: Iterable[str], folder: Path) -> FileDetails:
    count, has_text = 0, False

    def marked() -> Iterable[str]:
        nonlocal count, has_text
        for count, page in enumerate(pages, 1):
            has_text = has_text or bool(page)
            yield f"[Page {count}]\n{page}\n\n"

    details = _text(marked(), folder)
    notes = details.notes
    if not has_text:
        notes += ("There is no text in it: its pages are pictures.",)
    return replace(details, pages=count, notes=notes)


def _text(pieces: Iterable[str], folder: Path) -> FileDetails:
    """Write a text; how long it is, and how it begins."""
    chars = breaks = 0
    begins, last, is_cut = "", "", False
    with (folder / TEXT).open("w", encoding="utf-8", errors="replace", newline="") as file:
        for piece in pieces:
            kept = piece[: TEXT_MAX - chars]
            begins += kept[: BEGINNING - len(begins)]
            chars += len(kept)
            breaks += kept.count("\n")
            last = kept[-1:] or last
            file.write(kept)
            if len(kept) < len(piece):
                is_cut = True
                break
    beginning = "\n".join(begins.split("\n")[:BEGINNING_LINES]).rstrip()
    notes = (f"Only the first {TEXT_MAX:,} characters are kept.",) if is_cut else ()
    return FileDetails(
        lines=breaks + (last not in ("", "\n")), chars=chars, beginning=beginning, notes=notes
    )
