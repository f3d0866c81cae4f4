"""Which addresses and hosts are this computer's, and what only looks like them."""

from __future__ import annotations

import pytest

from chat.server import doors
from chat.server.loopback import is_local

LOCAL_HOSTS = [
    *("localhost", "localhost:8501", "LOCALHOST:8501", "localhost.", "parley.localhost:80"),
    *("127.0.0.1", "127.0.0.1:8501", "127.9.9.9", "[::1]", "[::1]:8501"),
    *("[0:0:0:0:0:0:0:1]:1", "[::ffff:127.0.0.1]:8501"),
]
FOREIGN_HOSTS = [
    *("evil.example", "evil.example:8501", "localhost.evil.example", "127.0.0.1.evil.example"),
    *("evillocalhost", "192.0.2.7", "192.0.2.7:8501", "0.0.0.0:8501", "[::]", "[2001:db8::1]:80"),
    *("[::ffff:192.0.2.7]", "", ":8501", "[::1", "::1", "localhost:x", "localhost@evil.example"),
    *("evil.example#localhost", "evil.example, localhost", "localhost, evil.example", "local host"),
    *("127.1", "2130706433", "0x7f.1", "[localhost]", "localhost\x00", "[::1]evil.example"),
]


@pytest.mark.parametrize("host", LOCAL_HOSTS)
def test_hosts_of_this_computer(host: str) -> None:
    assert is_local("127.0.0.1", {"host": host})


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_hosts_that_are_not(host: str) -> None:
    assert not is_local("127.0.0.1", {"host": host})


@pytest.mark.parametrize("client", ["127.0.0.1", "127.0.0.53", "::1", "::ffff:127.0.0.1"])
def test_addresses_of_this_computer(client: str) -> None:
    assert is_local(client, {"host": "localhost"})
    assert is_local(client, {})  # HTTP/1.0; browsers name a host always


@pytest.mark.parametrize(
    "client",
    [
        "192.0.2.7",
        "10.0.0.1",
        "::ffff:192.0.2.7",
        "fe80::1",
        "0.0.0.0",
        "::",
        "",
        "localhost",
        None,
    ],
)
def test_addresses_that_are_not_and_unix_sockets(client: str | None) -> None:
    assert not is_local(client, {"host": "localhost"})


@pytest.mark.parametrize(
    "name",
    [
        *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"),
        *("forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip"),
        *("fastly-client-ip", "x-azure-clientip", "x-azure-socketip", "x-azure-fdid"),
        *("x-envoy-external-address", "tailscale-user-login", "x-cluster-client-ip", "cf-ray"),
        *("x-appengine-user-ip", "fly-region", "x-original-url", "x-vercel-forwarded-for"),
        *("client-ip", "x-proxyuser-ip", "x-nf-client-connection-ip", "x-amzn-trace-id"),
    ],
)
def test_what_was_passed_on_is_not_from_here(name: str) -> None:
    assert not is_local("127.0.0.1", {"host": "localhost", name: "127.0.0.1"})


def test_many_headers_cost_what_each_costs() -> None:
    looks = 0

    class Name(bytes):
        __hash__ = bytes.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal looks
            looks += 1
            return super().__eq__(other)

    headers = [(b"host", b"localhost"), *((Name(b"x%d" % n), b"1") for n in range(500))]
    assert doors._from_here({"type": "http", "client": ("127.0.0.1", 1), "headers": headers})
    assert looks < 5_000
