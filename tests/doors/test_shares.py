"""Links to chats at every door: who gets in with one, and what goes along with the answer."""

from __future__ import annotations

import secrets
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

import jwt
import pytest

from chat.people.hashing import hashed
from chat.people.identity import GUEST_COOKIE
from store import shares, users
from store.database import Database
from store.share_values import NewShare
from store.types import utc_now
from store.values import SessionKey
from tests.doors.conftest import SECRET_TEXT
from tests.doors.people import ANN, SECRET_TITLE, People, Person
from tests.doors.test_api import ask
from tests.doors.test_pages import SHELL
from tests.page_reader import read_page
from tests.processes import Server

GONE = "This link leads nowhere"


@pytest.fixture
def token(database: Database, people: People, hers: str) -> str:
    """Of a live link to a chat of Ann's."""
    token = secrets.token_urlsafe(16)
    with database.transaction() as db:
        key = SessionKey(people.users[ANN].id, hers)
        new = NewShare(mode="live", expires_at=utc_now().replace(year=2999))
        shares.create(db, key, new=new, token_hash=hashed(token))
    return token


def fetched(server: Server, path: str, **headers: str) -> HTTPResponse:
    client = HTTPConnection("127.0.0.1", server.port, timeout=20)
    with closing(client):
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        answer.read()
    return answer


@pytest.mark.parametrize("name", ["nobody", "disabled user's cookie", "guest cookie"])
def test_where_people_log_in_a_link_alone_is_not_enough(
    server: Server, people: People, token: str, name: str
) -> None:
    status, body = ask(server, "GET", f"/shares/{token}", people.strangers[name], None)
    assert (status, body["error"]["code"]) == (401, "not_signed_in")
    status, _ = ask(server, "GET", f"/shares/{token}/files/none", people.strangers[name], None)
    assert status == 401
    read = read_page(server.url, "share", people.strangers[name].cookies, token=token)
    assert read.has("Username")
    assert not [text for text in (*SHELL, SECRET_TITLE, SECRET_TEXT) if read.has(text)]


def test_where_people_log_in_a_link_opens_for_each_of_them(
    server: Server, people: People, token: str
) -> None:
    for name in ("owner by cookie", "another user by cookie"):
        status, body = ask(server, "GET", f"/shares/{token}", people.known[name], None)
        assert (status, body["title"]) == (200, SECRET_TITLE)
        read = read_page(server.url, "share", people.known[name].cookies, token=token)
        assert read.has(SECRET_TEXT)
        assert not [text for text in SHELL if read.has(text)]
    bobs = people.known["another user by cookie"]
    wrong = ask(server, "GET", f"/shares/{token}x", bobs, None)
    assert wrong[0] == 404
    read = read_page(server.url, "share", bobs.cookies, token=f"{token}x")
    assert read.has(GONE)
    assert not read.has(SECRET_TITLE)


def test_where_all_may_it_opens_for_nobody_and_makes_nobody_a_guest(
    guest_server: Server, people: People, database: Database, token: str, hers: str
) -> None:
    status, body = ask(guest_server, "GET", f"/shares/{token}", Person(), None)
    assert (status, [one["content"] for one in body["messages"]]) == (200, [SECRET_TEXT] * 2)
    assert people.users[ANN].id not in str(body)
    assert hers not in str(body)
    read = read_page(guest_server.url, "share", token=token)
    assert read.has(SECRET_TEXT)
    hidden = (*SHELL, people.users[ANN].id, hers, "Guest ")
    assert not [text for text in hidden if read.has(text)]
    assert not {"parley-composer", "parley-sessions", "page_link"} & set(read.elements)
    known = people.guest
    assert read_page(guest_server.url, "share", known.cookies, token=token).has(SECRET_TEXT)
    guest = jwt.decode(known.cookies[GUEST_COOKIE], options={"verify_signature": False})["guest"]
    with database.reading() as db:
        assert users.by_username(db, username=f"guest-{guest}") is None
    looked_at = fetched(guest_server, f"/share?token={token}")
    assert looked_at.getheader("Set-Cookie") is None
    wanted = fetched(guest_server, f"/share?token={token}&mine=1")
    assert GUEST_COOKIE in (wanted.getheader("Set-Cookie") or "")
    with database.reading() as db:
        [share] = shares.of_session(db, SessionKey(people.users[ANN].id, hers))
    assert share.views == 3, "twice the page, once the API; the page's file is no view"


def test_no_answer_is_kept_found_or_told_of(guest_server: Server, server: Server) -> None:
    """Whatever the token; and it is in no log."""
    for one in (guest_server, server):
        link = fetched(one, "/share/a-secret%20%C3%A9%26x")
        assert (link.status, link.getheader("Location")) == (
            303,
            "../share?token=a-secret%20%C3%A9%26x",
        )
        answers = [link, fetched(one, "/share?token=a-secret"), fetched(one, "/share/a-secret")]
        answers.append(fetched(one, "/api/shares/a-secret"))
        assert [answer.status for answer in answers[1:3]] == [200, 303]
        assert answers[3].status == (404 if one is guest_server else 401)
        for answer in answers:
            assert answer.getheader("Referrer-Policy") == "no-referrer"
            assert answer.getheader("X-Robots-Tag") == "noindex"
            assert answer.getheader("Cache-Control") == "no-store"
            assert answer.getheader("Set-Cookie") is None
        assert "a-secret" not in one.log
    assert fetched(server, "/chat").getheader("X-Robots-Tag") is None
