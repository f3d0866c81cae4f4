"""What each route of the API is: for all, for its owner, or by what somebody has."""

from __future__ import annotations

from typing import Any

from tests.doors.folder_routes import OF_FOLDERS

OPEN, SWITCHED_OFF, OWN, THEIRS = "for all", "off here", "what is the caller's", "by user id"
BY_LINK = "by a link, see test_shares.py"
SESSIONS, FILES = "/users/{user_id}/sessions", "/users/{user_id}/files"
ONE = f"{SESSIONS}/{{session_id}}"
MESSAGE = f"{ONE}/messages/{{message_id}}"
IMPORT, METHODS = "/users/me/import/{import_id}", ("GET", "POST", "DELETE")
Body = dict[str, Any]
RULES: dict[tuple[str, str], tuple[str, Body | None]] = {
    ("GET", "/health"): (OPEN, None),
    ("GET", "/docs"): (OPEN, None),
    ("GET", "/openapi.json"): (OPEN, None),
    ("GET", "/metrics"): (SWITCHED_OFF, None),
    ("GET", "/users/me"): (OWN, None),
    ("GET", "/users/me/news"): (OWN, None),
    ("GET", "/users/me/tokens"): (OWN, None),
    ("POST", "/users/me/tokens"): (OWN, {"name": "mine"}),
    ("DELETE", "/users/me/tokens/{token_id}"): (OWN, None),
    ("DELETE", "/users/me/tokens"): (OWN, None),
    ("GET", "/users/me/shares"): (OWN, None),
    ("DELETE", "/users/me/shares"): (OWN, None),
    ("GET", "/users/me/export"): (OWN, None),
    ("POST", "/users/me/import"): (OWN, {"mapping": {}}),
    ("GET", "/personas"): (OWN, None),
    ("GET", "/models"): (OWN, None),
    ("POST", "/chat/stream"): (OWN, {"message": "Hi"}),
    ("GET", "/users/{user_id}/search"): (THEIRS, None),
    ("GET", SESSIONS): (THEIRS, None),
    ("POST", SESSIONS): (THEIRS, {}),
    ("DELETE", SESSIONS): (THEIRS, None),
    ("GET", ONE): (THEIRS, None),
    ("PATCH", ONE): (THEIRS, {"title": "Taken over"}),
    ("DELETE", ONE): (THEIRS, None),
    ("POST", f"{ONE}/clear"): (THEIRS, None),
    ("POST", f"{ONE}/restore"): (THEIRS, None),
    ("POST", f"{ONE}/seen"): (THEIRS, None),
    ("GET", f"{ONE}/messages"): (THEIRS, None),
    ("POST", f"{ONE}/messages"): (THEIRS, {"content": "Hi"}),
    ("POST", f"{ONE}/stop"): (THEIRS, None),
    ("GET", f"{ONE}/events"): (THEIRS, None),
    ("GET", f"{ONE}/profiles"): (THEIRS, None),
    ("POST", f"{ONE}/profiles"): (THEIRS, {"source": "bluesky", "handle": "a"}),
    ("GET", f"{ONE}/shares"): (THEIRS, None),
    ("POST", f"{ONE}/shares"): (THEIRS, {}),
    ("DELETE", f"{ONE}/shares"): (THEIRS, None),
    ("DELETE", f"{ONE}/shares/{{share_id}}"): (THEIRS, None),
    ("GET", "/shares/{token}"): (BY_LINK, None),
    ("GET", "/shares/{token}/files/{file_id}"): (BY_LINK, None),
    ("GET", "/users/{user_id}/bookmarks"): (THEIRS, None),
    **{route: (THEIRS, body) for route, body in OF_FOLDERS.items()},
    ("GET", "/users/{user_id}/usage"): (THEIRS, None),
    ("GET", FILES): (THEIRS, None),
    ("POST", FILES): (THEIRS, {"any": "body"}),
    ("GET", f"{FILES}/{{file_id}}"): (THEIRS, None),
    ("DELETE", f"{FILES}/{{file_id}}"): (THEIRS, None),
    ("GET", f"{MESSAGE}/provenance"): (THEIRS, None),
    ("GET", f"{MESSAGE}/results/{{result_id}}"): (THEIRS, None),
    ("POST", f"{MESSAGE}/results/{{result_id}}/again"): (THEIRS, None),
    ("GET", MESSAGE): (THEIRS, None),
    ("PATCH", MESSAGE): (THEIRS, {"bookmarked": True}),
    ("POST", f"{MESSAGE}/regenerate"): (THEIRS, None),
    ("POST", f"{MESSAGE}/edit"): (THEIRS, {"content": "Hi"}),
    ("POST", f"{MESSAGE}/continue"): (THEIRS, None),
    ("GET", f"{MESSAGE}/versions"): (THEIRS, None),
    ("POST", f"{MESSAGE}/decisions"): (THEIRS, {"call_id": "c", "decision": "once"}),
}
RULES |= {(method, IMPORT): (OWN, {} if method == "POST" else None) for method in METHODS}
