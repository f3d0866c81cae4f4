"""Mastodon and what speaks its API, each account at its own instance."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from urllib.parse import quote, urlsplit

from chat.profiles import ask_web, clean
from chat.profiles.account import Account, Post
from chat.profiles.ask_web import NotThere
from chat.profiles.handles import of_account
from chat.profiles.source import Means, SourceKind

PLACE = "Mastodon"
PAGE = 40


class Mastodon:
    """Public posts and replies; handles that name no instance are at the one of the settings."""

    def __init__(self, means: Means) -> None:
        self._web, self._now = means.web, means.now
        self._base = means.settings.mastodon_url.rstrip("/")

    async def fetch(self, handle: str, limit: int) -> Account:
        """See `Source`."""
        name, _, instance = handle.partition("@")
        own = urlsplit(self._base).netloc
        base = self._base if instance in ("", own) else f"https://{instance}"
        place = f"{PLACE} ({instance or own})"
        url = f"{base}/api/v1/accounts/lookup"
        who = clean.record(await ask_web.json(self._web, url, place, {"acct": name}))
        id_ = clean.line(who.get("id"), 100)
        if not id_:
            raise NotThere(handle, place)

        async def turn(cursor: str) -> tuple[list[Post], str]:
            params: dict[str, str | int] = {"limit": PAGE}
            if cursor:
                params["max_id"] = cursor
            url = f"{base}/api/v1/accounts/{quote(id_, safe='')}/statuses"
            page = clean.items(await ask_web.posts(self._web, url, place, params))
            read = (_post(one, self._now()) for one in page)
            last = clean.line(clean.record(page[-1]).get("id"), 100) if page else ""
            return [post for post in read if post], last

        posts, notes = await ask_web.collect(turn, limit, PAGE)
        return Account(
            "mastodon",
            handle,
            clean.line(who.get("display_name")),
            clean.web_url(who.get("url")),
            clean.plain(who.get("note"))[:1_000],
            clean.count(who.get("followers_count")),
            tuple(posts),
            tuple(notes),
        )


def _post(item: object, now: datetime) -> Post | None:
    status = clean.record(item)
    id_ = clean.identifier(status.get("id"))
    created_at = clean.moment(status.get("created_at"), now)
    if not id_ or created_at is None:
        return None
    warning = clean.line(status.get("spoiler_text"))
    written = clean.plain(status.get("content"))
    mentioned = (clean.record(one).get("acct") for one in clean.items(status.get("mentions")))
    return Post(
        id_,
        f"{warning}\n\n{written}" if warning else written,
        created_at,
        clean.web_url(status.get("url")) or clean.web_url(status.get("uri")),
        clean.count(status.get("favourites_count")),
        clean.count(status.get("reblogs_count")),
        clean.count(status.get("replies_count")),
        None,
        clean.language(status.get("language")),
        clean.links(written, [clean.record(status.get("card")).get("url")]),
        clean.mentions("", mentioned) or clean.mentions(written),
        bool(status.get("reblog")),
    )


SOURCE = SourceKind(
    name="mastodon",
    title=PLACE,
    place=PLACE,
    hint="name@instance.social",
    make=Mastodon,
    handle=partial(of_account, place=PLACE),
    own=r"[\w.-]+@.+",
    takes_plain=True,
)
