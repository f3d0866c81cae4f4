"""What leaves the store: frozen values, never rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.errors import Refused

TITLE_MAX = 200
TITLE_CUT = 50
PREVIEW_CUT = 60
SEARCH_MAX = 200
OPEN = ("queued", "streaming")

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as a list shows it; reading it touches no message."""

    session_id: str
    title: str
    preview: str
    persona: str
    message_count: int
    is_active: bool
    pinned: bool
    folder: str | None
    archived_at: datetime | None
    deleted_at: datetime | None
    created_at: datetime
    last_activity_at: datetime


@dataclass(frozen=True, slots=True)
class ChatSession(SessionSummary):
    """A session with everything that is its own, except its messages."""

    title_source: str
    description: str
    model: str
    parameters: Mapping[str, Any]
    context: Mapping[str, Any]
    metadata: Mapping[str, Any]
    active_leaf_id: int | None
    prompt_tokens: int
    completion_tokens: int
    cost: float
    expires_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``versions`` are the ids of it and its siblings, oldest first.

    ``depth`` is its place on its branch, 1 at the root. Times ending in ``_ms`` are milliseconds.
    """

    session_id: str
    id: int
    parent_id: int | None
    depth: int
    role: str
    content: str
    status: str
    error_code: str | None
    error_message: str | None
    model: str
    tools_used: list[Any]
    processing_time_ms: int | None
    first_token_ms: int | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    feedback: str | None
    bookmarked: bool
    metadata: Mapping[str, Any]
    created_at: datetime
    versions: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is still waiting or being written."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class ProfilePlace:
    """Where a page of analysis results ended: what their list is ordered by, of its last one."""

    source: str
    created_at: datetime
    handle: str


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """An analysis result under its source and handle; ``result`` is the JSON as it was stored."""

    source: str
    handle: str
    result: object
    created_at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """Somebody; ``role`` is ``admin``, ``user`` or ``guest``. Passwords stay in `store.users`."""

    id: str
    username: str
    email: str | None
    display_name: str
    role: str
    created_at: datetime
    last_seen_at: datetime | None
    disabled_at: datetime | None
    tokens_valid_after: datetime | None
    subject: str | None
    preferences: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What to call them."""
        return self.display_name or self.username


@dataclass(frozen=True, slots=True)
class ApiToken:
    """An API token as its owner may see it; the token itself is not kept."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnPersona:
    """A persona that somebody made for themselves."""

    id: str
    name: str
    icon: str
    description: str
    greeting: str
    starters: tuple[str, ...]
    system_prompt: str
    tools: tuple[str, ...]
    model: str
    parameters: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was good: what for, for whom (None: somebody new), and with which role."""

    kind: str
    user_id: str | None
    role: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over a user's sessions outside the trash; ``trashed`` are those in it."""

    sessions: int
    archived: int
    trashed: int
    messages: int
    prompt_tokens: int
    completion_tokens: int
    cost: float


def is_id(text: str) -> bool:
    """Whether a client may use it as an id: 1-64 of ``A-Za-z0-9_-``."""
    return bool(_ID.match(text))


def storable(text: str) -> str:
    """The text itself; raises `Refused` for what no database can keep as text."""
    if _UNSTORABLE.search(text):
        raise Refused(
            "The text has characters that are not text (NUL or half a surrogate pair).",
            "Remove them; a file with such characters can be pasted as Base64.",
        )
    return text


def repaired(text: str) -> str:
    """The text with what cannot be stored replaced by U+FFFD; for text that a model sent."""
    return _UNSTORABLE.sub("\ufffd", text)


def check_title(title: str) -> str:
    """The title without surrounding space; raises `Refused` when empty or too long."""
    title = " ".join(storable(title).split())
    if not title:
        raise Refused("The title is empty.", "Type a title.")
    if len(title) > TITLE_MAX:
        raise Refused(
            f"The title has {len(title)} characters.", f"Use at most {TITLE_MAX} characters."
        )
    return title


def cut(text: str, limit: int) -> str:
    """One line of at most ``limit`` characters, cut at a word, with … where it was cut."""
    line = " ".join(text.split(maxsplit=limit))
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    at_word = head[: head.rfind(" ")] if " " in head and line[limit - 1] != " " else head
    return at_word.rstrip(" ,.;:") + "…"
