"""Bluesky, by its public API (``app.bsky.*``), which needs no key."""

from collections.abc import Mapping
from datetime import datetime

from chat.profiles import clean
from chat.profiles.ask_web import Api, NotThere, Person, PostPage, parsed
from chat.profiles.handles import LENGTH_MAX, no_handle, of_account
from chat.profiles.source import Account, Means, Post, SourceKind
from chat.web.pages import at, items, record, records

PLACE = "Bluesky"
PAGE = 100


async def fetch(means: Means, handle: str, limit: int) -> Account:
    """Posts and replies of an account."""
    api = Api(means, f"{means.settings.bluesky_url.rstrip('/')}/xrpc", PLACE)
    who = await api.read("/app.bsky.actor.getProfile", {"actor": handle}, read_person)
    if who is None:
        raise NotThere(handle, PLACE)
    posts = await api.posts(
        "/app.bsky.feed.getAuthorFeed",
        {"actor": handle, "limit": min(PAGE, limit), "filter": "posts_with_replies"},
        "cursor",
        read_page,
        handle,
        who.id,
        means.now(),
        limit=limit,
        size=PAGE,
    )
    return Account(
        "bluesky",
        handle,
        who.name,
        f"https://bsky.app/profile/{handle}",
        who.description,
        who.followers,
        *posts,
    )


def read_person(body: bytes, place: str) -> Person | None:
    """None when Bluesky knows nobody of that name; the id is what the author of posts has."""
    who = record(parsed(body, place))
    if not who:
        return None
    return Person(
        clean.line(who.get("did")),
        clean.line(who.get("displayName")),
        description=clean.text(who.get("description"), 1_000),
        followers=clean.count(who.get("followersCount")),
    )


def read_page(body: bytes, place: str, handle: str, did: str, now: datetime) -> PostPage:
    """Posts of this account, and what it passes on."""
    page = parsed(body, place)
    following = clean.line(at(page, "cursor"), 1_000)
    return PostPage.of(items(page, "feed"), lambda item: _post(item, handle, did, now), following)


def _post(item: object, handle: str, did: str, now: datetime) -> Post | None:
    post = record(item, "post")
    author, content = record(post, "author"), record(post, "record")
    times = (clean.moment(one, now) for one in (content.get("createdAt"), post.get("indexedAt")))
    key = clean.text(post.get("uri"), 1_000).rpartition("/")[2]
    by = clean.line(author.get("handle")).lower() or handle
    written = clean.text(content.get("text"))
    return clean.post(
        key,
        written,
        next(filter(None, times), None),
        url=f"https://bsky.app/profile/{by}/post/{key}",
        counts=[post.get(name) for name in ("likeCount", "repostCount", "replyCount")],
        spoken=next(iter(items(content, "langs")), None),
        links=clean.links(written, _linked(content)),
        mentions=clean.mentions(written),
        is_repost="Repost" in clean.line(at(item, "reason", "$type"))
        or author.get("did", did) != did,
    )


def _linked(content: Mapping[str, object]) -> list[object]:
    facets = records(content, "facets")
    inside = [one.get("uri") for facet in facets for one in records(facet, "features")]
    return [*inside, at(content, "embed", "external", "uri")]


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
    fetch=fetch,
    handle=_handle,
    aliases=("bsky",),
    pages=(r"https?://bsky\.app/profile/([\w.:-]+)/?",),
    own=r"[\w-]*+\.[\w.-]*+",
    takes_plain=True,
)
