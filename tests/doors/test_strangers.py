"""What somebody without a name gets out of a server, and what it costs: nothing, of any route."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from tests.doors.people import ANN, People, Person
from tests.doors.rules import OWN, RULES, THEIRS
from tests.doors.test_api import ask, filled, named
from tests.processes import Server

HALF = b"POST /api/chat/stream HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("name", ["nobody", "made-up token", "cookie of another key"])
def test_no_route_waits_for_a_strangers_body(
    server: Server, people: People, hers: str, name: str
) -> None:
    """Only the head is sent: whoever wanted any of the 16 MB would wait for it."""
    for route in named(OWN) + named(THEIRS):
        method, path = route
        if RULES[route][1] is None:
            continue
        client = HTTPConnection("127.0.0.1", server.port, timeout=20)
        with closing(client):
            client.putrequest(method, f"/api{filled(path, people.users[ANN].id, hers)}")
            for header, value in people.strangers[name].headers.items():
                client.putheader(header, value)
            client.putheader("Content-Type", "application/json")
            client.putheader("Content-Length", "16000000")
            client.endheaders()
            answer = client.getresponse()
            code = json.load(answer)["error"]["code"]
        assert (answer.status, code) in ((401, "not_signed_in"), (429, "too_many")), route
        assert answer.getheader("connection") == "close", route


def test_no_header_makes_another_guesser_of_one(server: Server) -> None:
    """Whoever guesses is counted by where they are, not by what they say of it."""
    guesses = [
        ask(
            *(server, "GET", "/users/me", Person(token=f"parley_{number}"), None),
            **{"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"},
        )[0]
        for number in range(20)
    ]
    assert guesses.count(429) >= 10


def test_streamlits_metrics_are_closed(server: Server, guest_server: Server) -> None:
    for one in (server, guest_server):
        client = HTTPConnection("127.0.0.1", one.port, timeout=20)
        with closing(client):
            client.request("GET", "/_stcore/metrics")
            assert client.getresponse().status == 404


@pytest.mark.slow
def test_two_hundred_half_sent_requests_end_and_a_stream_does_not(
    server: Server, people: People
) -> None:
    """A stream of news goes on, and others are served meanwhile and afterwards."""
    with ExitStack() as open_ones:
        ann = people.known["owner by token"]
        news = HTTPConnection("127.0.0.1", server.port, timeout=60)
        open_ones.callback(news.close)
        news.request("GET", "/api/users/me/news", headers=ann.headers)
        stream = news.getresponse()
        many = [
            open_ones.enter_context(
                socket.create_connection(("127.0.0.1", server.port), timeout=60)
            )
            for _ in range(200)
        ]
        for one in many:
            one.sendall(HALF)
        assert ask(server, "GET", "/users/me/sessions", ann, None)[0] == 200
        for one in many:
            assert one.recv(100) == b""
        assert ask(server, "POST", "/users/me/sessions", ann, {"title": "Still here"})[0] == 201
        said = b""
        while b"session" not in said:
            said = stream.readline()
            assert said
