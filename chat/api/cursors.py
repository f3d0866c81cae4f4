"""Where the next page of a list begins, in a ``Link`` header and in what comes back from it."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request

from chat.api.errors import InvalidField
from store.paging import Place
from store.values import SessionSummary, is_id


def encode(last: SessionSummary) -> str:
    """The cursor of the page after this session."""
    place = [last.pinned, last.last_activity_at.isoformat(), last.session_id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode(cursor: str) -> Place:
    """The place that a cursor stands for; raises `InvalidField`."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        pinned, when, session_id = json.loads(text)
        moment = datetime.fromisoformat(when)
        if moment.tzinfo and isinstance(pinned, bool) and is_id(session_id):
            return Place(pinned, moment, session_id)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        pass
    raise InvalidField("cursor", "The cursor is malformed.", "Take it from a Link header.")


def next_page(request: Request, **changed: str) -> dict[str, str]:
    """The header that leads to the next page: this request's address with another place."""
    query = [pair for pair in parse_qsl(request.url.query) if pair[0] not in changed]
    address = f"{quote(request.url.path)}?{urlencode([*query, *changed.items()])}"
    return {"Link": f'<{address}>; rel="next"'}
