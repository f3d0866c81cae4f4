"""Mastodon and what speaks its API, each account at its own instance."""

from datetime import datetime
from functools import partial
from urllib.parse import quote, urlsplit

from chat.profiles import clean
from chat.profiles.ask_web import Api, NotThere, Person, PostPage, parsed
from chat.profiles.handles import of_account
from chat.profiles.source import Account, Means, Post, SourceKind
from chat.web.pages import at, items, record, records

PLACE = "Mastodon"
PAGE = 40


async def fetch(means: Means, handle: str, limit: int) -> Account:
    """Public posts and replies; handles that name no instance are at the one of the settings."""
    name, _, instance = handle.partition("@")
    base = means.settings.mastodon_url.rstrip("/")
    own = urlsplit(base).netloc
    base = base if instance in ("", own) else f"https://{instance}"
    api = Api(means, f"{base}/api/v1/accounts", f"{PLACE} ({instance or own})")
    who = await api.read("/lookup", {"acct": name}, read_person)
    if who is None:
        raise NotThere(handle, api.place)
    path, now = f"/{quote(who.id, safe='')}/statuses", means.now()
    asked = {"limit": PAGE}
    posts = await api.posts(path, asked, "max_id", read_page, now, limit=limit, size=PAGE)
    return Account("mastodon", handle, who.name, who.url, who.description, who.followers, *posts)


def read_person(body: bytes, place: str) -> Person | None:
    """None when the instance knows nobody of that name."""
    who = record(parsed(body, place))
    id_ = clean.line(who.get("id"), 100)
    if not id_:
        return None
    return Person(
        id_,
        clean.line(who.get("display_name")),
        clean.web_url(who.get("url")),
        clean.plain(who.get("note"))[:1_000],
        clean.count(who.get("followers_count")),
    )


def read_page(body: bytes, place: str, now: datetime) -> PostPage:
    """The next page begins with what is older than the last one."""
    found = items(parsed(body, place))
    following = clean.line(at(found[-1], "id"), 100) if found else ""
    return PostPage.of(found, partial(_post, now=now), following)


def _post(item: object, now: datetime) -> Post | None:
    status = record(item)
    warning = clean.line(status.get("spoiler_text"))
    written = clean.plain(status.get("content"))
    mentioned = (one.get("acct") for one in records(status, "mentions"))
    names = ("favourites_count", "reblogs_count", "replies_count")
    return clean.post(
        status.get("id"),
        f"{warning}\n\n{written}" if warning else written,
        clean.moment(status.get("created_at"), now),
        url=clean.web_url(status.get("url")) or status.get("uri"),
        counts=[status.get(name) for name in names],
        spoken=status.get("language"),
        links=clean.links(written, [at(status, "card", "url")]),
        mentions=clean.mentions("", mentioned) or clean.mentions(written),
        is_repost=bool(status.get("reblog")),
    )


SOURCE = SourceKind(
    name="mastodon",
    title=PLACE,
    place=PLACE,
    hint="name@instance.social",
    fetch=fetch,
    handle=partial(of_account, place=PLACE),
    own=r"[\w.-]+@.+",
    takes_plain=True,
)
