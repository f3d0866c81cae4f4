"""A result as a file for people."""

import csv
import io
import json
import re

from chat.profiles.result import AnalysisResult

COLUMNS = ("id", "created_at", "text", "likes", "url")
_FORMULA = re.compile('(^[\t\r]?|[;\t\r\n])([ "]*)(?=[=+@＝＋－＠-])')
"""Where one may begin, whatever a spreadsheet takes for the end of a cell; commas are quoted."""


def as_json(result: AnalysisResult) -> bytes:
    """All of it."""
    return json.dumps(result.as_json(), ensure_ascii=False, indent=1).encode()


def as_csv(result: AnalysisResult) -> bytes:
    """Its posts, one a row; with the mark by which spreadsheets know UTF-8.

    What a spreadsheet would run as a formula, also one that expects another separator, has an
    apostrophe before it.
    """
    written = io.StringIO()
    rows = csv.writer(written, quoting=csv.QUOTE_ALL)
    rows.writerow(COLUMNS)
    for post in result.posts or ():
        rows.writerow([_cell(getattr(post, name)) for name in COLUMNS])
    return written.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    return _FORMULA.sub(r"\1\2'", value) if isinstance(value, str) else value
