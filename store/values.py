"""What enters and leaves the store: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol, get_type_hints
from uuid import uuid4

from store.asking import Ask
from store.file_values import StoredFile
from store.metadata import MessageMetadata, PersonaMark
from store.result_values import Computed

ProfilePlace = tuple[str, datetime, str]
"""Where a page of analysis results ended: source, time and handle of its last one."""
OPEN = ("queued", "streaming")
OWN = "own-"
"""What the ids of own personas begin with, so that none is ever called like one of the file."""


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

    def add_message(self, content: str) -> None:
        """A message that no model answers is about to be kept for them."""

    def ask_model(
        self, key: SessionKey, content: str = "", *, answer_id: int | None = None
    ) -> object:
        """A model is about to be asked in this session, with this new text, for this answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``versions`` are the ids of it and its siblings, oldest first.

    ``depth`` is its place on its branch, 1 at the root. Times ending in ``_ms`` are milliseconds.
    ``asks`` are what it waits for: until they are decided, nobody writes it. ``files`` are attached
    to it, ``results`` were computed for it; there are as many as their counts say.
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
    cached_tokens: int | None = None
    cost: float | None = None
    feedback: str | None = None
    bookmarked: bool = False
    asks: tuple[Ask, ...] = ()
    file_count: int = 0
    result_count: int = 0
    versions: tuple[int, ...] = ()
    files: tuple[StoredFile, ...] = ()
    results: tuple[Computed, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is still waiting or being written."""
        return self.status in OPEN


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
class PersonaField:
    """What a field of a persona is called in a sentence, and how much it holds.

    ``least`` and ``most`` are characters of a text, items of a list, or names with numbers.
    """

    words: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class PersonaDraft:
    """What is said of a persona; an empty greeting is one from its name.

    ``icon`` is a Material symbol as Streamlit writes it. ``tools`` are names of tools,
    ``mcp:<server>`` and ``mcp:*``. ``model`` and ``parameters`` hold where the session says
    nothing else.
    """

    name: Annotated[str, PersonaField("name", 1, 60)]
    icon: Annotated[str, PersonaField("icon", 1, 64)] = ":material/forum:"
    description: Annotated[str, PersonaField("description", 1, 200)] = ""
    greeting: Annotated[str, PersonaField("greeting", 1, 2_000)] = ""
    starters: Annotated[tuple[str, ...], PersonaField("starters", 0, 8)] = ()
    system_prompt: Annotated[str, PersonaField("system prompt", 1, 20_000)] = ""
    tools: Annotated[tuple[str, ...], PersonaField("tools", 0, 50)] = ()
    model: Annotated[str, PersonaField("model's name", 0, 200)] = ""
    parameters: Annotated[Mapping[str, float], PersonaField("parameters", 0, 6)] = field(
        default_factory=dict
    )


PERSONA_FIELDS: Mapping[str, PersonaField] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(PersonaDraft, include_extras=True).items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona(PersonaDraft):
    """One that can answer."""

    id: str

    @property
    def own(self) -> bool:
        """Whether somebody made it for themselves."""
        return self.id.startswith(OWN)

    @property
    def mark(self) -> PersonaMark:
        """What is kept with each answer of it."""
        return PersonaMark(self.id, self.name, self.icon)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPersona(Persona):
    """A persona that somebody made for themselves."""

    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """What a code is good for: for whom (None: somebody new), and with which role.

    ``made_by`` is the id of an administrator; None, a start's log or a version that kept none.
    """

    code_hash: str
    kind: str
    user_id: str | None
    role: str
    made_by: str | None
    expires_at: datetime


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
