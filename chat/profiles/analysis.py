"""A whole analysis: fetched, counted, read by the model, and put together as it is stored."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from chat.limits import counted
from chat.profiles import figures, words
from chat.profiles.choice import named, shown
from chat.profiles.result import AnalysisResult, Excerpt, Figures, ModelReading
from chat.profiles.source import Account, Means, Post
from chat.profiles.words import AskModel

POSTS, POST_TEXT = 200, 280
RESULT_CHARS = 290_000


async def analyze(
    source: str,
    handle: str,
    *,
    means: Means,
    ask: AskModel,
    model: str,
    offline: bool,
    status: Callable[[str], None],
) -> AnalysisResult:
    """The result for a chosen source and handle (see `choice.choose`); raises `ToolError`.

    ``status`` is told each stage. What takes the processor's time runs in threads.
    """
    kind, who, now = named(source), shown(handle, source), means.now
    status(f"Fetching {who} from {kind.place}…")
    account = await kind.fetch(means, handle, max(means.settings.profile_posts, kind.posts))
    own = [post for post in account.posts if not post.is_repost]
    posts = counted(len(own), "post")
    status(f"Parsing {posts}…")
    computed = await asyncio.to_thread(figures.compute, own, now())
    status(f"Analyzing {who}…")
    chars = min(words.CHARS, means.settings.context_tokens * 2)
    asked = await words.read_posts(own, ask=ask, model=model, offline=offline, chars=chars)
    result = await asyncio.to_thread(_result, account, own, computed, asked, now())
    status(f"Done: {who}, {posts}.")
    return result


def _result(
    account: Account, own: Sequence[Post], computed: Figures, asked: ModelReading, now: datetime
) -> AnalysisResult:
    newest = sorted(own, key=lambda post: post.created_at, reverse=True)
    reposts = len(account.posts) - len(own)
    note = f"{counted(reposts, 'repost')} of what others wrote left out."
    posts = tuple(
        Excerpt(post.id, post.url, post.text[:POST_TEXT], post.created_at.isoformat(), post.likes)
        for post in newest[:POSTS]
    )
    result = AnalysisResult(
        handle=account.handle,
        source=account.source,
        name=account.name,
        url=account.url,
        description=account.description,
        followers=account.followers,
        fetched_at=now.isoformat(timespec="seconds"),
        post_count=len(own),
        first_post_at=newest[-1].created_at.isoformat() if newest else None,
        last_post_at=newest[0].created_at.isoformat() if newest else None,
        notes=(*account.notes, *([note] if reposts else [])),
        computed=computed,
        asked=asked,
        posts=posts,
    )
    while len(json.dumps(result.as_json())) > RESULT_CHARS and posts:
        posts = posts[: len(posts) * 3 // 4]
        result = replace(result, posts=posts)
    return result
