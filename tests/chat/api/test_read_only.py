"""Read-only mode over HTTP: each route that writes is refused and writes nothing, others work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from chat.people.identity import GUEST_COOKIE, LOGIN_COOKIE, Identity
from chat.runtime import Runtime
from store import users
from store.database import Database
from store.tables import metadata
from tests.chat.api.client import Client, Reply
from tests.chat.api.conftest import MINE, running, served
from tests.doors.rules import RULES
from tests.logins import cookie_of, login_of
from tests.model_script import Script, Text
from tests.scripted_model import ScriptedModel

LINE = "Moving to another machine, back at 9."
WORDS = {
    "code": "read_only",
    "message": f"Read only for maintenance. {LINE}",
    "fix": "Try again later.",
}
METRICS = "metrics-token-of-the-tests"
HERS = "hers"
CHATS = json.dumps({"title": "One", "messages": [{"role": "user", "content": "hi"}]}).encode()
WRITE_NOTHING = {
    ("POST", "/users/{user_id}/sessions/{session_id}/stop"),
    (
        "POST",
        "/users/{user_id}/sessions/{session_id}/messages/{message_id}/results/{result_id}/again",
    ),
}
"""Of others than GET: what ends an answer that runs, and a table computed again, which none is."""
ENDLESS = ("GET", "/users/me/news")


@dataclass
class House:
    """A server with a login, and its administrator, who has a bit of everything."""

    url: str
    parts: Runtime
    boss: Identity
    ids: dict[str, str]

    @property
    def browser(self) -> Client:
        cookie = f"{LOGIN_COOKIE}={cookie_of(self.parts.identities, 'boss')}"
        return Client(self.url, {"Cookie": cookie, "X-Requested-With": "fetch"})

    def switch(self, *, on: bool, line: str = LINE) -> None:
        self.parts.read_only.switch(self.boss, on=on, line=line)

    def ask(self, method: str, path: str, body: Any) -> Reply:
        path += "?q=a" if path.endswith("/search") else ""
        if path == "/users/me/import" and method == "POST":
            body = CHATS
        if path.endswith("{import_id}"):  # of a file that is only looked at
            looked_at = self.browser.ask("POST", "/users/me/import?dry_run=true", CHATS).json
            self.ids["import_id"] = looked_at["import_id"]
        filled = path.format(user_id="me", session_id=HERS, message_id=2, **self.ids)
        headers = {"Authorization": f"Bearer {METRICS}"} if path == "/metrics" else {}
        return self.browser.ask(method, filled, body, headers)


@pytest.fixture
def house(tmp_path: Path, scripted: ScriptedModel) -> Iterator[House]:
    scripted.reset()
    scripted.queue(Script((Text("An answer."),)))
    changes = {"auth": "password", "metrics_token": METRICS}
    with running(tmp_path, scripted, **changes) as parts, served() as url:
        with parts.database.transaction() as db:
            boss = login_of(users.create(db, username="boss", role="admin", password_hash="x"))
        house = House(url, parts, boss, {"result_id": "none"})
        client = house.browser
        kept = client.ask("POST", "/users/me/files?name=a.txt", b"Of hers.").json
        client.post("/users/me/folders", {"name": "Hers", "folder_id": HERS})
        client.post(MINE, {"session_id": HERS, "title": "Hers", "folder": HERS})
        client.post(f"{MINE}/{HERS}/messages", {"content": "hi", "file_ids": [kept["file_id"]]})
        share = client.post(f"{MINE}/{HERS}/shares", {}).json
        token = parts.accounts.new_token(boss, name="hers")
        house.ids |= {"file_id": kept["file_id"], "folder_id": HERS, "token_id": token.kept.id}
        house.ids |= {"share_id": share["share_id"], "token": share["url"].rpartition("/")[2]}
        yield house
    scripted.reset()


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that is stored; how often a link was opened goes on being counted."""
    with database.reading() as db:
        return {
            table.name: sorted((tuple(row) for row in db.execute(select(*table.c)).all()), key=repr)
            for table in metadata.sorted_tables
            if table.name != "shares"
        }


def test_each_route_that_writes_is_refused_and_writes_nothing(house: House) -> None:
    house.switch(on=True)
    before = rows(house.parts.database)
    for (method, path), (_, body) in RULES.items():
        if method != "GET" and (method, path) not in WRITE_NOTHING:
            reply = house.ask(method, path, body)
            assert (reply.status, reply.json) == (503, {"error": WORDS}), (method, path)
            assert int(reply.headers["Retry-After"]) > 0, (method, path)
    assert rows(house.parts.database) == before
    for method, path in sorted(WRITE_NOTHING):
        assert house.ask(method, path, None).status in (404, 409), path
    assert rows(house.parts.database) == before


def test_all_that_reads_works_meanwhile(house: House) -> None:
    read = [one for one in RULES if one[0] == "GET" and one != ENDLESS]
    statuses = {path: house.ask("GET", path, None).status for _, path in read}
    house.switch(on=True)
    assert {path: house.ask("GET", path, None).status for _, path in read} == statuses
    assert sorted({path for path, status in statuses.items() if status > 299}) == [
        "/shares/{token}/files/{file_id}",  # a text is no picture
        "/users/me/import/{import_id}",
        "/users/{user_id}/sessions/{session_id}/messages/{message_id}/results/{result_id}",
    ]


def test_health_and_metrics_say_so(house: House) -> None:
    def said() -> tuple[int, bool, bool]:
        health, metrics = house.browser.get("/health"), house.ask("GET", "/metrics", None)
        gauge = [line for line in metrics.body.decode().splitlines() if "parley_read_only " in line]
        return health.status, health.json["read_only"], "parley_read_only 1.0" in gauge

    assert said() == (200, False, False)
    house.switch(on=True)
    assert said() == (200, True, True)
    house.switch(on=False)
    assert said() == (200, False, False)


def test_what_was_refused_is_taken_once_it_is_over(house: House) -> None:
    house.switch(on=True, line="")
    path, once = f"{MINE}/{HERS}/messages", {"Idempotency-Key": "one"}
    reply = house.browser.post(path, {"content": "More"}, once)
    assert reply.json["error"]["message"] == "Read only for maintenance."
    house.switch(on=False)
    assert house.browser.post(path, {"content": "More"}, once).status == 200


def test_a_token_works_without_being_stamped(house: House) -> None:
    token = house.parts.accounts.new_token(house.boss, name="other").token
    house.switch(on=True)
    before = rows(house.parts.database)
    reader = Client(house.url, {"Authorization": f"Bearer {token}"})
    assert reader.get(MINE).status == 200
    assert reader.post(MINE, {}).error == "read_only"
    assert rows(house.parts.database) == before


def test_a_new_guest_is_told_so(tmp_path: Path, scripted: ScriptedModel) -> None:
    with running(tmp_path, scripted, auth="guest") as parts, served() as url:
        known = Client(url, {"Cookie": f"{GUEST_COOKIE}={parts.identities.guest_cookie()}"})
        new = Client(url, {"Cookie": f"{GUEST_COOKIE}={parts.identities.guest_cookie()}"})
        assert known.get(MINE).status == 200
        parts.read_only.switch(parts.identities.local, on=True, line=LINE)
        assert known.get(MINE).status == 200
        assert (new.get(MINE).status, new.get(MINE).json) == (503, {"error": WORDS})
        parts.read_only.switch(parts.identities.local, on=False)
        assert new.get(MINE).status == 200
