"""Questions to the sources' APIs: what went wrong there, in words; pages until there is enough."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from chat.errors import ToolError
from chat.profiles.source import Post
from chat.web.pages import Page, WebError
from chat.web.web import Web

FETCH_SECONDS = 50.0
NOT_THERE = frozenset({400, 404, 410, 422})

Params = Mapping[str, str | int]


class NotThere(ToolError):
    """The source knows no such account."""

    def __init__(self, handle: str, place: str) -> None:
        super().__init__(
            f"There is no account @{handle.lstrip('@')} on {place}.",
            "Check how it is written, or name another source.",
        )


@dataclass(frozen=True, slots=True)
class Api:
    """Where a source is asked; ``refused`` are message and fix for a key that it does not take."""

    web: Web
    base: str
    place: str
    headers: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, str] | None = None

    async def page(self, path: str, params: Params | None = None) -> Page | None:
        """What is there; None when the source says that there is no such thing."""
        try:
            return await self.web.get(f"{self.base}{path}", params=params, headers=self.headers)
        except WebError as error:
            if error.http_status in NOT_THERE:
                return None
            if self.refused and error.http_status in (401, 403):
                raise ToolError(*self.refused) from error
            raise ToolError(
                f"{self.place} could not be read: {error.message}", error.fix
            ) from error

    async def json(self, path: str, params: Params) -> object:
        """The JSON there; None when the source says that there is no such thing."""
        found = await self.page(path, params)
        try:
            return found and found.json()
        except (ValueError, RecursionError):
            text = f"{self.place} sent something that is no JSON."
            raise ToolError(text, "Try again later; if it stays, check the address.") from None

    async def posts(
        self,
        path: str,
        params: Params,
        cursor: str,
        split: Callable[[object], tuple[Iterable[object], str]],
        post: Callable[[object], Post | None],
        *,
        limit: int,
        size: int,
    ) -> tuple[tuple[Post, ...], tuple[str, ...]]:
        """Those of an account that is there, and notes; see `collect`.

        ``cursor`` is the parameter for the next page; ``split`` gives a page's items and the next
        cursor, and ``post`` what an item is.
        """

        async def turn(after: str) -> tuple[list[Post], str]:
            found = await self.json(path, {**params, **({cursor: after} if after else {})})
            if found is None:
                text = f"{self.place} does not give the posts of this account."
                raise ToolError(text, "Try another source.")
            items, following = split(found)
            return [one for one in map(post, items) if one], following

        posts, notes = await collect(turn, limit, size)
        return tuple(posts), tuple(notes)


NextPage = Callable[[str], Awaitable[tuple[list[Post], str]]]
"""From a cursor (empty: from the start) to a page's posts and the next cursor (empty: the end)."""


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
            posts, cursor = await next_page(cursor)
        except ToolError as error:
            if not number:
                raise
            notes.append(f"Reading stopped early. {error}")
            break
        before = len(found)
        found.update((post.id, post) for post in posts if post.id not in found)
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


def newest(found: Iterable[Post], limit: int) -> list[Post]:
    """Newest first, up to ``limit`` of the author's own and the reposts between them."""
    kept, own = [], 0
    for post in sorted(found, key=lambda one: one.created_at, reverse=True):
        own += not post.is_repost
        if own > limit:
            break
        kept.append(post)
    return kept
