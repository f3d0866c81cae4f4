"""Every route of the API, for everybody; a route without a rule fails here."""

from __future__ import annotations

import importlib
import json
import pkgutil
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

import chat.api
from chat.api.application import make_api
from store import files, folders, sessions
from store.database import Database
from store.values import SessionKey
from tests.doors.conftest import FILE_ID, FOLDER_ID, SECRET_TEXT, new_session
from tests.doors.people import ANN, SECRET_TITLE, People, Person
from tests.doors.rules import OPEN, OWN, RULES, SWITCHED_OFF, THEIRS, Body
from tests.processes import Server

NOT_THERE = ("{token_id}", "{share_id}", "{token}", "{import_id}", "{result_id}", "/again")
"""What of these names none is."""
ALL_TOKENS = ("DELETE", "/users/me/tokens")
NEW_TOKEN = ("POST", "/users/me/tokens")
"""For logins."""
ENDLESS = ("GET", "/users/me/news")
"""See test_news.py."""
PICTURE = ("GET", "/shares/{token}/files/{file_id}")
"""See test_shares.py: links that lead nowhere are counted."""
STRANGERS = [
    "nobody",
    "made-up token",
    "revoked token",
    "expired token",
    "disabled user's token",
    "disabled user's cookie",
    "removed user's cookie",
    "expired cookie",
    "cookie of another key",
    "cookie without a signature",
    "cookie that logged out",
    "cookie from before logging out everywhere",
    "cookie that is no token",
    "cookie of somebody who was never there",
    "guest cookie",
]
OTHERS = ["another user", "another user by cookie"]


def routes() -> set[tuple[str, str]]:
    """Method and path of each route of each router in `chat.api`, and of the application."""
    found = set()
    for module_info in pkgutil.iter_modules(chat.api.__path__):
        module = importlib.import_module(f"chat.api.{module_info.name}")
        for router in (each for each in vars(module).values() if isinstance(each, APIRouter)):
            for route in router.routes:
                assert isinstance(route, APIRoute), route
                found |= {(method, route.path) for method in route.methods or ()}
    own = {
        (method, getattr(route, "path", ""))
        for route in make_api().routes
        for method in getattr(route, "methods", None) or ()
    }
    return found | {(method, path) for method, path in own if method != "HEAD"}


def named(rule: str) -> list[tuple[str, str]]:
    return sorted(route for route, (kind, _) in RULES.items() if kind == rule)


def ask(
    server: Server, method: str, path: str, person: Person, body: Body | None, **more: str
) -> tuple[int, Any]:
    """Status and body of a call; ``more`` are headers."""
    parts = urlsplit(server.url)
    client = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = person.headers | more
    data = None if body is None else json.dumps(body)
    if data is not None:
        headers["Content-Type"] = "application/json"
    try:
        client.request(method, f"/api{path}", data, headers)
        answer = client.getresponse()
        text = answer.read().decode()
    finally:
        client.close()
    return answer.status, json.loads(text) if text[:1] in "[{" and text else text


def filled(path: str, user_id: str, session_id: str) -> str:
    path += "?q=a" if path.endswith("/search") else ""
    none = dict.fromkeys(("token_id", "import_id", "token", "share_id", "result_id"), "none")
    none |= {"folder_id": FOLDER_ID, "file_id": FILE_ID}
    return path.format(user_id=user_id, session_id=session_id, message_id=2, **none)


def test_each_route_has_a_rule() -> None:
    assert set(RULES) == routes()


def test_all_strangers_and_others_come(people: People) -> None:
    assert list(people.strangers) == STRANGERS
    assert set(OTHERS) < set(people.known)


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_are_turned_away_everywhere(
    server: Server, people: People, hers: str, name: str
) -> None:
    person, ann = people.strangers[name], people.users[ANN].id
    for route in named(OWN) + named(THEIRS):
        method, path = route
        status, body = ask(server, method, filled(path, ann, hers), person, RULES[route][1])
        throttled = status == 429 and "token" in name
        assert status == 401 or throttled, (route, status, body)
        assert body["error"]["code"] == ("too_many" if throttled else "not_signed_in"), route


def test_nobody_is_told_so_before_anything_else(server: Server, people: People, hers: str) -> None:
    """A write without login and from a foreign page too: 401 comes before 403."""
    for route in named(OWN) + named(THEIRS):
        method, path = route
        parts = urlsplit(server.url)
        client = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {"Content-Type": "text/plain", "Origin": "http://evil.example"}
        target = filled(path, people.users[ANN].id, hers)
        client.request(method, f"/api{target}", json.dumps(RULES[route][1] or {}), headers)
        answer = client.getresponse()
        code = json.load(answer)["error"]["code"]
        client.close()
        assert (answer.status, code) == (401, "not_signed_in"), route


@pytest.mark.parametrize("name", OTHERS)
def test_others_see_no_more_than_what_is_not_there(
    server: Server, people: People, hers: str, database: Database, name: str
) -> None:
    person, ann = people.known[name], people.users[ANN].id
    before = snapshot(database, ann)
    for route in named(THEIRS):
        method, path = route
        body = RULES[route][1]
        foreign = ask(server, method, filled(path, ann, hers), person, body)
        nowhere = ask(server, method, filled(path, "nobody", "nosuchsession"), person, body)
        assert foreign == nowhere, route
        assert foreign[0] == 404, route
        if "{session_id}" in path:
            mine = ask(server, method, filled(path, "me", hers), person, body)
            assert mine == foreign, route
    assert snapshot(database, ann) == before


def test_malformed_ids_are_refused_and_trashed_ones_are_not_there(
    server: Server, people: People, database: Database
) -> None:
    owner = people.known["owner by token"]
    trashed = new_session(database, people.users[ANN].id)
    with database.transaction() as db:
        sessions.trash(db, SessionKey(people.users[ANN].id, trashed))
    for route in named(THEIRS):
        method, path = route
        if "{session_id}" not in path or path.endswith("restore"):
            continue
        body = RULES[route][1]
        for malformed in ("x" * 65, "a%20b", "%C3%A9", "a%2Eb", "%F0%9F%98%80"):
            status, answer = ask(server, method, filled(path, "me", malformed), owner, body)
            assert status == 422, (route, malformed, answer)
        gone = ask(server, method, filled(path, "me", trashed), owner, body)
        missing = ask(server, method, filled(path, "me", "nosuchsession"), owner, body)
        assert gone == missing, route
        assert gone[0] == 404, route


@pytest.mark.parametrize("name", ["admin", "admin by cookie"])
def test_administrators_may_read_but_not_write(
    server: Server, people: People, hers: str, database: Database, name: str
) -> None:
    person, ann = people.known[name], people.users[ANN].id
    before = snapshot(database, ann)
    for route in named(THEIRS):
        method, path = route
        status, body = ask(server, method, filled(path, ann, hers), person, RULES[route][1])
        is_there = method == "GET" and not path.endswith(NOT_THERE)
        assert status in ((200, 204) if is_there else (404,)), (route, status, body)
    assert snapshot(database, ann) == before


@pytest.mark.parametrize("name", ["owner by token", "owner by cookie"])
@pytest.mark.parametrize("route", sorted(set(RULES) - {ALL_TOKENS, ENDLESS, PICTURE}), ids=" ".join)
def test_each_route_opens_for_its_owner(
    server: Server, people: People, database: Database, name: str, route: tuple[str, str]
) -> None:
    method, path = route
    ann = people.users[ANN].id
    fresh = new_session(database, ann)
    if path.endswith("restore"):
        with database.transaction() as db:
            sessions.trash(db, SessionKey(ann, fresh))
    target = filled(path, ann, fresh)
    if path.endswith("edit"):
        target = target.replace("/2/", "/1/")
    status, body = ask(server, method, target, people.known[name], RULES[route][1])
    if RULES[route][0] == SWITCHED_OFF or path.endswith(NOT_THERE):
        assert status == 404
    elif path.endswith(("stop", "decisions")):
        assert status == 409
    elif route == NEW_TOKEN and name == "owner by token":
        assert (status, body["error"]["code"]) == (403, "forbidden")
    else:
        assert status < 300, body


@pytest.mark.parametrize("name", ["owner by cookie", "admin by cookie"])
def test_a_foreign_page_cannot_write_with_a_cookie(
    server: Server, people: People, hers: str, name: str
) -> None:
    cookies = Person(cookies=people.known[name].cookies).headers
    cookies.pop("X-Requested-With")
    for route in sorted(RULES):
        method, path = route
        kind, body = RULES[route]
        if method == "GET" or kind == OPEN:
            continue
        parts = urlsplit(server.url)
        client = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = cookies | {"Content-Type": "application/json", "Origin": "http://evil.example"}
        client.request(method, f"/api{filled(path, 'me', hers)}", json.dumps(body or {}), headers)
        answer = client.getresponse()
        answer.read()
        client.close()
        assert answer.status == 403, route


def test_guests_have_their_own_and_nobody_elses(
    guest_server: Server, people: People, hers: str, database: Database
) -> None:
    guest, ann = people.guest, people.users[ANN].id
    before = snapshot(database, ann)
    for route in named(THEIRS):
        method, path = route
        status, body = ask(guest_server, method, filled(path, ann, hers), guest, RULES[route][1])
        assert status == 404, (route, status)
        assert SECRET_TITLE not in str(body)
    status, me = ask(guest_server, "GET", "/users/me", guest, None)
    assert (status, me["role"], me["mode"]) == (200, "guest", "guest")
    assert ask(guest_server, "GET", "/users/me/sessions", guest, None) == (200, [])
    assert ask(guest_server, "POST", "/users/me/tokens", guest, {"name": "x"})[0] == 403
    assert ask(guest_server, "GET", "/users/me", Person(), None)[0] == 401
    assert ask(guest_server, "GET", "/users/me", people.known["owner by cookie"], None)[0] == 401
    assert snapshot(database, ann) == before


def test_revoking_all_tokens_revokes_ones_own(server: Server, people: People) -> None:
    last = people.last_token
    assert ask(server, "GET", "/users/me", last, None)[0] == 200
    method, path = ALL_TOKENS
    assert ask(server, method, path, last, None) == (200, {"deleted": 1})
    assert ask(server, "GET", "/users/me", last, None)[0] == 401
    assert ask(server, "GET", "/users/me", people.known["owner by token"], None)[0] == 200


def snapshot(database: Database, user_id: str) -> list[Any]:
    with database.reading() as db:
        rows = sessions.recent(db, user_id=user_id, limit=1000, archived=None)
        found = [sessions.get(db, SessionKey(user_id, row.session_id)) for row in rows]
        attached = files.listed(db, user_id=user_id)
        return [*found, *folders.listed(db, user_id=user_id), *attached]


def test_what_is_told_apart_is_the_owner(server: Server, people: People, hers: str) -> None:
    status, rows = ask(
        server, "GET", f"/users/me/sessions/{hers}/messages", people.known["owner by token"], None
    )
    assert status == 200
    assert [row["content"] for row in rows] == [SECRET_TEXT, SECRET_TEXT]
