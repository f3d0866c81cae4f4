"""A result as a file for people."""

import csv
import io
import json

from chat.profiles.result import AnalysisResult

COLUMNS = ("id", "created_at", "text", "likes", "url")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(result: AnalysisResult) -> bytes:
    """All of it."""
    return json.dumps(result.as_json(), ensure_ascii=False, indent=1).encode()


def as_csv(result: AnalysisResult) -> bytes:
    """Its posts, one a row; with the mark by which spreadsheets know UTF-8.

    A text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for post in result.posts or ():
        rows.writerow([_cell(getattr(post, name)) for name in COLUMNS])
    return written.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
