from __future__ import annotations

import pytest

from chat.config import Settings
from chat.errors import ToolError
from chat.profiles.choice import choose, shown
from chat.profiles.handles import called, normalized

TOKEN = {"x_bearer_token": "t"}


@pytest.mark.parametrize(
    ("written", "handle"),
    [
        ("@A ", "a"),
        ("  @@a_b  ", "a_b"),
        ("A.bsky.social", "a.bsky.social"),
        ("@Me@Social.Example", "me@social.example"),
        ("me@127.0.0.1:8080", "me@127.0.0.1:8080"),
        ("https://Example.com/Feed?a=B", "https://Example.com/Feed?a=B"),
        ("ÄÖ", "äö"),
        ("a" * 200, "a" * 200),
    ],
)
def test_how_it_is_written(written: str, handle: str) -> None:
    assert normalized(written) == handle


@pytest.mark.parametrize(
    "written",
    [
        *("", "@", " ", "a b", "a\nb", "a\0b", "a/b", "../a", "a..b", "a?b", "a#b", "a%2fb"),
        *("a\\b", "a@b@c", "a@b/c", "\ud800", "a" * 201, "https://", "https://a b", "https://["),
        *("a&b", "a:b", "http://" + "a" * 200, "ftp://example.com", "javascript:alert(1)", "<b>"),
        *("a@b:99999999", "https://a.example/</posts>", "https://ä.example", "https://a/'"),
    ],
)
def test_what_is_no_handle(written: str) -> None:
    with pytest.raises(ToolError, match="is no handle") as refused:
        normalized(written)
    assert len(str(refused.value)) < 300
    str(refused.value).encode()


@pytest.mark.parametrize(
    ("handle", "source", "settings", "chosen"),
    [
        ("@a", "", {}, ("bluesky", "a.bsky.social")),
        ("@a", "", {"bluesky_url": "http://127.0.0.1:9"}, ("bluesky", "a.bsky.social")),
        ("@a", "", TOKEN, ("x", "a")),
        ("@a", "", {**TOKEN, "profile_source": "mastodon"}, ("mastodon", "a")),
        ("@a.bsky.social", "", TOKEN, ("bluesky", "a.bsky.social")),
        ("example.com", "", {}, ("bluesky", "example.com")),
        ("a@b.social", "", {}, ("mastodon", "a@b.social")),
        ("https://example.com/feed", "", {}, ("feed", "https://example.com/feed")),
        ("@a", "x", {}, ("x", "a")),
        ("@a", "Twitter ", {}, ("x", "a")),
        ("@a", "bluesky", TOKEN, ("bluesky", "a.bsky.social")),
        ("a.b", "mastodon", {}, ("mastodon", "a.b")),
        ("https://bsky.app/profile/a.bsky.social", "", {}, ("bluesky", "a.bsky.social")),
        ("https://x.com/A", "", {}, ("x", "a")),
        ("https://twitter.com/A/", "x", {}, ("x", "a")),
        ("https://x.com/A", "feed", {}, ("feed", "https://x.com/A")),
        ("my posts (1).csv", "file", {}, ("file", "my-posts-1-.csv")),
        ("C/d/Tweets.js", "upload", {}, ("file", "tweets.js")),
    ],
)
def test_where_to_look(
    handle: str, source: str, settings: dict[str, str], chosen: tuple[str, str]
) -> None:
    assert choose(handle, source, Settings(**settings)) == chosen


def test_what_cannot_be_looked_for() -> None:
    for handle, source in [("a", "myspace"), ("a", "feed"), ("https://example.com/a", "bluesky")]:
        with pytest.raises(ToolError):
            choose(handle, source, Settings())
    with pytest.raises(ToolError, match="is no handle"):
        choose("a" * 200, "bluesky", Settings())


def test_how_it_is_shown() -> None:
    assert shown("a") == "@a"
    assert shown("https://a.example") == "https://a.example"
    assert shown("posts.csv", "file") == "posts.csv"
    assert called("\0\ud800/..") == "file"
