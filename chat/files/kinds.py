"""What a file is: by what is in it, and by its name only where texts look alike."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chat.files import archives, languages, sniffing, texts
from chat.files.names import ending_of
from chat.files.refusals import Unreadable, unknown
from store.file_values import FileKind

Form = Literal["text", "csv", "json", "ndjson", "parquet", "xlsx", "sqlite", "pdf", "docx", "image"]
HEAD = 4096
WORD, EXCEL = "word/document.xml", "xl/workbook.xml"
_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = f"{_OFFICE}.wordprocessingml.document"
XLSX = f"{_OFFICE}.spreadsheetml.sheet"
_PICTURES = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
]
_KNOWN = {
    b"\xd0\xcf\x11\xe0": "An old Office file, or one with a password,",
    b"\x1f\x8b": "A gzip file",
    b"7z\xbc\xaf": "A 7z file",
    b"Rar!": "A RAR file",
    b"BM": "A BMP picture",
    b"II*\0": "A TIFF picture",
    b"MM\0*": "A TIFF picture",
    b"MZ": "A program",
    b"\x7fELF": "A program",
    b"ID3": "Sound",
    b"OggS": "Sound",
    b"fLaC": "Sound",
    b"PARE": "Parquet with encryption",
    b"{\\rtf": "An RTF file",
}
_TEXTS = {"csv": "text/csv", "json": "application/json", "ndjson": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class What:
    """``form`` is how it is read; of texts ``encoding``, ``language`` or ``delimiter``, too."""

    kind: FileKind
    form: Form
    media_type: str
    encoding: str = ""
    language: str = ""
    delimiter: str = ""


def what(path: Path, name: str) -> What:
    """Of the bytes at this path; raises `Unreadable` where they are nothing that can be read."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise Unreadable("The file is empty.", "Choose one that has something in it.")
    picture = next((media for sign, media in _PICTURES if head.startswith(sign)), "")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        picture = "image/webp"
    if picture:
        return What("image", "image", picture)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"%PDF-"):
        return What("pdf", "pdf", "application/pdf")
    if head.startswith(b"SQLite format 3\0"):
        return What("table", "sqlite", "application/vnd.sqlite3")
    if head.startswith(b"PAR1"):
        return What("table", "parquet", "application/vnd.apache.parquet")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _office(path)
    known = next((words for sign, words in _KNOWN.items() if head.startswith(sign)), "")
    if head[4:8] == b"ftyp":
        known = "A HEIC picture" if head[8:11] in (b"hei", b"mif", b"hev") else "A film"
    if known and not _is_plain(head):
        raise unknown(known)
    return _text(path, name)


def _is_plain(head: bytes) -> bool:
    """Whether words happen to begin with what programs and pictures begin with."""
    return all(one >= 32 or one in b"\t\n\r" for one in head) and not head.startswith(b"{\\rtf")


def _office(path: Path) -> What:
    names = archives.parts(path)
    if WORD in names:
        return What("document", "docx", DOCX)
    if EXCEL in names:
        return What("table", "xlsx", XLSX)
    raise Unreadable("Zips are not read.", "Unpack it, and attach what is in it.")


def _text(path: Path, name: str) -> What:
    encoding = texts.encoding_of(path)
    head, is_all = texts.head(path, encoding)
    language = languages.language_of(name, head)
    plain = not language and ending_of(name) not in languages.MARKDOWN | {".log"}
    found = sniffing.sniffed(name, head, is_all=is_all, plain=plain)
    if found.form:
        tabs = found.delimiter == "\t"
        media_type = "text/tab-separated-values" if tabs else _TEXTS[found.form]
        language = "" if found.form == "csv" else "json"
        return What("table", found.form, media_type, encoding, language, found.delimiter)
    if languages.is_markdown(name, head):
        return What("markdown", "text", "text/markdown", encoding, "markdown")
    if not language and head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") and ending_of(name) in TABLE:
        language = "json"
    return What("code" if language else "text", "text", "text/plain", encoding, language)


TABLE = {".ndjson", ".jsonl", ""}
