"""A whole analysis: fetched, counted, read by the model, and put together as it is stored."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chat.limits.terms import USUAL, Terms
from chat.limits.words import counted
from chat.profiles import words
from chat.profiles.choice import named, shown
from chat.profiles.digest import digested
from chat.profiles.result import AnalysisResult, ModelReading
from chat.profiles.source import Digest, Means
from chat.profiles.words import AskModel

RESULT_CHARS = 290_000


async def analyze(
    source: str,
    handle: str,
    *,
    means: Means,
    ask: AskModel,
    model: str,
    offline: bool,
    terms: Terms = USUAL,
    status: Callable[[str], None],
) -> AnalysisResult:
    """The result for a chosen source and handle (see `choice.choose`); raises `ToolError`.

    ``status`` is told each stage. What came from outside is read by child processes.
    """
    kind, who, now = named(source), shown(handle, source), means.now
    status(f"Fetching {who} from {kind.place}…")
    found = await kind.fetch(means, handle, max(means.settings.profile_posts, kind.posts))
    posts = counted(found.own, "post")
    status(f"Parsing {posts}…")
    digest = found if isinstance(found, Digest) else await means.apart(digested, found, now())
    status(f"Analyzing {who}…")
    chars = min(words.CHARS, terms.at_most(means.settings.context_tokens) * 2)
    asked = await words.read_posts(
        digest.account.posts, ask=ask, model=model, offline=offline, chars=chars
    )
    result = await asyncio.to_thread(_result, digest, asked, now())
    status(f"Done: {who}, {posts}.")
    return result


def _result(digest: Digest, asked: ModelReading, now: datetime) -> AnalysisResult:
    account, posts = digest.account, digest.excerpts
    note = f"{counted(digest.reposts, 'repost')} of what others wrote left out."
    result = AnalysisResult(
        handle=account.handle,
        source=account.source,
        name=account.name,
        url=account.url,
        description=account.description,
        followers=account.followers,
        fetched_at=now.isoformat(timespec="seconds"),
        post_count=digest.own,
        first_post_at=digest.first.isoformat() if digest.first else None,
        last_post_at=digest.last.isoformat() if digest.last else None,
        notes=(*account.notes, *([note] if digest.reposts else [])),
        computed=digest.computed,
        asked=asked,
        posts=posts,
    )
    while len(json.dumps(result.as_json())) > RESULT_CHARS and posts:
        posts = posts[: len(posts) * 3 // 4]
        result = replace(result, posts=posts)
    return result
