"""Nothing is read before it is known who asks, and of those who are no more than a route takes."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat import runtime
from chat.api import caller, profile_routes, turn_routes
from chat.api.known_first import LARGE, Structure
from chat.api.large_bodies import LargeBody
from chat.people.throttle import Throttle
from store import users
from tests.chat.api.client import Client
from tests.chat.api.conftest import MINE, running, served
from tests.logins import login_of
from tests.scripted_model import ScriptedModel

HUGE = 16_000_000


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, scripted: ScriptedModel) -> Iterator[Client]:
    """A server with a login, and nobody who has one."""
    folder = tmp_path_factory.mktemp("closed")
    with running(folder, scripted, auth="password"), served() as url:
        yield Client(url)


@contextmanager
def begun(client: Client, path: str, *headers: str) -> Iterator[socket.socket]:
    """A post of which only the head was sent."""
    address = urlsplit(client.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as raw:
        head = (f"POST /api{path} HTTP/1.1", "Host: x", "Content-Type: application/json", *headers)
        raw.sendall("\r\n".join((*head, "", "")).encode())
        yield raw


def answer(raw: socket.socket) -> tuple[int, str]:
    """Status and code of what comes until the server closes."""
    head, _, body = raw.makefile("rb").read().partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]["code"]


@pytest.mark.parametrize("size", [f"Content-Length: {HUGE}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(
    "who", ["X: nobody", "Authorization: Bearer parley_made-up", "Cookie: parley_login=x"]
)
@pytest.mark.parametrize("path", ["/users/me/tokens", f"{MINE}/x/messages", "/nowhere"])
def test_of_the_unknown_no_byte_is_waited_for(
    closed: Client, path: str, who: str, size: str
) -> None:
    with begun(closed, path, who, size) as raw:
        assert answer(raw) in ((401, "not_signed_in"), (429, "too_many"))


def test_a_short_body_of_the_unknown_ends_no_connection(closed: Client) -> None:
    """A browser whose login has ended reads the answer, and asks for something else."""
    address = urlsplit(closed.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    for _ in range(2):
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/api{MINE}", b'{"title": "x"}', headers)
        used = connection.sock
        reply = connection.getresponse()
        assert (reply.status, json.load(reply)["error"]["code"]) == (401, "not_signed_in")
        assert connection.sock is used
    connection.close()


def test_whoever_is_known_no_more_when_the_body_is_there_writes_nothing(
    closed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller, "FRESH_SECONDS", 0.0)
    parts = runtime.start()
    object.__setattr__(parts.accounts, "throttle", Throttle())  # others guessed before
    with parts.database.transaction() as db:
        user = users.create(db, username="ann", password_hash="x")
    made = parts.accounts.new_token(login_of(user), name="test")
    token = f"Authorization: Bearer {made.token}"
    wants = ("Content-Length: 2", "Expect: 100-continue", "Connection: close")
    with begun(closed, MINE, token, *wants) as raw:
        assert raw.recv(100).startswith(b"HTTP/1.1 100")  # known, and the body is wanted
        parts.members.revoke_token(login_of(user), user.id, made.kept.id)
        raw.sendall(b"{}")
        assert answer(raw) == (401, "not_signed_in")


def test_the_routes_with_long_texts_are_those_that_may_be_large() -> None:
    routers = (turn_routes.router, turn_routes.chat, profile_routes.router)
    routes = [route for router in routers for route in router.routes]
    with_body = {
        route.path for route in routes if isinstance(route, LargeBody) and route.body_field
    }
    at_answer = f"{turn_routes.router.prefix}{turn_routes.MESSAGE}"
    with_body -= {f"{at_answer}/decisions", f"{at_answer}/regenerate"}  # two words
    assert len(with_body) == 4
    named = {path.replace("{", "").replace("}", "") for path in with_body}
    assert all(map(LARGE.fullmatch, named))
    for other in (MINE, f"{MINE}/x", f"{MINE}/x/messages/1", f"{MINE}/x/stop", "/users/me/tokens"):
        assert not LARGE.fullmatch(other)


@given(st.lists(st.text(alphabet='\\"ab[, n').map(str.encode), max_size=8))
@example([b"\\", b"\\", b'"', b'\\\\"'])
def test_structure_is_counted_alike_in_any_pieces(pieces: list[bytes]) -> None:
    found, at_once = Structure(), Structure()
    for piece in pieces:
        found.take(piece)
    at_once.take(b"".join(pieces))
    assert found.size == at_once.size


@given(st.recursive(st.none() | st.text() | st.integers(), lambda one: st.lists(one)))
def test_structure_is_what_is_in_no_text(value: object) -> None:
    text = json.dumps(value)
    found = Structure()
    found.take(text.encode())

    def texts(of: object) -> int:
        if isinstance(of, list):
            return sum(map(texts, of))
        return len(json.dumps(of)) - 2 if isinstance(of, str) else 0

    assert found.size == len(text) - texts(value)
