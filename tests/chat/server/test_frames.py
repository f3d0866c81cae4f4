"""Which other sites may show the page in a frame, and what cookies it has there."""

from __future__ import annotations

from typing import Any

import pytest

SITE = "https://www.example.org"


def policy(reply: Any) -> dict[str, str]:
    parts = (one.partition(" ") for one in reply.header("content-security-policy").split("; "))
    return {name: value for name, _, value in parts}


def test_none_unless_named(make: Any) -> None:
    assert policy(make("guest").ask())["frame-ancestors"] == "'self'"
    named = make("guest", frame_ancestors=(SITE, "http://localhost:3000"))
    assert policy(named.ask())["frame-ancestors"] == f"'self' {SITE} http://localhost:3000"


@pytest.mark.parametrize(
    ("named", "scheme", "wanted"),
    [
        ((), "https", {"samesite=lax", "secure"}),
        ((SITE,), "http", {"samesite=lax"}),
        ((SITE,), "https", {"samesite=none", "secure", "partitioned"}),
    ],
)
def test_cookies(make: Any, named: tuple[str, ...], scheme: str, wanted: set[str]) -> None:
    """In a frame they are kept for the site around it; browsers take that over https only."""
    cookie = make("guest", frame_ancestors=named).ask(scheme=scheme).header("set-cookie")
    said = {one.strip().lower() for one in cookie.split(";")[1:]}
    kinds = {one for one in said if one.startswith(("samesite", "secure", "partitioned"))}
    assert kinds == wanted
