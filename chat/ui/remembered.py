"""What a tab remembers of one thing: what can be undone, which chats it lists, what begins."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal
from uuid import uuid4

from store.session_filters import Chosen
from store.session_values import DEFAULT_PERSONA, NewSession, SessionChanges
from store.share_values import OpenShare
from store.unused import UnusedChat
from store.values import SessionKey

UNDO_SECONDS = 30.0


@dataclass
class Undo:
    """What can be taken back: chats put into the trash, archived or cleared.

    Or a message of one, or its bookmark; of chats moved or tagged, what they had ``before``.
    """

    action: Literal["trash", "archive", "message", "clear", "bookmark", "order"]
    text: str
    session_ids: tuple[str, ...]
    message_id: int | None = None
    before: Mapping[SessionKey, SessionChanges] = field(default_factory=dict)
    until: float = field(default_factory=lambda: time.monotonic() + UNDO_SECONDS)


@dataclass(frozen=True)
class Filter:
    """Which chats the list has, all of them as it is; an empty ``folder``: those in none.

    ``only`` are some of `unread`, `bookmarked`, `has_files` and `archived`.
    """

    folder: str | None = None
    tag: str | None = None
    persona: str | None = None
    only: tuple[str, ...] = ()

    def chosen(self) -> Chosen:
        """For the store; besides whether they are archived."""
        return {
            "folder": self.folder,
            "tag": self.tag,
            "persona": self.persona,
            "unread": True if "unread" in self.only else None,
            "bookmarked": True if "bookmarked" in self.only else None,
            "has_files": True if "has_files" in self.only else None,
        }

    def asked(self) -> dict[str, str]:
        """As the API is asked for the same list."""
        said = {"folder": self.folder, "tag": self.tag, "persona": self.persona}
        named = {name: value for name, value in said.items() if value is not None}
        return named | dict.fromkeys(self.only, "true")


@dataclass
class Draft:
    """Choices for the chat that begins with the next message."""

    persona: str = ""
    model: str = ""
    parameters: dict[str, object] = field(default_factory=dict)
    temporary: bool = False
    folder: str | None = None

    def session(self) -> NewSession:
        """The chat that begins."""
        persona = self.persona or DEFAULT_PERSONA
        return NewSession(
            persona=persona,
            model=self.model,
            parameters=self.parameters,
            temporary=self.temporary,
            folder=self.folder,
        )

    def chosen(self) -> dict[str, object]:
        """What of it is not as always, for the browser, where that chat begins."""
        return {name: value for name, value in asdict(self.session()).items() if value}


@dataclass
class Reading:
    """A link to somebody's chat that this tab has opened, and how many messages it shows at most.

    Until it ends, however often others open it.
    """

    token: str
    share: OpenShare
    most: int


@dataclass
class DryRun:
    """Which chats would go by the rules of retention, as they were listed; ``count``: all of them.

    So many of the list are ``shown``.
    """

    chats: tuple[UnusedChat, ...]
    count: int
    shown: int = 30


@dataclass
class Spot:
    """A message that somebody came for; ``before`` and ``after`` it so many others are shown.

    ``after`` is None where the end of its branch is on screen. It ``is_new`` until its branch is
    the one on screen; ``id`` tells the browser which it has marked already.
    """

    message_id: int
    before: int = 4
    after: int | None = 15
    is_new: bool = True
    id: str = field(default_factory=lambda: uuid4().hex[:8])
