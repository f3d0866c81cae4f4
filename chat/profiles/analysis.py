"""A whole analysis: fetched, counted, read by the model, and put together as it is stored."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from chat.config import Settings
from chat.errors import ToolError
from chat.profiles import figures, words
from chat.profiles.account import Account, Post, Source
from chat.profiles.bluesky import Bluesky
from chat.profiles.feed import Feed
from chat.profiles.handles import SOURCES
from chat.profiles.handles import shown as shown_as
from chat.profiles.mastodon import Mastodon
from chat.profiles.upload import Upload
from chat.profiles.words import Ask
from chat.profiles.x import X
from chat.web.web import Web

UPLOADED_POSTS = 5_000
POSTS, POST_TEXT = 200, 280
RESULT_CHARS = 290_000


async def analyze(
    source: str,
    handle: str,
    *,
    settings: Settings,
    web: Web,
    ask: Ask,
    model: str,
    offline: bool,
    now: Callable[[], datetime],
    status: Callable[[str], None],
    upload: tuple[str, bytes] | None = None,
) -> dict[str, Any]:
    """The result for a chosen source and handle (see `handles.choose`); raises `ToolError`.

    ``status`` is told each stage. What takes the processor's time runs in threads.
    """
    shown = shown_as(handle, source)
    place, limit = origin(source, settings, web, now, upload)
    status(f"Fetching {shown} from {SOURCES[source]}…")
    warming = asyncio.create_task(asyncio.to_thread(importlib.import_module, "pandas"))
    try:
        account = await place.fetch(handle, limit)
    finally:
        await asyncio.gather(warming, return_exceptions=True)
    own = [post for post in account.posts if not post.is_repost]
    status(f"Parsing {_posts(len(own))}…")
    computed = await asyncio.to_thread(figures.compute, own, now())
    status(f"Analyzing {shown}…")
    chars = min(words.CHARS, settings.context_tokens * 2)
    asked = await words.read_posts(own, ask=ask, model=model, offline=offline, chars=chars)
    result = await asyncio.to_thread(_result, account, own, computed, asked, now())
    status(f"Done: {shown}, {_posts(len(own))}.")
    return result


def origin(
    source: str,
    settings: Settings,
    web: Web,
    now: Callable[[], datetime],
    upload: tuple[str, bytes] | None,
) -> tuple[Source, int]:
    """The source of that name, and how many posts are to be had from it."""
    if upload is not None:
        return Upload(*upload, now), max(settings.profile_posts, UPLOADED_POSTS)
    token = settings.x_bearer_token.get_secret_value() if settings.x_bearer_token else ""
    makers: dict[str, Callable[[], Source]] = {
        "bluesky": lambda: Bluesky(web, settings.bluesky_url, now),
        "mastodon": lambda: Mastodon(web, settings.mastodon_url, now),
        "x": lambda: X(web, settings.x_url, token, now),
        "feed": lambda: Feed(web, now),
    }
    if source not in makers:
        raise ToolError("There is no file to analyze.", "Upload one in the profiles panel.")
    return makers[source](), settings.profile_posts


def _result(
    account: Account, own: Sequence[Post], computed: Any, asked: Any, now: datetime
) -> dict[str, Any]:
    newest = sorted(own, key=lambda post: post.created_at, reverse=True)
    reposts = len(account.posts) - len(own)
    what = "1 repost" if reposts == 1 else f"{reposts:,} reposts"
    note = f"{what} of what others wrote left out."
    result = {
        "handle": account.handle,
        "source": account.source,
        "name": account.name,
        "url": account.url,
        "description": account.description,
        "followers": account.followers,
        "fetched_at": now.isoformat(timespec="seconds"),
        "post_count": len(own),
        "first_post_at": newest[-1].created_at.isoformat() if newest else None,
        "last_post_at": newest[0].created_at.isoformat() if newest else None,
        "notes": [*account.notes, *([note] if reposts else [])],
        "computed": computed,
        "asked": asked,
        "posts": [_compact(post) for post in newest[:POSTS]],
    }
    while len(json.dumps(result)) > RESULT_CHARS and result["posts"]:
        result["posts"] = result["posts"][: len(result["posts"]) * 3 // 4]
    return result


def _compact(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "url": post.url,
        "text": post.text[:POST_TEXT],
        "created_at": post.created_at.isoformat(),
        "likes": post.likes,
    }


def _posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count:,} posts"
