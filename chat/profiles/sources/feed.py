"""An RSS or Atom feed, that of a Nitter instance too."""

import calendar
import re
import time
from collections.abc import Mapping
from datetime import datetime

from chat.errors import ToolError
from chat.profiles import clean
from chat.profiles.ask_web import Api
from chat.profiles.digest import digested
from chat.profiles.handles import is_address, normalized
from chat.profiles.source import Account, Digest, Means, Post, SourceKind, newest
from chat.web.pages import records

BYTES_MAX = 2_000_000
_BEGINS = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_REPOST = re.compile(r"RT (?:by )?@\w{1,50}:")


async def fetch(means: Means, handle: str, limit: int) -> Digest:
    """The handle is the feed's address; feeds have one page."""
    found = await Api(means, handle, "The feed").page("")
    if found is None:
        raise ToolError(f"There is no feed at {handle}.", "Check the address.")
    if len(found.body) > BYTES_MAX:
        raise ToolError(f"The feed at {handle} is too large.", "Feeds up to 2 MB are read.")
    return await means.apart(read_digest, found.body, handle, limit, means.now())


def read_digest(body: bytes, handle: str, limit: int, now: datetime) -> Digest:
    """What is kept of a feed; see `read`."""
    return digested(read(body, handle, limit, now), now)


def read(body: bytes, handle: str, limit: int, now: datetime) -> Account:
    """The feed as an account; entries without a time are counted and left out.

    Raises `ToolError` for what is no feed, and for one that declares entities.
    """
    plain = body.replace(b"\0", b"")  # so that UTF-16 is looked at too
    if not _BEGINS.search(plain[:40_000]) or _ENTITY.search(plain):
        raise _no_feed(handle)
    import feedparser  # type: ignore[import-untyped]

    parsed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version"):
        raise _no_feed(handle)
    about = parsed.feed
    posts: dict[str, Post] = {}
    for entry in parsed.entries:
        if post := _post(entry, now):
            posts.setdefault(post.id, post)
    left_out = len(parsed.entries) - len(posts)
    note = f"{left_out} entries of the feed have no usable time or came twice; left out."
    return Account(
        "feed",
        handle,
        clean.line(about.get("title")),
        clean.web_url(about.get("link")),
        clean.plain(about.get("subtitle"))[:1_000],
        None,
        tuple(newest(posts.values(), limit)),
        (note,) if left_out else (),
    )


def _post(entry: Mapping[str, object], now: datetime) -> Post | None:
    when = entry.get("published_parsed") or entry.get("updated_parsed")
    moment = calendar.timegm(when) if isinstance(when, time.struct_time) else None
    url = clean.web_url(entry.get("link"))
    title = clean.plain(entry.get("title"))
    content = next(iter(records(entry, "content")), {})
    markup = content.get("value") or entry.get("summary") or ""
    body = clean.plain(markup)
    written = body if _same(title, body) else f"{title}\n\n{body}".strip()
    inside = re.findall(r"href=[\"'](https?://[^\"'\s]{1,500})", str(markup))[:20]
    return clean.post(
        entry.get("id") or url or f"{when} {written}",
        clean.text(written),
        clean.moment(moment, now),
        url=url,
        spoken=content.get("language"),
        links=clean.links(written, inside),
        mentions=clean.mentions(written),
        is_repost=bool(_REPOST.match(title)),
    )


def _same(title: str, body: str) -> bool:
    """Whether the title only repeats how the text begins, as it does where posts have none."""
    first, second = " ".join(title.split()).rstrip("…. "), " ".join(body.split())
    return bool(second) and second.startswith(first)


def _no_feed(handle: str) -> ToolError:
    return ToolError(
        f"There is no feed at {handle} that can be read.",
        "Give the address of an RSS or Atom feed, not that of a web page.",
    )


def _address(written: str) -> str:
    address = normalized(written)
    if not is_address(address):
        raise ToolError("A feed needs its address.", "Give it whole, with https://.")
    return address


SOURCE = SourceKind(
    name="feed",
    title="Feed",
    place="a feed",
    hint="https://example.com/feed.xml",
    fetch=fetch,
    handle=_address,
    mark="",
    aliases=("rss", "atom", "nitter"),
    own=r"(?i)https?://.*",
)
