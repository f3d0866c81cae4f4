"""What a server writes of requests by itself has no token of a link in it."""

from __future__ import annotations

import logging

import pytest

from chat.server.share_links import Unnamed


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("/share/secret", "/share/…"),
        ("/share?token=secret&mine=1", "/…"),
        ("/api/shares/secret?before=3", "/api/shares/…"),
        ("/?reset=secret", "/"),
        ("/api/health", "/api/health"),
    ],
)
def test_no_token_is_in_a_servers_own_lines(address: str, written: str) -> None:
    args = ("127.0.0.1:5", "GET", address, "1.1", 200)
    record = logging.LogRecord("uvicorn.access", 20, "x", 1, '%s - "%s %s HTTP/%s" %d', args, None)
    assert Unnamed().filter(record)
    assert record.getMessage() == f'127.0.0.1:5 - "GET {written} HTTP/1.1" 200'
