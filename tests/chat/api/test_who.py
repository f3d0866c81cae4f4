"""Whose things a request reaches: tokens, cookies, other people's ids, revoked and disabled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chat import event_log
from chat.api import sse
from chat.people import throttle
from chat.people.browsers import BROWSER_COOKIE
from chat.people.identity import GUEST_COOKIE, LOGIN_COOKIE
from chat.runtime import Runtime
from store import sessions, users
from store.session_values import NewSession
from store.values import SessionKey
from tests.chat.api.client import Client, Reply
from tests.chat.api.conftest import MINE, running, served
from tests.logins import cookie_of, login_of
from tests.scripted_model import ScriptedModel
from tests.store.samples import FREE

FILES = "/users/me/files"
AJAX = {"X-Requested-With": "fetch"}


@dataclass
class House:
    """A server with logins; each of its people has a session with their own name as id."""

    url: str
    parts: Runtime
    ids: dict[str, str]

    def client(self, name: str) -> Client:
        """Somebody with a new token."""
        with self.parts.database.reading() as db:
            user = users.get(db, user_id=self.ids[name])
        made = self.parts.accounts.new_token(login_of(user), name="test")
        return Client(self.url, {"Authorization": f"Bearer {made.token}"})

    def browser(self, name: str) -> Client:
        """Somebody with a login cookie."""
        value = cookie_of(self.parts.identities, name)
        return Client(self.url, {"Cookie": f"{LOGIN_COOKIE}={value}"})


@pytest.fixture
def house(tmp_path: Path, scripted: ScriptedModel) -> Iterator[House]:
    with running(tmp_path, scripted, auth="password") as parts, served() as url:
        ids = {}
        for name, role in (("ann", "user"), ("bob", "user"), ("boss", "admin")):
            with parts.database.transaction() as db:
                ids[name] = users.create(db, username=name, role=role, password_hash="x").id
                sessions.create(db, SessionKey(ids[name], name), NewSession(title=name), may=FREE)
        yield House(url, parts, ids)


def refused(reply: Reply) -> bool:
    """Whether nobody is known, as HTTP wants it to be said."""
    return (reply.status, reply.error, reply.headers["www-authenticate"]) == (
        401,
        "not_signed_in",
        "Bearer",
    )


def test_nothing_but_health_without_a_login(house: House) -> None:
    stranger = Client(house.url)
    assert stranger.get("/health").status == 200
    for path in (MINE, f"{MINE}/ann", "/users/me", "/users/me/tokens", "/personas", "/models"):
        assert refused(stranger.get(path)), path
    for headers in ({"Authorization": "Bearer "}, {"Cookie": f"{LOGIN_COOKIE}=x"}):
        assert refused(stranger.get(MINE, headers))


def test_a_token_is_its_users(house: House) -> None:
    ann = house.client("ann")
    me = ann.get("/users/me").json
    assert me["id"] == house.ids["ann"]
    assert (me["username"], me["role"], me["mode"]) == ("ann", "user", "password")
    assert [row["title"] for row in ann.get(MINE).json] == ["ann"]
    assert ann.get(f"/users/{me['id']}/sessions/ann").json["title"] == "ann"


def test_somebody_elses_things_look_like_none(house: House) -> None:
    ann, bob = house.client("ann"), house.ids["bob"]
    unknown = ann.get(f"{MINE}/never")
    assert (unknown.status, unknown.error) == (404, "session_not_found")
    for path in (
        f"/users/{bob}/sessions/bob",
        f"/users/{bob}/sessions",
        f"/users/{bob}/sessions/never",
        "/users/nobody/sessions/bob",
        "/users/%00/sessions",
        f"{MINE}/bob",
        f"{MINE}/bob/messages",
        f"{MINE}/bob/messages/1",
        f"{MINE}/bob/messages/1/versions",
        f"{MINE}/bob/profiles",
        f"{MINE}/bob/events",
        f"{MINE}/bob/events?message_id=1",
    ):
        reply = ann.get(path)
        assert (reply.status, reply.body) == (404, unknown.body), path
    for place in (f"{MINE}/bob", f"/users/{bob}/sessions/bob"):
        for method, path, body in (
            ("PATCH", "", {"title": "mine"}),
            ("DELETE", "", None),
            ("DELETE", "?permanent=true", None),
            ("POST", "/restore", None),
            ("POST", "/stop", None),
            ("POST", "/messages", {"content": "hi"}),
            ("PATCH", "/messages/1", {"bookmarked": True}),
            ("POST", "/messages/1/edit", {"content": "hi"}),
            ("POST", "/messages/1/regenerate", None),
            ("POST", "/messages/1/continue", None),
        ):
            reply = ann.ask(method, place + path, body)
            assert (reply.status, reply.body) == (404, unknown.body), (method, path)
    assert ann.delete(f"/users/{bob}/sessions").status == 404
    assert ann.post(f"/users/{bob}/sessions", {}).status == 404
    assert house.client("bob").get(f"{MINE}/bob").json["title"] == "bob"


def test_an_administrator_reads_others_and_writes_nothing(house: House) -> None:
    boss, ann = house.client("boss"), house.ids["ann"]
    assert boss.get(f"/users/{ann}/sessions/ann").json["title"] == "ann"
    assert [row["title"] for row in boss.get(f"/users/{ann}/sessions").json] == ["ann"]
    with house.client("ann").stream("POST", f"{MINE}/ann/messages", {"content": "q"}) as stream:
        list(stream)
    with boss.stream("GET", f"/users/{ann}/sessions/ann/events?message_id=2") as stream:
        where = stream.response.getheader("content-location")
        assert where == f"/api/users/{ann}/sessions/ann/events?message_id=2"
        assert list(stream)[-1].data["status"] == "complete"
    assert boss.get("/users/nobody/sessions").error == "session_not_found"
    assert boss.patch(f"/users/{ann}/sessions/ann", {"title": "x"}).status == 404
    assert boss.delete(f"/users/{ann}/sessions/ann").status == 404
    assert boss.delete(f"/users/{ann}/sessions").status == 404
    assert boss.get(f"{MINE}/ann").status == 404


def test_a_cookie_reads_and_writes_only_what_no_foreign_page_could(house: House) -> None:
    ann = house.browser("ann")
    assert ann.get(f"{MINE}/ann").status == 200
    for headers in ({}, {"Origin": house.url}, {"Origin": "https://evil.example"}):
        reply = ann.patch(f"{MINE}/ann", {"title": "x"}, headers)
        assert (reply.status, reply.error) == (403, "csrf")
    assert ann.patch(f"{MINE}/ann", {"title": "x"}, AJAX).status == 200
    assert house.client("ann").patch(f"{MINE}/ann", {"title": "y"}).status == 200


def test_a_bad_token_is_no_login_and_slows_down(house: House) -> None:
    ann = house.browser("ann")
    bad = {"Authorization": "Bearer parley_wrong"}
    for _ in range(throttle.FREE):
        assert refused(ann.get(MINE, bad))
    reply = ann.get(MINE, bad)
    assert (reply.status, reply.error) == (429, "too_many")
    assert int(reply.headers["retry-after"]) >= 1
    assert ann.get(MINE).status == 200
    assert house.client("ann").get(MINE).status == 200


def test_whoever_is_disabled_is_out_at_once(house: House) -> None:
    ann, browser = house.client("ann"), house.browser("ann")
    assert ann.get(MINE).status == browser.get(MINE).status == 200
    with house.parts.database.transaction() as db:
        users.set_disabled(db, user_id=house.ids["ann"], disabled=True)
    assert refused(ann.get(MINE))
    assert refused(browser.get(MINE))


@pytest.mark.parametrize("how", ["revoked", "disabled"])
def test_a_stream_ends_for_somebody_who_is_out(
    house: House, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(event_log, "TICK_SECONDS", 0.02)
    ann = house.client("ann")
    with ann.stream("POST", f"{MINE}/ann/messages", {"content": "[[stall_after=1]]"}) as stream:
        stream.until(lambda event: event.event == "token")
        if how == "revoked":
            assert ann.delete("/users/me/tokens").json == {"deleted": 1}
        else:
            with house.parts.database.transaction() as db:
                users.set_disabled(db, user_id=house.ids["ann"], disabled=True)
        assert list(stream) == []
    assert house.parts.turns.count_running() == 1


def test_tokens_are_made_listed_and_revoked(house: House) -> None:
    ann = house.browser("ann")
    made = ann.post("/users/me/tokens", {"name": " my  laptop "}, AJAX)
    assert made.status == 201
    token = made.json["token"]
    laptop = Client(house.url, {"Authorization": f"bearer {token}"})
    assert laptop.get("/users/me").json["username"] == "ann"
    short = ann.post("/users/me/tokens", {"name": "short", "expires_in_days": 1}, AJAX).json
    listed = laptop.get("/users/me/tokens")
    assert {row["name"]: row["expires_at"] is None for row in listed.json} == {
        "my laptop": True,
        "short": False,
    }
    assert token not in listed.body.decode()
    assert laptop.delete(f"/users/me/tokens/{short['id']}").json == {"deleted": short["id"]}
    assert laptop.delete(f"/users/me/tokens/{short['id']}").error == "token_not_found"
    assert house.client("bob").delete(f"/users/me/tokens/{made.json['id']}").status == 404
    for body in ({}, {"name": ""}, {"name": "x" * 101}, {"name": "\0"}, {"name": "x", "a": 1}):
        assert ann.post("/users/me/tokens", body, AJAX).status == 422
    for days in (0, 3651, 10**30, "1"):
        reply = ann.post("/users/me/tokens", {"name": "x", "expires_in_days": days}, AJAX)
        assert reply.json["error"]["field"] == "expires_in_days"
    assert laptop.delete("/users/me/tokens").json == {"deleted": 1}
    assert refused(laptop.get(MINE))


def test_a_token_makes_no_tokens(house: House) -> None:
    """It would outlive the one that is revoked."""
    ann = house.client("ann")
    reply = ann.post("/users/me/tokens", {"name": "for ever"})
    assert (reply.status, reply.error) == (403, "forbidden")
    assert "Log in and make it there." in reply.json["error"]["fix"]
    assert [row["name"] for row in ann.get("/users/me/tokens").json] == ["test"]


def test_a_browser_with_a_login_is_known_from_then_on(house: House) -> None:
    ann = house.browser("ann")
    brought = ann.get("/users/me").headers["set-cookie"]
    name, _, rest = brought.partition("=")
    value, *attributes = rest.split("; ")
    assert name == BROWSER_COOKIE
    assert {"HttpOnly", "SameSite=lax"} < set(attributes)
    known = house.parts.identities.browsers.by_cookie(value)
    assert known.people == (house.ids["ann"],)
    with_both = {"Cookie": f"{ann.headers['Cookie']}; {BROWSER_COOKIE}={value}"}
    assert "set-cookie" not in Client(house.url, with_both).get("/users/me").headers
    assert "set-cookie" not in house.client("ann").get("/users/me").headers
    assert "set-cookie" not in Client(house.url).get("/users/me").headers


def test_guests_have_their_own_things_and_no_tokens(
    tmp_path: Path, scripted: ScriptedModel
) -> None:
    with running(tmp_path, scripted, auth="guest", guest_sessions=3) as parts, served() as url:
        one, two = (
            Client(url, {"Cookie": f"{GUEST_COOKIE}={parts.identities.guest_cookie()}", **AJAX})
            for _ in range(2)
        )
        path = f"{MINE}/{one.post(MINE).json['session_id']}"
        assert one.get(path).status == 200
        assert two.get(path).status == 404
        assert one.get("/users/me").json["role"] == "guest"
        assert one.post("/users/me/tokens", {"name": "x"}).error == "forbidden"
        assert refused(Client(url).get(MINE))
        for _ in range(2):
            one.post(MINE)
        full = one.post(MINE)
        assert (full.status, full.error) == (429, "too_many")
        assert int(full.headers["retry-after"]) > 0


def test_a_file_of_somebody_else_is_not_there_and_goes_with_the_last_chat(house: House) -> None:
    ann, bob = house.client("ann"), house.client("bob")
    kind = {"Content-Type": "application/octet-stream"}
    hers, his = (one.ask("POST", FILES, b"Some words.", kind).json for one in (ann, bob))
    path = f"{FILES}/{hers['file_id']}"
    assert [bob.ask(method, path).status for method in ("GET", "DELETE")] == [404, 404]
    assert bob.get(f"/users/{house.ids['ann']}/files/{hers['file_id']}").status == 404
    asks = {"content": "Look", "file_ids": [hers["file_id"]]}
    refused = bob.post(f"{MINE}/bob/messages", asks)
    assert (refused.status, refused.error) == (404, "file_not_found")
    once = {"Prefer": "respond-async", "Idempotency-Key": "once"}
    first, again = (ann.post(f"{MINE}/ann/messages", asks, once).json for _ in range(2))
    assert first["user"] == again["user"]
    assert [one["file_id"] for one in again["user"]["files"]] == [hers["file_id"]]
    place = house.parts.files.folder.of(hers["sha256"])
    assert ann.delete(f"{MINE}/ann?permanent=true").status == 200
    assert (ann.get(path).status, place.exists()) == (404, True)
    assert bob.delete(f"{FILES}/{his['file_id']}").status == 200
    assert not place.exists()
