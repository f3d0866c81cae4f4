"""What stands in somebody's own words, and what does not."""

from __future__ import annotations

import pytest

from chat.agent.needs import of_address
from chat.config import Settings
from chat.tools.profile_analysis import needs
from chat.turns.permits import named

PAGE = "https://example.com/a/B?c=1"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://example.com", "What is on example.com?"),
        ("https://example.com/", "See https://Example.COM, please"),
        ("http://www.example.com", "(https://example.com)"),
        ("https://example.com", "http://www.example.com/"),
        (PAGE, f"Read {PAGE}."),
        (PAGE, "example.com/a/B?c=1 says what?"),
        (PAGE, f"[this]({PAGE})"),
        ("https://example.com:8443/x", "at example.com:8443/x"),
        ("ftp://example.com/x", "ftp://example.com/x"),
        ("example.com", "example.com"),
    ],
)
def test_an_address_that_was_named(address: str, said: str) -> None:
    assert named(of_address(address), said)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"{PAGE}2", f"Read {PAGE}"),
        (PAGE, "What is on example.com?"),
        ("https://example.com/secret", "See https://example.com/"),
        ("https://example.com/?d=secret", "See https://example.com/"),
        ("https://example.com/a/b?c=1", f"Read {PAGE}"),
        ("https://example.co", "example.com"),
        ("https://ample.com", "example.com"),
        ("https://example.com", "not.example.com or example.com.evil.org"),
        ("https://example.com", "me@example.com"),
        ("https://example.com", "https://good.org/example.com"),
        ("https://readme.md", "Look at docs/readme.md"),
        ("https://example.com", "good.org/?to=example.com"),
        ("https://example.com:81", "example.com"),
        ("https://example.com", "example.com:81"),
        ("ftp://example.com", "example.com"),
        ("http://example.com\\@evil.org", "example.com and evil.org"),
    ],
)
def test_an_address_that_was_not(address: str, said: str) -> None:
    assert not named(of_address(address), said)


@pytest.mark.parametrize(
    ("handle", "said"),
    [
        ("@bsky.app", "Analyze @bsky.app: when and what do they post?"),
        ("ann", "Analyze @Ann's posts"),
        ("ann.bsky.social", "who is @ann?"),
        ("ann", "see https://bsky.app/profile/ann.bsky.social"),
        ("ann@social.example", "what of @ann@social.example, and why"),
        ("ann@social.example", "https://social.example/@ann"),
        ("https://x.com/ann", "@ann on X"),
        ("ann", "＠ann"),
        ("https://a.example/feed.xml", "read https://a.example/feed.xml"),
    ],
)
def test_an_account_that_was_named(handle: str, said: str) -> None:
    (need,) = needs(Settings(), {"handle": handle})
    assert named(need, said)


@pytest.mark.parametrize(
    ("handle", "said"),
    [
        ("ann", "what of @anna and joann, ann_b and @ann@social.example?"),
        ("ann@evil.example", "what of @ann?"),
        ("hunter2@evil.example", "evil.example is bad"),
        ("ann@social.example", "ann@social.example.evil.org"),
        ("https://evil.example/?d=hunter2", "who is @ann"),
    ],
)
def test_an_account_that_was_not(handle: str, said: str) -> None:
    (need,) = needs(Settings(), {"handle": handle})
    assert not named(need, said)


def test_what_reaches_nobody_needs_nothing() -> None:
    for arguments in ({}, {"handle": 3}, {"handle": "a/../b"}, {"handle": "a", "source": "file"}):
        assert needs(Settings(), arguments) == ()
    (need,) = needs(Settings(), {"handle": "@ann"})
    assert (need.permit, need.question) == (
        "bluesky:ann.bsky.social",
        "Fetch @ann.bsky.social from Bluesky?",
    )
