"""X, by its API v2 with a bearer token."""

import re
from datetime import datetime
from functools import partial
from urllib.parse import quote

from chat.errors import ToolError
from chat.profiles import clean
from chat.profiles.ask_web import Api, NotThere, Person, PostPage, parsed
from chat.profiles.handles import of_account
from chat.profiles.source import Account, Means, Post, SourceKind
from chat.web.pages import at, items, record, records

PLACE = "X"
PAGE = 100
USER_FIELDS = "description,name,public_metrics,username"
POST_FIELDS = "created_at,entities,lang,note_tweet,public_metrics,referenced_tweets"
REFUSED = (
    "X refused the bearer token.",
    "Check PARLEY_X_BEARER_TOKEN, and what its plan may read.",
)


async def fetch(means: Means, handle: str, limit: int) -> Account:
    """Posts and replies of an account."""
    token = means.settings.x_bearer_token
    if token is None:
        raise ToolError(
            "X can only be read with a bearer token, and none is set.",
            "Set PARLEY_X_BEARER_TOKEN, upload the account's archive (tweets.js), or name "
            "another source.",
        )
    if not re.fullmatch(r"\w{1,50}", handle, re.ASCII):
        raise NotThere(handle, PLACE)
    sent = {"Authorization": f"Bearer {token.get_secret_value()}"}
    api = Api(means, means.settings.x_url.rstrip("/"), PLACE, sent, REFUSED)
    who = await api.read(f"/users/by/username/{handle}", {"user.fields": USER_FIELDS}, read_person)
    if who is None:
        raise NotThere(handle, PLACE)
    most = max(5, min(PAGE, limit))
    posts = await api.posts(
        f"/users/{quote(who.id, safe='')}/tweets",
        {"max_results": most, "exclude": "retweets", "tweet.fields": POST_FIELDS},
        "pagination_token",
        read_page,
        handle,
        means.now(),
        limit=limit,
        size=PAGE,
    )
    return Account(
        "x", handle, who.name, f"https://x.com/{handle}", who.description, who.followers, *posts
    )


def read_person(body: bytes, place: str) -> Person | None:
    """None when X knows nobody of that name."""
    who = record(parsed(body, place), "data")
    id_ = clean.line(who.get("id"), 100)
    if not id_:
        return None
    return Person(
        id_,
        clean.line(who.get("name")),
        description=clean.text(who.get("description"), 1_000),
        followers=clean.count(at(who, "public_metrics", "followers_count")),
    )


def read_page(body: bytes, place: str, handle: str, now: datetime) -> PostPage:
    """Posts of this account."""
    page = parsed(body, place)
    following = clean.line(at(page, "meta", "next_token"), 1_000)
    return PostPage.of(items(page, "data"), lambda item: _post(item, handle, now), following)


def _post(item: object, handle: str, now: datetime) -> Post | None:
    post, note = record(item), record(item, "note_tweet")
    written = clean.text(note.get("text")) or clean.text(post.get("text"))
    entities = record(note, "entities") or record(post, "entities")
    urls = (one.get("expanded_url") for one in records(entities, "urls"))
    names = (one.get("username") for one in records(entities, "mentions"))
    kinds = ("like_count", "retweet_count", "reply_count", "impression_count")
    return clean.post(
        post.get("id"),
        written,
        clean.moment(post.get("created_at"), now),
        url=f"https://x.com/{handle}/status/{clean.identifier(post.get('id'))}",
        counts=[at(post, "public_metrics", kind) for kind in kinds],
        spoken=post.get("lang"),
        links=clean.links("", urls) or clean.links(written),
        mentions=clean.mentions("", names) or clean.mentions(written),
        is_repost=any(one.get("type") == "retweeted" for one in records(post, "referenced_tweets")),
    )


SOURCE = SourceKind(
    name="x",
    title=PLACE,
    place=PLACE,
    hint="name",
    fetch=fetch,
    handle=partial(of_account, place=PLACE),
    aliases=("twitter", "x.com"),
    pages=(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/@?(\w+)/?",),
    takes_plain=True,
    has_key=lambda settings: settings.x_bearer_token is not None,
)
