"""Questions to the sources' APIs: what went wrong there, in words; pages until there is enough.

What they answer is read in a child process, by functions of the sources that get the body and
the name of the place.
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar, TypeVarTuple

from chat.errors import ToolError
from chat.profiles.source import Means, Post, newest
from chat.web.pages import Page, WebError

FETCH_SECONDS = 50.0
NOT_THERE = frozenset({400, 404, 410, 422})
ITEMS_MAX = 200

Params = Mapping[str, str | int]
T = TypeVar("T")
TS = TypeVarTuple("TS")


class NotThere(ToolError):
    """The source knows no such account."""

    def __init__(self, handle: str, place: str) -> None:
        super().__init__(
            f"There is no account @{handle.lstrip('@')} on {place}.",
            "Check how it is written, or name another source.",
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Who an account's posts are of; ``id`` is what the source's API calls them."""

    id: str
    name: str = ""
    url: str = ""
    description: str = ""
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class PostPage:
    """Some of their posts, and the cursor for the next ones (empty: the end)."""

    posts: tuple[Post, ...]
    cursor: str

    @classmethod
    def of(cls, found: list[object], post: Callable[[object], Post | None], cursor: str) -> Self:
        """What these items are, up to twice as many as any source gives at once."""
        return cls(tuple(filter(None, map(post, found[:ITEMS_MAX]))), cursor)


def parsed(body: bytes, place: str) -> object:
    """The JSON that a source sent; raises `ToolError`."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        text = f"{place} sent something that is no JSON."
        raise ToolError(text, "Try again later; if it stays, check the address.") from None
    return found


@dataclass(frozen=True, slots=True)
class Api:
    """Where a source is asked; ``refused`` are message and fix for a key that it does not take."""

    means: Means
    base: str
    place: str
    headers: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, str] | None = None

    async def page(self, path: str, params: Params | None = None) -> Page | None:
        """What is there; None when the source says that there is no such thing."""
        try:
            return await self.means.web.get(
                f"{self.base}{path}", params=params, headers=self.headers
            )
        except WebError as error:
            if error.http_status in NOT_THERE:
                return None
            if self.refused and error.http_status in (401, 403):
                raise ToolError(*self.refused) from error
            raise ToolError(
                f"{self.place} could not be read: {error.message}", error.fix
            ) from error

    async def read(
        self, path: str, params: Params, reading: Callable[[bytes, str, *TS], T], *arguments: *TS
    ) -> T | None:
        """What is read there; None when the source says that there is no such thing."""
        found = await self.page(path, params)
        if found is None:
            return None
        return await self.means.apart(reading, found.body, self.place, *arguments)

    async def posts(
        self,
        path: str,
        params: Params,
        cursor: str,
        reading: Callable[[bytes, str, *TS], PostPage],
        *arguments: *TS,
        limit: int,
        size: int,
    ) -> tuple[tuple[Post, ...], tuple[str, ...]]:
        """Those of an account that is there, and notes; see `collect`.

        ``cursor`` is the parameter for the next page.
        """

        async def turn(after: str) -> PostPage:
            asked = {**params, **({cursor: after} if after else {})}
            found = await self.read(path, asked, reading, *arguments)
            if found is None:
                text = f"{self.place} does not give the posts of this account."
                raise ToolError(text, "Try another source.")
            return found

        posts, notes = await collect(turn, limit, size)
        return tuple(posts), tuple(notes)


NextPage = Callable[[str], Awaitable[PostPage]]
"""From a cursor (empty: from the start) to the page there."""


async def collect(
    next_page: NextPage, limit: int, size: int, *, clock: Callable[[], float] = time.monotonic
) -> tuple[list[Post], list[str]]:
    """Posts of the author's own up to ``limit``, reposts besides them; and what is to be said.

    Ends, whatever the source sends: after a bounded number of pages, some time, a cursor that
    was there before, or two pages with nothing new. What came before a failure is kept.
    """
    found: dict[str, Post] = {}
    seen = {""}
    notes: list[str] = []
    cursor, own, idle = "", 0, 0
    deadline = clock() + FETCH_SECONDS
    for number in range(3 * (limit // size + 1) + 3):
        try:
            page = await next_page(cursor)
        except ToolError as error:
            if not number:
                raise
            notes.append(f"Reading stopped early. {error}")
            break
        before, cursor = len(found), page.cursor
        found.update((post.id, post) for post in page.posts if post.id not in found)
        own = sum(not post.is_repost for post in found.values())
        idle = 0 if len(found) > before else idle + 1
        if own >= limit or not cursor or cursor in seen or idle == 2:
            break
        seen.add(cursor)
        if clock() > deadline:
            notes.append(f"Reading took too long and was stopped after {own} posts.")
            break
    else:
        notes.append(f"The source has more pages; reading stopped after {own} posts.")
    return newest(found.values(), limit), notes
