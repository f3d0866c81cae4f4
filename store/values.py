"""What enters and leaves the store: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from store.metadata import MessageMetadata

OPEN = ("queued", "streaming")


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Names one session of one user; no query reaches a session without it."""

    user_id: str
    session_id: str

    @classmethod
    def new(cls, user_id: str) -> SessionKey:
        """Of a session that is not there yet."""
        return cls(user_id, uuid4().hex)


class Allowance(Protocol):
    """What somebody may still use up; asked, inside the transaction, before anything that costs.

    Each raises whatever refuses it.
    """

    def add_session(self) -> None:
        """One more session is about to be kept for them."""

    def ask_model(self, key: SessionKey, content: str = "") -> None:
        """A model is about to be asked in this session, with this new text."""


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
    tools_used: list[Mapping[str, object]]
    metadata: MessageMetadata
    created_at: datetime
    error_code: str | None = None
    error_message: str | None = None
    model: str = ""
    processing_time_ms: int | None = None
    first_token_ms: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    feedback: str | None = None
    bookmarked: bool = False
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
    parameters: Mapping[str, object]
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
