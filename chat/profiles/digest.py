"""All that is counted of an account's posts, in a child process; see `Means.apart`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chat.profiles import figures
from chat.profiles.result import Excerpt
from chat.profiles.source import Account, Digest, Post

READ, NEWEST, READ_CHARS = 120, 80, 400
SHOWN, SHOWN_CHARS = 200, 280


def digested(account: Account, now: datetime) -> Digest:
    """What an analysis keeps of it."""
    own = [post for post in account.posts if not post.is_repost]
    newest = sorted(own, key=lambda post: post.created_at, reverse=True)
    read = [
        replace(post, text=post.text[:READ_CHARS], links=(), mentions=()) for post in chosen(newest)
    ]
    return Digest(
        account=replace(account, posts=tuple(read)),
        computed=figures.compute(own, now),
        own=len(own),
        reposts=len(account.posts) - len(own),
        first=newest[-1].created_at if newest else None,
        last=newest[0].created_at if newest else None,
        excerpts=tuple(map(_excerpt, newest[:SHOWN])),
    )


def chosen(posts: Sequence[Post]) -> list[Post]:
    """The newest 80, then those of the others that got most, 120 together."""
    newest = sorted(posts, key=lambda post: post.created_at, reverse=True)
    others = sorted(newest[NEWEST:], key=lambda post: post.engagement, reverse=True)
    return [*newest[:NEWEST], *others[: READ - NEWEST]]


def _excerpt(post: Post) -> Excerpt:
    written = post.text[:SHOWN_CHARS]
    return Excerpt(post.id, post.url, written, post.created_at.isoformat(), post.likes)
