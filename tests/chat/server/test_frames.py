"""Which other sites may show the page in a frame, and what cookies it has there."""

from __future__ import annotations

from typing import Any

import pytest

SITE = "https://www.example.org"


def policy(reply: Any) -> dict[str, str]:
    parts = (one.partition(" ") for one in reply.header("content-security-policy").split("; "))
    return {name: value for name, _, value in parts}


def kinds(reply: Any) -> set[str]:
    """Where the cookie goes along."""
    said = [one.strip().lower() for one in reply.header("set-cookie").split(";")[1:]]
    found = [one for one in said if one.startswith(("samesite", "secure", "partitioned"))]
    assert len(found) == len({one.partition("=")[0] for one in found})
    return set(found)


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
    reply = make("guest", frame_ancestors=named).ask(scheme=scheme)
    assert kinds(reply) == wanted


def test_cookies_of_streamlit(make: Any) -> None:
    """Without its own for forms it takes no file."""
    given = "_streamlit_xsrf=2|0d|48|17; Path=/; SameSite=Lax"
    for named, scheme in (((), "https"), ((SITE,), "http")):
        door = make("guest", frame_ancestors=named)
        reply = door.ask("/_stcore/health", scheme=scheme, answers={"set-cookie": given})
        assert reply.header("set-cookie") == given
    reply = make("guest", frame_ancestors=(SITE,)).ask(
        "/_stcore/health", scheme="https", answers={"set-cookie": given}
    )
    assert reply.header("set-cookie").startswith("_streamlit_xsrf=2|0d|48|17; Path=/; ")
    assert kinds(reply) == {"samesite=none", "secure", "partitioned"}
