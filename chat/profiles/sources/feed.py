"""An RSS or Atom feed, that of a Nitter instance too."""

from __future__ import annotations

import asyncio
import calendar
import re
import time
from collections.abc import Mapping
from datetime import datetime

from chat.errors import ToolError
from chat.profiles import ask_web, clean
from chat.profiles.account import Account, Post
from chat.profiles.handles import is_address, normalized
from chat.profiles.source import Means, SourceKind

BYTES_MAX = 2_000_000
PLACE = "The feed"
_BEGINS = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_REPOST = re.compile(r"RT (?:by )?@\w{1,50}:")


class Feed:
    """The handle is the feed's address."""

    def __init__(self, means: Means) -> None:
        self._web, self._now = means.web, means.now

    async def fetch(self, handle: str, limit: int) -> Account:
        """See `Source`; feeds have one page."""
        found = await ask_web.page(self._web, handle, PLACE)
        if found is None:
            raise ToolError(f"There is no feed at {handle}.", "Check the address.")
        body = found.body
        if len(body) > BYTES_MAX:
            raise ToolError(f"The feed at {handle} is too large.", "Feeds up to 2 MB are read.")
        # Without NUL, so that UTF-16 is looked at too.
        if not _BEGINS.search(body[:40_000].replace(b"\0", b"")) or _ENTITY.search(
            body.replace(b"\0", b"")
        ):
            raise _no_feed(handle)
        return await asyncio.to_thread(read, body, handle, limit, self._now())


def read(body: bytes, handle: str, limit: int, now: datetime) -> Account:
    """The feed as an account; entries without a time are counted and left out."""
    import feedparser  # type: ignore[import-untyped]

    parsed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version"):
        raise _no_feed(handle)
    about = parsed.feed
    posts: dict[str, Post] = {}
    for entry in parsed.entries:
        if post := _post(entry, now):
            posts.setdefault(post.id, post)
    kept = ask_web.newest(posts.values(), limit)
    left_out = len(parsed.entries) - len(posts)
    note = f"{left_out} entries of the feed have no usable time or came twice; left out."
    return Account(
        "feed",
        handle,
        clean.line(about.get("title")),
        clean.web_url(about.get("link")),
        clean.plain(about.get("subtitle"))[:1_000],
        None,
        tuple(kept),
        (note,) if left_out else (),
    )


def _post(entry: Mapping[str, object], now: datetime) -> Post | None:
    when = entry.get("published_parsed") or entry.get("updated_parsed")
    moment = calendar.timegm(when) if isinstance(when, time.struct_time) else None
    created_at = clean.moment(moment, now)
    url = clean.web_url(entry.get("link"))
    title = clean.plain(entry.get("title"))
    content = clean.record(next(iter(clean.items(entry.get("content"))), None))
    markup = content.get("value") or entry.get("summary") or ""
    body = clean.plain(markup)
    written = body if _same(title, body) else f"{title}\n\n{body}".strip()
    id_ = clean.identifier(entry.get("id") or url or f"{when} {written}")
    if created_at is None:
        return None
    inside = re.findall(r"href=[\"'](https?://[^\"'\s]{1,500})", str(markup))[:20]
    return Post(
        id_,
        clean.text(written),
        created_at,
        url,
        language=clean.language(content.get("language")),
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
    make=Feed,
    handle=_address,
    mark="",
    aliases=("rss", "atom", "nitter"),
    own=r"(?i)https?://.*",
)
