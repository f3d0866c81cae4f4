"""X, by its API v2 with a bearer token."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import quote

from chat.errors import ToolError
from chat.profiles import ask_web, clean
from chat.profiles.account import Account, Post
from chat.profiles.ask_web import Headers, NotThere, Params
from chat.profiles.handles import of_account
from chat.profiles.source import Means, SourceKind
from chat.web.pages import WebError
from chat.web.web import Web

PLACE = "X"
PAGE = 100
USER_FIELDS = "description,name,public_metrics,username"
POST_FIELDS = "created_at,entities,lang,note_tweet,public_metrics,referenced_tweets"

_Ask = Callable[[Web, str, str, Params, Headers | None], Awaitable[object]]


class X:
    """Posts and replies of an account."""

    def __init__(self, means: Means) -> None:
        self._web, self._now = means.web, means.now
        self._base = means.settings.x_url.rstrip("/")
        token = means.settings.x_bearer_token
        self._token = token.get_secret_value() if token else ""
        self._headers = {"Authorization": f"Bearer {self._token}"}

    async def fetch(self, handle: str, limit: int) -> Account:
        """See `Source`."""
        if not self._token:
            raise ToolError(
                "X can only be read with a bearer token, and none is set.",
                "Set PARLEY_X_BEARER_TOKEN, upload the account's archive (tweets.js), or name "
                "another source.",
            )
        if not re.fullmatch(r"\w{1,50}", handle, re.ASCII):
            raise NotThere(handle, PLACE)
        about = {"user.fields": USER_FIELDS}
        answer = await self._json(f"/users/by/username/{handle}", ask_web.json, about)
        who = clean.record(answer.get("data"))
        id_ = clean.line(who.get("id"), 100)
        if not id_:
            raise NotThere(handle, PLACE)

        async def turn(cursor: str) -> tuple[list[Post], str]:
            params: dict[str, str | int] = {
                "max_results": max(5, min(PAGE, limit)),
                "exclude": "retweets",
                "tweet.fields": POST_FIELDS,
            }
            if cursor:
                params["pagination_token"] = cursor
            page = await self._json(f"/users/{quote(id_, safe='')}/tweets", ask_web.posts, params)
            read = (_post(one, handle, self._now()) for one in clean.items(page.get("data")))
            next_one = clean.record(page.get("meta")).get("next_token")
            return [post for post in read if post], clean.line(next_one, 1_000)

        posts, notes = await ask_web.collect(turn, limit, PAGE)
        return Account(
            "x",
            handle,
            clean.line(who.get("name")),
            f"https://x.com/{handle}",
            clean.text(who.get("description"), 1_000),
            clean.count(clean.record(who.get("public_metrics")).get("followers_count")),
            tuple(posts),
            tuple(notes),
        )

    async def _json(self, path: str, ask: _Ask, params: Params) -> Mapping[str, object]:
        url = f"{self._base}{path}"
        try:
            return clean.record(await ask(self._web, url, PLACE, params, self._headers))
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, WebError) and cause.http_status in (401, 403):
                raise ToolError(
                    "X refused the bearer token.",
                    "Check PARLEY_X_BEARER_TOKEN, and what its plan may read.",
                ) from cause
            raise


def _post(item: object, handle: str, now: datetime) -> Post | None:
    post = clean.record(item)
    id_, created_at = clean.identifier(post.get("id")), clean.moment(post.get("created_at"), now)
    if not id_ or created_at is None:
        return None
    note = clean.record(post.get("note_tweet"))
    written = clean.text(note.get("text")) or clean.text(post.get("text"))
    numbers = clean.record(post.get("public_metrics"))
    entities = clean.record(note.get("entities")) or clean.record(post.get("entities"))
    urls = (clean.record(one) for one in clean.items(entities.get("urls")))
    names = (clean.record(one) for one in clean.items(entities.get("mentions")))
    about = (clean.record(one) for one in clean.items(post.get("referenced_tweets")))
    return Post(
        id_,
        written,
        created_at,
        f"https://x.com/{handle}/status/{id_}",
        clean.count(numbers.get("like_count")),
        clean.count(numbers.get("retweet_count")),
        clean.count(numbers.get("reply_count")),
        clean.count(numbers.get("impression_count")),
        clean.language(post.get("lang")),
        clean.links("", (one.get("expanded_url") for one in urls)) or clean.links(written),
        clean.mentions("", (one.get("username") for one in names)) or clean.mentions(written),
        any(one.get("type") == "retweeted" for one in about),
    )


SOURCE = SourceKind(
    name="x",
    title=PLACE,
    place=PLACE,
    hint="name",
    make=X,
    handle=partial(of_account, place=PLACE),
    aliases=("twitter", "x.com"),
    pages=(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/@?(\w+)/?",),
    takes_plain=True,
    has_key=lambda settings: settings.x_bearer_token is not None,
)
