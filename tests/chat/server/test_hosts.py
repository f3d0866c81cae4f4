"""By which names Parley may be asked for, and whose word counts on who asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.chat.server.conftest import ELSEWHERE

OURS = ["127.0.0.1:8501", "localhost", "192.0.2.1:80", "[2001:db8::1]:8501", "a.localhost"]
FOREIGN = [
    "evil.example",
    "evil.example:8501",
    "",
    "nas.evil.example",
    "nas, evil.example",
    "nas@x",
]
MADE_UP = "192.0.2.66"


@pytest.mark.parametrize("listed", ["", "nas, Chat.example.org"])
def test_without_login_on_purpose_a_foreign_name_leads_nowhere(make: Any, listed: str) -> None:
    """A page of any site may have its own name point here, and then read everything."""
    door = make("off", hosts=listed)
    for host in OURS:
        assert door.ask(host=host, client=ELSEWHERE).status == 200, host
        assert door.opens(host=host, client=ELSEWHERE), host
    for host in FOREIGN:
        assert door.ask(host=host).status == 403, host
        assert not door.opens(host=host, origin=f"http://{host}"), host
        refused = door.ask("/api/users/me/sessions", host=host, method="POST")
        error = json.loads(refused.body)["error"]
        assert (refused.status, error["code"]) == (403, "not_named")
        assert "PARLEY_HOSTS" in error["fix"]
    for host in ("nas", "NAS:8501", "chat.example.org", "chat.example.org."):
        assert (door.ask(host=host).status == 200) == bool(listed), host
    assert "PARLEY_HOSTS" in door.ask(host="evil.example").body.decode()
    assert door.ask("/api/health", host="evil.example").status == 200


@pytest.mark.parametrize("auth", ["password", "guest", "oidc"])
def test_with_a_login_names_count_where_some_are_listed(make: Any, auth: str) -> None:
    assert make(auth).ask(host="evil.example").status == 200
    assert make(auth, hosts="nas").ask(host="evil.example").status == 403
    assert make(auth, hosts="nas").ask(host="nas").status == 200


def test_a_list_opens_nothing_where_only_this_computer_may_come(make: Any) -> None:
    assert make("", hosts="nas").ask(host="nas").status == 403
    assert make("", hosts="nas").ask(host="localhost").status == 200


@pytest.mark.parametrize("auth", ["password", "guest", "oidc", "off"])
def test_an_address_in_a_header_counts_only_from_a_proxy_that_was_named(
    make: Any, auth: str
) -> None:
    def seen(client: str, *, trusted: str = "") -> str:
        door = make(auth, trusted_proxies=trusted)
        reply = door.ask(client=client, x_forwarded_for=f"{MADE_UP}, 198.51.100.7")
        door.opens(client=client, x_forwarded_for=MADE_UP)
        return str(reply.client[0])

    assert seen("127.0.0.1") == "127.0.0.1"
    assert seen(ELSEWHERE) == ELSEWHERE
    assert seen("127.0.0.1", trusted="127.0.0.1") == "198.51.100.7"
    assert seen(ELSEWHERE, trusted="127.0.0.1") == ELSEWHERE
    assert seen("127.0.0.1", trusted="127.0.0.1, 198.51.100.0/24") == MADE_UP


def test_a_connection_without_an_address_has_none(make: Any) -> None:
    reply = make("password", trusted_proxies="127.0.0.1").ask(client=None, x_forwarded_for=MADE_UP)
    assert reply.client is None


@pytest.mark.parametrize("auth", ["", "off", "password", "guest", "oidc"])
def test_streamlits_metrics_are_closed(make: Any, auth: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        reply = make(auth).ask("/_stcore/metrics", method=method)
        assert (reply.status, reply.body) == (404, b"Not Found")
