"""What a source of posts is: how it is called, which handles are its own, what it gives.

Settings and web are only named here: what child processes read with must not import them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from chat.profiles.result import Excerpt, Figures

if TYPE_CHECKING:
    from chat.config import Settings
    from chat.web.web import Web
    from chat.work.pool import Pool

T = TypeVar("T")
TS = TypeVarTuple("TS")


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

    @property
    def own(self) -> int:
        """How many of the posts are its own."""
        return sum(not post.is_repost for post in self.posts)


def newest(found: Iterable[Post], limit: int) -> list[Post]:
    """Newest first, up to ``limit`` of the author's own and the reposts between them."""
    kept, own = [], 0
    for post in sorted(found, key=lambda one: one.created_at, reverse=True):
        own += not post.is_repost
        if own > limit:
            break
        kept.append(post)
    return kept


@dataclass(frozen=True, slots=True)
class Digest:
    """What an analysis keeps of an account, whose posts are those that a model is to read.

    How many posts are its ``own`` and how many ``reposts``; of its own the times of the ``first``
    and the ``last``, and of the newest ones what is shown.
    """

    account: Account
    computed: Figures
    own: int
    reposts: int
    first: datetime | None
    last: datetime | None
    excerpts: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True)
class Means:
    """What accounts are fetched with, for whom; ``upload`` is a file's name and bytes."""

    settings: Settings
    web: Web
    work: Pool
    now: Callable[[], datetime]
    upload: tuple[str, bytes] | None = None
    user_id: str = ""

    async def apart(self, function: Callable[[*TS], T], *arguments: *TS) -> T:
        """Done in a child process, see `Pool.run`; all that reads what came from outside is."""
        return await self.work.run(self.user_id, function, *arguments)


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One of `chat.profiles.sources`; ``name`` is what is stored, and what the API calls it.

    ``title`` stands alone and ``place`` in a sentence ("from a feed"); ``mark`` is before each
    handle. ``fetch`` gives an account with about so many of its newest posts, or its digest where
    all is read at once, ``handle`` a handle as it is called there; both raise `ToolError`.
    Patterns match as a whole: ``pages`` addresses of an account, whose first group is its handle;
    ``own`` handles that can only be meant here.
    A handle that says nothing is looked for where ``takes_plain``, first where ``has_key``.
    ``posts`` are read at least, whatever is set.
    """

    name: str
    title: str
    place: str
    hint: str
    fetch: Callable[[Means, str, int], Awaitable[Account | Digest]]
    handle: Callable[[str], str]
    mark: str = "@"
    aliases: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    own: str = ""
    takes_plain: bool = False
    has_key: Callable[[Settings], bool] = lambda _: False
    posts: int = 0
