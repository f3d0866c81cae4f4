"""The routes of folders and tags, and what is sent to them; all of them are by user id."""

from __future__ import annotations

from typing import Any

FOLDERS = "/users/{user_id}/folders"
ONE = f"{FOLDERS}/{{folder_id}}"
OF_FOLDERS: dict[tuple[str, str], dict[str, Any] | None] = {
    ("GET", FOLDERS): None,
    ("POST", FOLDERS): {"name": "Mine", "folder_id": "mine"},
    ("PATCH", ONE): {"name": "Taken over"},
    ("DELETE", ONE): None,
    ("GET", "/users/{user_id}/tags"): None,
}
