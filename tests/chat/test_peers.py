"""Whose address is believed, and which addresses share a budget."""

from __future__ import annotations

import pytest

from chat.peers import budget_unit, client_address, host_names, networks, origins

PROXIES = networks("127.0.0.1, 10.0.0.0/8, 2001:db8:ff::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "believed"),
    [
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("::ffff:127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7, 10.1.2.3"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7", "10.1.2.3"], "198.51.100.7"),
        ("2001:db8:ff::1", ["2001:db8::7"], "2001:db8::7"),
        ("127.0.0.1", ["198.51.100.7:5000"], "198.51.100.7"),
        ("127.0.0.1", ["[2001:db8::7]:5000"], "2001:db8::7"),
        ("127.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        # what the client itself wrote stands further left
        ("127.0.0.1", ["192.0.2.66, 198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["10.0.0.1, 198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["192.0.2.66", "198.51.100.7", "10.9.9.9"], "198.51.100.7"),
        # nobody who is trusted said it
        ("198.51.100.7", ["192.0.2.66"], "198.51.100.7"),
        ("2001:db8::7", ["192.0.2.66"], "2001:db8::7"),
        # the proxy said nothing that is one
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.66, evil.example, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
        (None, ["192.0.2.66"], ""),
        ("", ["192.0.2.66"], ""),
        ("/run/parley.sock", ["192.0.2.66"], "/run/parley.sock"),
    ],
)
def test_an_address_is_believed_only_from_a_proxy_that_was_named(
    peer: str | None, forwarded: list[str], believed: str
) -> None:
    assert client_address(peer, forwarded, PROXIES) == believed


@pytest.mark.parametrize("proxy", ["::ffff:10.0.0.1", "::ffff:a00:0/104", "::ffff:10.0.0.0/120"])
def test_an_ipv4_proxy_may_be_named_as_ipv6(proxy: str) -> None:
    assert client_address("10.0.0.1", ["198.51.100.7"], networks(proxy)) == "198.51.100.7"
    assert client_address("11.0.0.1", ["198.51.100.7"], networks(proxy)) == "11.0.0.1"


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.0.0.1", "198.51.100.7"])
def test_without_a_setting_nobody_is(peer: str) -> None:
    assert client_address(peer, ["192.0.2.66"]) == peer


@pytest.mark.parametrize(
    ("address", "unit"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("this computer", "this computer"),
        ("", ""),
    ],
)
def test_what_shares_a_budget(address: str, unit: str) -> None:
    assert budget_unit(address) == unit


def test_lists_are_written_with_commas_or_as_lists() -> None:
    assert networks("") == host_names("") == ()
    assert networks(["10.0.0.0/8", "::1"]) == networks("10.0.0.0/8,::1")
    assert host_names("Chat.Example.org., nas") == ("chat.example.org", "nas")


def test_origins_are_as_browsers_write_them() -> None:
    written = "https://App.example.org, http://localhost:3000,http://[::1]:8080"
    assert origins(written) == (
        "https://app.example.org",
        "http://localhost:3000",
        "http://[::1]:8080",
    )
    assert origins("") == ()


@pytest.mark.parametrize(
    "written",
    [
        "*",
        "null",
        "app.example.org",
        "https://",
        "ftp://a.example",
        "https://a.example/",
        "https://a.example/path",
        "https://a.example:443",
        "http://a.example:80",
        "https://*.example.org",
        "https://user@a.example",
    ],
)
def test_what_is_no_origin(written: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        origins(written)
