"""Why a file is not taken, in words; raised in the child process that reads it."""

from chat.errors import ToolError

CAN = (
    "Text, code, Markdown, CSV, TSV, JSON, NDJSON, Excel (XLSX), Parquet, SQLite, PDF, Word (DOCX) "
    "and pictures (PNG, JPEG, WebP, GIF) can be read."
)


class Unreadable(ToolError):
    """It cannot be read as what it is, or is nothing that can be read."""

    code = "unreadable_file"


class NoTable(Exception):
    """What looked like a table is none; it may be read as text."""


def unknown(what: str) -> Unreadable:
    """Of a file that is this, and so nothing that can be read."""
    return Unreadable(f"{what} cannot be read.", CAN)
