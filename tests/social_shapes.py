"""The documented shapes in which the social server answers; each reader gives status and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

Place = Sequence[str]
Query = Mapping[str, str]
Found = Mapping[str, Any] | None
Shaped = tuple[int, Any]


def bluesky(place: Place, query: Query, found: Found) -> Shaped:
    """``app.bsky.actor.getProfile`` and ``app.bsky.feed.getAuthorFeed``."""
    if not found:
        return 400, {"error": "InvalidRequest", "message": "Profile not found"}
    handle = query["actor"]
    if place[1].endswith("getProfile"):
        return 200, {
            "did": f"did:plc:{handle}",
            "handle": handle,
            "displayName": found["name"],
            "description": found["description"],
            "followersCount": found["followers"],
            "followsCount": 1,
            "postsCount": len(found["posts"]),
        }
    start, size = int(query.get("cursor", 0)), int(query.get("limit", 50))
    page = found["posts"][start : start + size]
    more = {"cursor": str(start + size)} if start + size < len(found["posts"]) else {}
    return 200, {"feed": [_bluesky_post(one, handle) for one in page], **more}


def _bluesky_post(one: Mapping[str, Any], handle: str) -> dict[str, Any]:
    author = "other.example" if one.get("repost") else handle
    links = [
        {"features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}], "index": {}}
        for link in one.get("links", ())
    ]
    entry = {
        "post": {
            "uri": f"at://did:plc:{handle}/app.bsky.feed.post/{one['id']}",
            "cid": "bafy",
            "author": {"did": f"did:plc:{author}", "handle": author},
            "record": {
                "$type": "app.bsky.feed.post",
                "text": one["text"],
                "createdAt": one["at"].isoformat().replace("+00:00", "Z"),
                "langs": [one.get("lang", "en")],
                "facets": links,
            },
            "replyCount": one.get("replies", 0),
            "repostCount": one.get("reposts", 0),
            "likeCount": one.get("likes", 0),
            "quoteCount": 0,
            "indexedAt": one["at"].isoformat(),
        }
    }
    reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": {"handle": handle}}
    return {**entry, "reason": reason} if one.get("repost") else entry


def mastodon(place: Place, query: Query, found: Found) -> Shaped:
    """``/api/v1/accounts/lookup`` and ``/api/v1/accounts/{id}/statuses``."""
    if not found:
        return 404, {"error": "Record not found"}
    handle = found["handle"]
    if place[-1] == "lookup":
        return 200, {
            "id": f"id-{handle}",
            "username": handle,
            "acct": handle,
            "display_name": found["name"],
            "note": f"<p>{escape(found['description'])}</p>",
            "url": f"https://social.example/@{handle}",
            "followers_count": found["followers"],
        }
    ids = [one["id"] for one in found["posts"]]
    start = ids.index(query["max_id"]) + 1 if "max_id" in query else 0
    page = found["posts"][start : start + min(40, int(query.get("limit", 20)))]
    return 200, [_status(one, handle) for one in page]


def _status(one: Mapping[str, Any], handle: str) -> dict[str, Any]:
    anchors = "".join(f' <a href="{link}">{link}</a>' for link in one.get("links", ()))
    return {
        "id": one["id"],
        "created_at": one["at"].isoformat().replace("+00:00", ".000Z"),
        "url": f"https://social.example/@{handle}/{one['id']}",
        "content": f"<p>{escape(one['text'])}{anchors}</p>",
        "spoiler_text": "",
        "language": one.get("lang", "en"),
        "replies_count": one.get("replies", 0),
        "reblogs_count": one.get("reposts", 0),
        "favourites_count": one.get("likes", 0),
        "reblog": {"id": "1", "content": "<p>theirs</p>"} if one.get("repost") else None,
        "mentions": [],
        "card": None,
    }


def x(place: Place, query: Query, found: Found) -> Shaped:
    """``/2/users/by/username/{username}`` and ``/2/users/{id}/tweets``."""
    if not found:
        problem = {"title": "Not Found Error", "resource_type": "user", "parameter": "username"}
        return 200, {"errors": [problem]}
    handle = found["handle"]
    if "username" in place:
        return 200, {
            "data": {
                "id": f"id-{handle}",
                "name": found["name"],
                "username": handle,
                "description": found["description"],
                "public_metrics": {"followers_count": found["followers"], "tweet_count": 1},
            }
        }
    start = int(query.get("pagination_token", 0))
    posts = [one for one in found["posts"] if not one.get("repost")]
    end = start + int(query.get("max_results", 10))
    meta = {"result_count": len(posts[start:end])}
    if end < len(posts):
        meta["next_token"] = str(end)
    page = {"data": [_tweet(one) for one in posts[start:end]]} if posts[start:end] else {}
    return 200, {**page, "meta": meta}


def _tweet(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "text": one["text"],
        "created_at": one["at"].isoformat().replace("+00:00", ".000Z"),
        "lang": one.get("lang", "en"),
        "public_metrics": {
            "retweet_count": one.get("reposts", 0),
            "reply_count": one.get("replies", 0),
            "like_count": one.get("likes", 0),
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": one.get("views", 0),
        },
        "entities": {"urls": [{"expanded_url": link} for link in one.get("links", ())]},
        "edit_history_tweet_ids": [one["id"]],
    }


def rss(found: Mapping[str, Any]) -> bytes:
    """RSS 2.0 as a Nitter instance sends it."""
    items = "".join(
        f"<item><title>{escape(_titled(one))}</title><dc:creator>@{found['handle']}</dc:creator>"
        f"<description>{escape('<p>' + escape(one['text']) + '</p>')}</description>"
        f"<pubDate>{format_datetime(one['at'], usegmt=True)}</pubDate>"
        f"<guid>https://nitter.example/{found['handle']}/status/{one['id']}</guid>"
        f"<link>https://nitter.example/{found['handle']}/status/{one['id']}</link></item>"
        for one in found["posts"]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{escape(found['name'])} / @{found['handle']}</title>"
        f"<link>https://nitter.example/{found['handle']}</link>"
        f"<description>{escape(found['description'])}</description>{items}</channel></rss>"
    ).encode()


def _titled(one: Mapping[str, Any]) -> str:
    return f"RT by @a: {one['text']}" if one.get("repost") else str(one["text"])


def atom(found: Mapping[str, Any]) -> bytes:
    """Atom 1.0 as blogs have it: a title and a text."""
    entries = "".join(
        f"<entry><title>Title {one['id']}</title><id>urn:{one['id']}</id>"
        f'<link href="https://blog.example/{one["id"]}"/>'
        f"<updated>{one['at'].isoformat()}</updated>"
        f'<content type="html">{escape("<p>" + escape(one["text"]) + "</p>")}</content></entry>'
        for one in found["posts"]
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(found['name'])}</title><subtitle>{escape(found['description'])}</subtitle>"
        f'<link href="https://blog.example/"/>{entries}</feed>'
    ).encode()
