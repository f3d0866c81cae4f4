"""What goes wrong leaves in one shape: no trace, no SQL, and the server goes on."""

from __future__ import annotations

import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event

from chat.api import public_routes
from chat.api.caller import THREADS
from store.backups import state
from store.types import utc_now
from tests.chat.api.conftest import MINE, Api
from tests.chat.conftest import locked
from tests.waiting import until

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b'{"a": \xff}', b"[" * 5000])
def test_what_is_no_json_cannot_be_read(api: Api, body: bytes) -> None:
    reply = api.ask("PATCH", api.make(), body, JSON)
    expected = (422, "invalid_input") if body == b"" else (400, "unreadable")
    assert (reply.status, reply.error) == expected


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_kinds_of_bodies_are_refused(api: Api, kind: str) -> None:
    reply = api.ask("PATCH", api.make(), b'{"title": "x"}', {"Content-Type": kind})
    assert (reply.status, reply.error) == (415, "unsupported_media_type")
    assert "application/json" in reply.json["error"]["fix"]
    fine = {"Content-Type": "application/merge-patch+json; charset=utf-8"}
    assert api.ask("PATCH", api.make(), b'{"title": "x"}', fine).status == 200


@pytest.mark.parametrize(
    "session_id", ["a.b", "a%20b", "x" * 65, "%00", "%FF", "a%0a", "a%0ab", "é"]
)
def test_a_malformed_session_id_is_named(api: Api, session_id: str) -> None:
    path = f"{MINE}/{session_id.replace('é', '%C3%A9')}"
    for reply in (api.get(path), api.delete(path), api.post(f"{path}/messages", {"content": "x"})):
        assert (reply.status, reply.json["error"]["field"]) == (422, "session_id")
    assert api.post(MINE, {"session_id": session_id}).json["error"]["field"] == "session_id"


def test_addresses_and_methods_there_are_not(api: Api) -> None:
    for path in ("/", "/nothing", "/users", f"{MINE}/", f"{MINE}/a/b/c", "/docs/x"):
        reply = api.get(path)
        assert (reply.status, reply.error) == (404, "not_found"), path
    reply = api.ask("PUT", MINE, {})
    assert (reply.status, reply.error) == (405, "method_not_allowed")
    assert reply.headers["allow"]


def test_what_nobody_foresaw_is_logged_and_not_shown(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("SELECT secret")

    monkeypatch.setattr(public_routes, "_use_database", broken)
    with caplog.at_level(logging.ERROR, "parley.api"):
        reply = api.get("/health")
    assert (reply.status, reply.error) == (500, "internal")
    assert b"secret" not in reply.body
    assert b"Zero" not in reply.body
    assert "SELECT secret" in caplog.text
    monkeypatch.undo()
    assert api.get("/health").status == 200


def test_health_waits_for_no_writer(api: Api) -> None:
    """Not even when all that may use the database wait for a lock on it."""
    path = api.parts.database.path
    assert path
    with ThreadPoolExecutor(THREADS + 4) as pool:
        with locked(path):
            writers = [pool.submit(api.make) for _ in range(THREADS + 4)]
            until(lambda: sum("AnyIO" in one.name for one in threading.enumerate()) >= THREADS)
            assert api.get("/health").status == 200
            assert not any(writer.done() for writer in writers)
        assert all(writer.result() for writer in writers)


def test_health_and_what_can_be_chosen(api: Api) -> None:
    health = api.get("/health").json
    assert health["status"] == health["database"] == health["disk"] == "ok"
    path = api.make()
    with api.stream("POST", f"{path}/messages", {"content": "[[stall_after=1]]"}) as stream:
        stream.until(lambda event: event.event == "token")
        assert api.get("/health").json["running"] == health["running"] + 1
    api.post(f"{path}/stop")
    personas = api.get("/personas").json
    known = api.parts.personas.built_in.all()
    assert [persona["id"] for persona in personas] == [persona.id for persona in known]
    assert [persona["is_default"] for persona in personas] == [True] + [False] * (len(known) - 1)
    assert "system_prompt" not in personas[0]
    assert api.get("/models").json == [{"id": "scripted-1", "is_default": True}]


def test_health_says_how_old_the_last_good_backup_is(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api.get("/health").json["backup_age"] is None
    with api.parts.database.transaction() as db:
        state.note_good(db, made_at=utc_now() - timedelta(hours=2))
    api.parts.backups.look()
    monkeypatch.setattr(api.parts.backups, "now", utc_now)
    assert 7_200 <= api.get("/health").json["backup_age"] < 7_300


def test_health_looks_at_the_disk(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little space, or a write that the disk refused; what can be read is still served."""
    monkeypatch.setattr("store.dialects.free_bytes", lambda _: 100_000_000)
    assert said(api) == (200, "degraded", "ok", "low")
    monkeypatch.undo()
    assert said(api) == (200, "ok", "ok", "ok")
    path = api.make()
    with api.parts.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def no_more(_connection: object, cursor: sqlite3.Cursor, *_rest: object) -> None:
        cursor.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(api.parts.database.engine, "before_cursor_execute", no_more)
    try:
        reply = api.post(f"{path}/messages", {"content": "x" * 1_000_000})
        assert (reply.status, reply.error) == (503, "storage_unavailable")
        assert said(api) == (200, "degraded", "ok", "full")
    finally:
        event.remove(api.parts.database.engine, "before_cursor_execute", no_more)
        api.parts.database.engine.dispose()
    monkeypatch.setattr("store.database.REFUSED_SECONDS", 0.0)
    assert said(api) == (200, "ok", "ok", "ok")


def said(api: Api) -> tuple[object, ...]:
    reply = api.get("/health")
    return reply.status, *(reply.json[name] for name in ("status", "database", "disk"))


def test_without_login_a_foreign_page_writes_nothing(api: Api) -> None:
    path = api.make()
    host = api.url.removeprefix("http://")
    for origin in ("https://evil.example", "null", f"http://{host}.evil.example"):
        reply = api.patch(path, {"title": "x"}, {"Origin": origin})
        assert (reply.status, reply.error) == (403, "csrf")
    assert api.patch(path, {"title": "x"}, {"Origin": api.url}).status == 200
    assert (
        api.patch(
            path, {"title": "x"}, {"Origin": "https://ok.example", "X-Requested-With": "fetch"}
        ).status
        == 200
    )
    assert api.get(path, {"Origin": "https://evil.example"}).status == 200
    assert api.get(path, {"Authorization": "Bearer parley_x"}).error == "not_signed_in"
    assert api.get("/users/me").json["mode"] == "off"
