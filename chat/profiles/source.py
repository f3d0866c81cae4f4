"""What a source of posts is: how it is called, which handles are its own, what it gives."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from chat.config import Settings
from chat.web.web import Web


@dataclass(frozen=True, slots=True)
class Post:
    """One post; numbers are None where the source does not say them, times are aware UTC.

    ``mentions`` have their @; ``is_repost``: somebody else wrote it.
    """

    id: str
    text: str
    created_at: datetime
    url: str = ""
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None
    language: str = ""
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    is_repost: bool = False

    @property
    def engagement(self) -> int:
        """Likes, reposts and replies together."""
        return (self.likes or 0) + (self.reposts or 0) + (self.replies or 0)


@dataclass(frozen=True, slots=True)
class Account:
    """Who, and what they posted; ``notes`` say for people what is missing or was left out."""

    source: str
    handle: str
    name: str = ""
    url: str = ""
    description: str = ""
    followers: int | None = None
    posts: tuple[Post, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Means:
    """What accounts are fetched with; ``upload`` is a file's name and bytes."""

    settings: Settings
    web: Web
    now: Callable[[], datetime]
    upload: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One of `chat.profiles.sources`; ``name`` is what is stored, and what the API calls it.

    ``title`` stands alone and ``place`` in a sentence ("from a feed"); ``mark`` is before each
    handle. ``fetch`` gives an account with about so many of its newest posts, ``handle`` a handle
    as it is called there; both raise `ToolError`. Patterns match as a whole: ``pages`` addresses
    of an account, whose first group is its handle; ``own`` handles that can only be meant here.
    A handle that says nothing is looked for where ``takes_plain``, first where ``has_key``.
    ``posts`` are read at least, whatever is set.
    """

    name: str
    title: str
    place: str
    hint: str
    fetch: Callable[[Means, str, int], Awaitable[Account]]
    handle: Callable[[str], str]
    mark: str = "@"
    aliases: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    own: str = ""
    takes_plain: bool = False
    has_key: Callable[[Settings], bool] = lambda _: False
    posts: int = 0
