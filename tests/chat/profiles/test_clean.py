"""Values from outside, whatever they are."""

from __future__ import annotations

from typing import Any

import pytest

from chat.profiles import clean
from chat.web import pages
from tests.chat.profiles.conftest import LATER
from tests.work import counted

ANYTHING: list[Any] = [
    *(None, True, 0, -1, 10**400, 1e308, float("nan"), float("inf"), "", "x", "\ud800\0"),
    *([], {}, [[]], {"a": {}}, b"x", object()),
]


@pytest.mark.parametrize("value", ANYTHING, ids=range(len(ANYTHING)))
def test_no_value_does_harm(value: Any) -> None:
    assert "\0" not in clean.text(value)
    clean.text(value).encode()
    clean.identifier(value).encode()
    assert clean.web_url(value) == ""
    assert clean.plain(value) in ("", "x")
    assert clean.moment(value, LATER) is None
    count = clean.count(value)
    assert count is None or 0 <= count <= clean.COUNT_MAX
    assert isinstance(pages.record(value), dict)
    assert isinstance(pages.items(value), list)
    assert clean.language(value) == ""


def test_html_as_text() -> None:
    html = "<p>One &amp; <a href='x'>two</a><br>three</p><p>four</p><script>bad()</script><i>five"
    assert clean.plain(html) == "One & two\nthree\n\nfour\nfive"
    assert clean.plain("<p>&lt;script&gt;") == "<script>"


@pytest.mark.parametrize("piece", ["<", "<a ", "&", "<!--", "<![CDATA[", "&#x110000;", "<p>", '"<'])
def test_more_of_html_is_no_more_work(piece: str) -> None:
    clean.plain(piece)  # what is compiled only once
    with counted() as much:
        clean.plain(piece * 100_000)
    with counted() as more:
        clean.plain(piece * 1_000_000)
    assert more.calls == much.calls
    assert clean.mentions(piece * 1_000) == ()


def test_links_and_mentions_in_a_text() -> None:
    text = "See https://a.example/x?y=1, (http://b.example) and mail me@c.example, @Bob and @c@d.e."
    assert clean.links(text) == ("https://a.example/x?y=1", "http://b.example")
    assert clean.mentions(text) == ("@bob", "@c@d.e")
    assert clean.links("", ["javascript:alert(1)", None, "https://a b", "https://ok.example"]) == (
        "https://ok.example",
    )
    assert clean.mentions("", ["Bob", "@bob", "", 7, None]) == ("@bob", "@7")


@pytest.mark.parametrize(
    ("value", "count"),
    [(5, 5), ("1,234", 1234), ("1 234", 1234), (3.9, 3), ("2.0", 2), ("1e9", None), ("-3", None)],
)
def test_counts(value: Any, count: int | None) -> None:
    assert clean.count(value) == count


def test_ids_are_plain() -> None:
    assert clean.identifier("3kabc") == "3kabc"
    assert clean.identifier(1050118621198921728) == "1050118621198921728"
    odd = clean.identifier("https://x.example/</posts>")
    assert odd.isalnum()
    assert odd == clean.identifier("https://x.example/</posts>")
    assert len(clean.identifier("x" * 5_000)) == 20
