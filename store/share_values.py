"""A link to a chat for whoever has it: as it is made, as its owner sees it, and all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Literal, get_args

from store.values import SessionKey, StoredProfile

ShareMode = Literal["snapshot", "live"]
SHARE_MODES: tuple[ShareMode, ...] = get_args(ShareMode)
VIEWS_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Included:
    """What is visible besides the messages' texts.

    ``names`` are those of whoever shares it and of the personas.
    """

    files: bool = False
    tools: bool = False
    profiles: bool = False
    names: bool = False

    @classmethod
    def of(cls, kept: object) -> Included:
        """From the JSON object that is kept; what is not said is not visible."""
        said = kept if isinstance(kept, Mapping) else {}
        return cls(*(said.get(field.name) is True for field in fields(cls)))

    def as_json(self) -> dict[str, bool]:
        """The JSON object to keep."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShare:
    """What is said of a link when it is made.

    A snapshot has its ``title``, ends with the message ``leaf_id``, and keeps the ``results`` that
    it shows; ``name`` is whose it is.
    """

    mode: ShareMode
    expires_at: datetime
    include: Included = Included()
    password_hash: str | None = None
    view_limit: int | None = None
    title: str = ""
    name: str = ""
    leaf_id: int | None = None
    results: Sequence[StoredProfile] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """A link as its owner may see it; the token itself is not kept. ``title`` is the chat's."""

    share_id: str
    session_id: str
    title: str
    mode: ShareMode
    expires_at: datetime
    protected: bool
    view_limit: int | None
    views: int
    include: Included
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OpenShare:
    """One that leads somewhere now: which chat, and up to which message.

    ``title`` is as whoever opens it sees it, ``leaf_id`` None for a chat without messages.
    """

    key: SessionKey
    share_id: str
    mode: ShareMode
    title: str
    name: str
    leaf_id: int | None
    include: Included
    password_hash: str | None
    expires_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What is another as soon as a link shows something else: of the messages, the last one.

    ``computed`` is how many tables and charts that has. Of the analysis results of a live one, how
    many there are and when the newest came.
    """

    title: str
    leaf_id: int | None
    status: str = ""
    length: int = 0
    computed: int = 0
    results: tuple[int, datetime | None] = (0, None)
