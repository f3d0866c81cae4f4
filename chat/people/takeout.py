"""All that somebody has here as one JSON file, for them to keep."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from store import folders, personas, provenance, shares, users
from store.database import Database
from store.provenance import Provenance
from store.takeout import everything
from store.types import utc_now
from store.values import Message, SessionKey

_OF_USER = ("username", "display_name", "email", "created_at")
_NOT_OF_MESSAGE = ("session_id", "versions")


def everything_as_json(database: Database, *, user_id: str) -> bytes:
    """The account, its personas and folders, sessions, messages and results, and links to them.

    Without the tokens of these. Raises `UserNotFound`.
    """
    with database.reading() as db:
        user = users.get(db, user_id=user_id)
        kept_in = list(map(asdict, folders.listed(db, user_id=user_id)))
        own = [asdict(persona) for persona in personas.listed(db, user_id=user_id)]
        shared = [asdict(share) for share in shares.listed(db, user_id=user_id)]
        found = [
            {
                **asdict(session),
                "messages": _messages(
                    messages, provenance.of_session(db, SessionKey(user_id, session.session_id))
                ),
                "profiles": list(map(asdict, results)),
            }
            for session, messages, results in everything(db, user_id=user_id)
        ]
    whole = {
        "exported_at": utc_now(),
        "user": {name: getattr(user, name) for name in _OF_USER},
        "personas": own,
        "folders": kept_in,
        "sessions": found,
        "shares": shared,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1, default=datetime.isoformat).encode()


def _messages(
    messages: Iterable[Message], kept: Mapping[int, Provenance]
) -> list[dict[str, object]]:
    return [_message(one, kept.get(one.id)) for one in messages]


def _message(message: Message, sent: Provenance | None) -> dict[str, object]:
    fields = {**asdict(message), "metadata": message.metadata.as_json()}
    said = {name: value for name, value in fields.items() if name not in _NOT_OF_MESSAGE}
    return said if sent is None else {**said, "provenance": sent.as_json()}
