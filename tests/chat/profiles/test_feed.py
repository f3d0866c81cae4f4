"""RSS and Atom; what is no feed, or wants to do harm."""

from __future__ import annotations

import pytest

from chat.errors import ToolError
from chat.profiles.sources import feed
from tests.chat.profiles.conftest import LATER, Fetch
from tests.social_server import SocialServer, post
from tests.work import counted

RSS = '<rss version="2.0"><channel><title>T</title>{}</channel></rss>'
ITEM = "<item><title>{}</title><pubDate>Wed, 01 May 2024 11:00:00 GMT</pubDate></item>"
BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
FILE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def test_the_feed_of_a_nitter_instance(server: SocialServer) -> None:
    server.add("a", posts=[post("One <3 https://example.com/x @bob"), post("Theirs", repost=True)])
    _, body, _ = server.answer("/rss/a")
    account = feed.read(body, "f", 9, LATER)
    assert (account.name, account.description) == ("A / @a", "I am a.")
    own, theirs = account.posts
    assert own.text == "One <3 https://example.com/x @bob"
    assert (own.links, own.mentions) == (("https://example.com/x",), ("@bob",))
    assert own.url == "https://nitter.example/a/status/a-1"
    assert own.likes is None
    assert theirs.is_repost


def test_the_feed_of_a_blog(server: SocialServer, fetch: Fetch) -> None:
    server.add("a", posts=[post(f"Text {number}") for number in range(5)])
    account = fetch("feed", f"{server.url}/atom/a", 3)
    assert [one.text for one in account.posts] == [
        "Title a-1\n\nText 0",
        "Title a-2\n\nText 1",
        "Title a-3\n\nText 2",
    ]
    assert account.posts[0].id == "urn:a-1"


def test_there_is_no_feed(server: SocialServer, fetch: Fetch) -> None:
    with pytest.raises(ToolError, match="There is no feed at"):
        fetch("feed", f"{server.url}/rss/nobody")
    server.fail(500, times=9)
    with pytest.raises(ToolError, match="The feed could not be read"):
        fetch("feed", f"{server.url}/rss/nobody")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body><p>Hello</body>",
        b'{"feed": []}',
        b"\xff\xfe\x00\x00",
        b"<" * 1_000_000,
        f"<!DOCTYPE r [{BOMB}]>{RSS.format(ITEM.format('&a9;'))}".encode(),
        f"<!DOCTYPE r [{BOMB}]>{RSS.format(ITEM.format('&a9;'))}".encode("utf-16"),
        f"{FILE}{RSS.format(ITEM.format('&x;'))}".encode(),
        RSS.format(ITEM.format("x") * 30_000).encode(),
    ],
    ids=["empty", "html", "json", "bytes", "brackets", "bomb", "utf-16", "file", "large"],
)
def test_what_is_refused(server: SocialServer, fetch: Fetch, body: bytes) -> None:
    server.answers["/f"] = body
    with pytest.raises(ToolError, match=r"no feed|too large") as refused:
        fetch("feed", f"{server.url}/f")
    assert "root:" not in str(refused.value)
    if len(body) > feed.BYTES_MAX:
        return
    with counted() as work, pytest.raises(ToolError, match="no feed"):
        feed.read(body, "f", 9, LATER)
    assert not any(module.startswith("feedparser") for module in work.calls), "it was parsed"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    body = (head + RSS.format(ITEM.format("Grüße"))).encode(encoding)
    assert feed.read(body, "f", 9, LATER).posts[0].text == "Grüße"


def test_entries_that_do_not_fit_are_counted() -> None:
    late = ITEM.format("late").replace("2024", "2999")
    body = RSS.format(f"<item><title>no time</title></item>{late}{ITEM.format('good') * 2}")
    account = feed.read(body.encode(), "f", 9, LATER)
    assert [one.text for one in account.posts] == ["good"]
    assert account.notes[0].startswith("3 entries")


def test_a_broken_feed_is_read_as_far_as_it_goes() -> None:
    body = RSS.format(ITEM.format("Tom &amp; Jerry & <b>bold") + "<item><title>cut")
    assert "Tom & Jerry" in feed.read(body.encode()[:-30], "f", 9, LATER).posts[0].text
