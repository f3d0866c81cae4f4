"""A result as a file for people."""

import json

from chat import spreadsheets
from chat.profiles.result import AnalysisResult

COLUMNS = ("id", "created_at", "text", "likes", "url")


def as_json(result: AnalysisResult) -> bytes:
    """All of it."""
    return json.dumps(result.as_json(), ensure_ascii=False, indent=1).encode()


def as_csv(result: AnalysisResult) -> bytes:
    """Its posts, one a row."""
    rows = ([getattr(post, name) for name in COLUMNS] for post in result.posts or ())
    return spreadsheets.as_csv(COLUMNS, rows)
