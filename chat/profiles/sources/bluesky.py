"""Bluesky, by its public API (``app.bsky.*``), which needs no key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chat.profiles import ask_web, clean
from chat.profiles.account import Account, Post
from chat.profiles.ask_web import NotThere
from chat.profiles.handles import LENGTH_MAX, no_handle, of_account
from chat.profiles.source import Means, SourceKind

PLACE = "Bluesky"
PAGE = 100


class Bluesky:
    """Posts and replies of an account."""

    def __init__(self, means: Means) -> None:
        self._web, self._now = means.web, means.now
        self._base = means.settings.bluesky_url.rstrip("/") + "/xrpc"

    async def fetch(self, handle: str, limit: int) -> Account:
        """See `Source`."""
        url = f"{self._base}/app.bsky.actor.getProfile"
        who = clean.record(await ask_web.json(self._web, url, PLACE, {"actor": handle}))
        if not who:
            raise NotThere(handle, PLACE)
        did = who.get("did")

        async def turn(cursor: str) -> tuple[list[Post], str]:
            params: dict[str, str | int] = {"actor": handle, "limit": min(PAGE, limit)}
            params["filter"] = "posts_with_replies"
            if cursor:
                params["cursor"] = cursor
            url = f"{self._base}/app.bsky.feed.getAuthorFeed"
            page = clean.record(await ask_web.posts(self._web, url, PLACE, params))
            read = (_post(one, handle, did, self._now()) for one in clean.items(page.get("feed")))
            return [post for post in read if post], clean.line(page.get("cursor"), 1_000)

        posts, notes = await ask_web.collect(turn, limit, PAGE)
        return Account(
            "bluesky",
            handle,
            clean.line(who.get("displayName")),
            f"https://bsky.app/profile/{handle}",
            clean.text(who.get("description"), 1_000),
            clean.count(who.get("followersCount")),
            tuple(posts),
            tuple(notes),
        )


def _post(item: object, handle: str, did: object, now: datetime) -> Post | None:
    entry = clean.record(item)
    post = clean.record(entry.get("post"))
    author, content = clean.record(post.get("author")), clean.record(post.get("record"))
    created_at = clean.moment(content.get("createdAt"), now) or clean.moment(
        post.get("indexedAt"), now
    )
    uri = clean.text(post.get("uri"), 1_000)
    key = uri.rpartition("/")[2]
    if not key or created_at is None:
        return None
    by = clean.line(author.get("handle")).lower()
    repost = "Repost" in clean.line(clean.record(entry.get("reason")).get("$type"))
    written = clean.text(content.get("text"))
    languages = clean.items(content.get("langs"))
    return Post(
        clean.identifier(key),
        written,
        created_at,
        clean.web_url(f"https://bsky.app/profile/{by or handle}/post/{key}"),
        clean.count(post.get("likeCount")),
        clean.count(post.get("repostCount")),
        clean.count(post.get("replyCount")),
        None,
        clean.language(languages[0]) if languages else "",
        clean.links(written, _linked(content)),
        clean.mentions(written),
        repost or author.get("did", did) != did,
    )


def _linked(content: Mapping[str, object]) -> list[object]:
    facets = (clean.record(one) for one in clean.items(content.get("facets")))
    features = (clean.record(one) for f in facets for one in clean.items(f.get("features")))
    external = clean.record(clean.record(content.get("embed")).get("external"))
    return [*(feature.get("uri") for feature in features), external.get("uri")]


def _handle(written: str) -> str:
    name = of_account(written, place=PLACE)
    name = name if "." in name else f"{name}.bsky.social"
    if len(name) > LENGTH_MAX:
        raise no_handle(written)
    return name


SOURCE = SourceKind(
    name="bluesky",
    title=PLACE,
    place=PLACE,
    hint="name.bsky.social",
    make=Bluesky,
    handle=_handle,
    aliases=("bsky",),
    pages=(r"https?://bsky\.app/profile/([\w.:-]+)/?",),
    own=r"[\w.-]*\.[\w.-]*",
    takes_plain=True,
)
