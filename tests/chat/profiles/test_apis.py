"""Bluesky, Mastodon and X, read over real HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from chat.errors import ToolError
from chat.profiles import ask_web
from tests.chat.profiles.conftest import LATER, Fetch
from tests.social_server import TOKEN, SocialServer, post

APIS = ["bluesky", "mastodon", "x"]
HANDLES = {"bluesky": "a.bsky.social", "mastodon": "a", "x": "a"}
RUBBISH: list[Any] = [
    None,
    7,
    "text",
    [],
    {},
    {"post": 3},
    {"post": {"uri": 1, "record": {"text": [], "createdAt": {}}}},
    {"id": {}, "created_at": "yesterday", "content": 5},
    {"id": "f", "created_at": "2999-01-01T00:00:00Z", "text": "from the future"},
    {"id": "o", "created_at": "0001-01-01T00:00:00Z", "text": "too old"},
]


def lists_at(server: SocialServer, source: str, posts: list[Any]) -> None:
    """The account "a" is there, and its list of posts is this."""
    server.add("a")
    path, body = {
        "bluesky": ("/xrpc/app.bsky.feed.getAuthorFeed", {"feed": posts}),
        "mastodon": ("/api/v1/accounts/id-a/statuses", posts),
        "x": ("/2/users/id-a/tweets", {"data": posts, "meta": {}}),
    }[source]
    server.answers[path] = json.dumps(body).encode()


@pytest.mark.parametrize("source", APIS)
def test_an_account_with_its_posts(server: SocialServer, fetch: Fetch, source: str) -> None:
    one = post("Ä <b> & @bob #x", likes=5, reposts=2, replies=1, views=9, lang="de-AT")
    server.add("a", posts=[{**one, "links": ["https://example.com/1"]}], followers=7)
    account = fetch(source, HANDLES[source])
    assert (account.source, account.handle) == (source, HANDLES[source])
    assert (account.name, account.description, account.followers) == ("A", "I am a.", 7)
    assert account.notes == ()
    (found,) = account.posts
    assert found.text.startswith("Ä <b> & @bob #x")
    assert (found.id, found.language, found.created_at.isoformat()) == (
        "a-1",
        "de",
        "2024-05-01T11:00:00+00:00",
    )
    assert (found.likes, found.reposts, found.replies) == (5, 2, 1)
    assert found.views == (9 if source == "x" else None)
    assert found.links == ("https://example.com/1",)
    assert found.mentions == ("@bob",)
    assert found.url.startswith("https://")
    assert found.url.endswith("a-1")


@pytest.mark.parametrize("source", APIS)
def test_all_pages_up_to_the_limit(server: SocialServer, fetch: Fetch, source: str) -> None:
    server.add("a", posts=[post(f"Post {number}") for number in range(330)])
    everything = fetch(source, HANDLES[source], 1_000)
    assert [one.text for one in everything.posts] == [f"Post {number}" for number in range(330)]
    before = server.requests["a"]
    assert len(fetch(source, HANDLES[source], 150).posts) == 150
    assert server.requests["a"] - before <= 5


@pytest.mark.parametrize("source", APIS)
def test_no_such_account(server: SocialServer, fetch: Fetch, source: str) -> None:
    with pytest.raises(ToolError, match=r"There is no account @nobody on (Bluesky|Mastodon|X)"):
        fetch(source, "nobody")


@pytest.mark.parametrize("source", APIS)
def test_an_account_without_posts(server: SocialServer, fetch: Fetch, source: str) -> None:
    server.add("a")
    assert fetch(source, HANDLES[source]).posts == ()


@pytest.mark.parametrize("source", APIS)
def test_reposts_are_known_and_do_not_count(
    server: SocialServer, fetch: Fetch, source: str
) -> None:
    server.add("a", posts=[post(f"{n}", repost=n % 2 == 1) for n in range(40)])
    own = [one for one in fetch(source, HANDLES[source], 15).posts if not one.is_repost]
    assert [one.text for one in own] == [str(number) for number in range(0, 30, 2)]


@pytest.mark.parametrize("source", APIS)
def test_what_does_not_fit_is_left_out(server: SocialServer, fetch: Fetch, source: str) -> None:
    lists_at(server, source, RUBBISH)
    assert fetch(source, HANDLES[source]).posts == ()


@pytest.mark.parametrize("source", APIS)
def test_absurd_values_do_no_harm(server: SocialServer, fetch: Fetch, source: str) -> None:
    bad = "a\x00b\ud800c\u202e"
    good: dict[str, Any] = {
        "bluesky": {
            "post": {
                "uri": "at://x/y/k",
                "record": {"text": bad, "createdAt": "2024-01-01T00:00:00Z", "langs": [None]},
                "likeCount": 10**400,
                "repostCount": -1,
                "replyCount": True,
            }
        },
        "mastodon": {
            "id": "k",
            "created_at": "2024-01-01T00:00:00Z",
            "content": bad,
            "url": "javascript:alert(1)",
            "favourites_count": 10**400,
            "reblogs_count": -1,
            "replies_count": "NaN",
        },
        "x": {
            "id": "k",
            "created_at": "2024-01-01T00:00:00Z",
            "text": bad,
            "public_metrics": {"like_count": 10**400, "retweet_count": -1, "reply_count": {}},
            "entities": "none",
        },
    }
    lists_at(server, source, [good[source], good[source]])
    (found,) = fetch(source, HANDLES[source]).posts
    assert found.text == "abc\u202e"
    assert (found.likes, found.reposts, found.replies) == (None, None, None)
    assert found.url == "" or found.url.startswith("https://")


@pytest.mark.parametrize("source", APIS)
def test_the_same_page_again_and_again_comes_to_an_end(
    server: SocialServer, fetch: Fetch, source: str
) -> None:
    server.add("a", posts=[post("one")])
    bodies = {
        "bluesky": ("/xrpc/app.bsky.feed.getAuthorFeed", {"feed": [], "cursor": "again"}),
        "mastodon": ("/api/v1/accounts/id-a/statuses", [{"id": "same"}]),
        "x": ("/2/users/id-a/tweets", {"meta": {"next_token": "again"}}),
    }
    path, body = bodies[source]
    server.answers[path] = json.dumps(body).encode()
    assert fetch(source, HANDLES[source], 5_000).posts == ()
    assert server.requests["a"] < 6


@pytest.mark.parametrize("source", APIS)
@pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 100_000, b"\xff\xfe\x00", b'"text"'])
def test_no_json_is_said(server: SocialServer, fetch: Fetch, source: str, body: bytes) -> None:
    lists_at(server, source, [])
    path = next(iter(server.answers))
    server.answers[path] = body
    if body == b'"text"':
        assert fetch(source, HANDLES[source]).posts == ()
    else:
        with pytest.raises(ToolError, match="no JSON"):
            fetch(source, HANDLES[source])


@pytest.mark.parametrize("source", APIS)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_source_that_is_down(
    server: SocialServer, fetch: Fetch, source: str, status: int
) -> None:
    server.add("a", posts=[post()])
    server.fail(status)
    assert len(fetch(source, HANDLES[source]).posts) == 1
    server.fail(status, times=20)
    with pytest.raises(ToolError, match="could not be read"):
        fetch(source, HANDLES[source])


@pytest.mark.parametrize("source", APIS)
def test_what_came_before_a_failure_is_kept(
    server: SocialServer, fetch: Fetch, source: str
) -> None:
    server.add("a", posts=[post(f"{number}") for number in range(300)])
    server.fails_after = 2
    account = fetch(source, HANDLES[source], 300)
    assert len(account.posts) == (40 if source == "mastodon" else 100)
    assert account.notes[0].startswith("Reading stopped early.")


def test_x_needs_a_token_and_sends_it(server: SocialServer, fetch: Fetch) -> None:
    server.add("a", posts=[post()])
    with pytest.raises(ToolError, match="PARLEY_X_BEARER_TOKEN"):
        fetch("x", "a", x_bearer_token=None)
    assert server.requests["a"] == 0
    fetch("x", "a")
    assert server.headers[-1]["authorization"] == f"Bearer {TOKEN}"
    server.fail(401)
    with pytest.raises(ToolError, match="refused the bearer token") as failed:
        fetch("x", "a")
    assert TOKEN not in str(failed.value)
    with pytest.raises(ToolError, match="no account"):
        fetch("x", "no/../handle")


def test_a_mastodon_handle_names_its_instance(server: SocialServer, fetch: Fetch) -> None:
    server.add("a", posts=[post()])
    here = server.url.removeprefix("http://")
    assert len(fetch("mastodon", f"a@{here}").posts) == 1
    with pytest.raises(ToolError, match=r"Mastodon \(127.0.0.1:1\) could not be read"):
        fetch("mastodon", "a@127.0.0.1:1")
    with pytest.raises(ToolError, match="could not be read"):
        fetch("mastodon", "a@127.0.0.1:1", private_addresses=False)


async def never_ending(cursor: str) -> Any:
    number = int(cursor or 0)
    row = ask_web.Post(f"{number}", "", LATER.replace(minute=number % 60))
    return ask_web.PostPage((row,), str(number + 1))


def test_pages_are_bounded() -> None:
    posts, notes = asyncio.run(ask_web.collect(never_ending, 5_000, 100))
    assert len(posts) == 156
    assert "has more pages" in notes[0]
    clock = iter(range(0, 10**6, 30))
    slow = ask_web.collect(never_ending, 5_000, 100, clock=lambda: next(clock))
    posts, notes = asyncio.run(slow)
    assert len(posts) < 5
    assert "took too long" in notes[0]
