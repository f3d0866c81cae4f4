"""How an import goes on, and ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from chat.config import Settings
from chat.errors import InvalidInput, TooMany
from chat.transfer import imports as importing
from chat.transfer.spool import GUEST_MB, MB, TooLarge, UploadNotFound
from store import arrivals, imports, intake, users
from store.errors import Conflict, ReadOnly
from store.imports import ImportNotFound
from store.maintenance import Maintenance
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import PersonaDraft
from tests.chat.transfer import exports
from tests.chat.transfer.conftest import Desk
from tests.chat.transfer.exports import dumped
from tests.store.carrying import taken_out
from tests.waiting import until

MANY = dumped([exports.claude(f"k-{at}", f"Wheel {at}", turns=5) for at in range(40)])


@pytest.fixture
def held_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Imports wait after their first transaction, until they are let go on."""
    goes_on = threading.Event()
    monkeypatch.setattr(arrivals, "BATCH", 50)
    monkeypatch.setattr(importing, "NOTE_SECONDS", 0.0)
    note = importing._BeingRead._note

    def waits(reading: Any, count: Any) -> None:
        assert goes_on.wait(20)
        note(reading, count)

    monkeypatch.setattr(importing._BeingRead, "_note", waits)
    yield goes_on
    goes_on.set()


def test_one_that_is_cancelled_keeps_what_came_and_the_file_again_adds_the_rest(
    desk: Desk, held_up: threading.Event
) -> None:
    import_id = desk.imports.start(desk.held(MANY))
    assert desk.imports.get(LOCAL_USER, import_id).is_running
    with pytest.raises(TooMany):
        desk.held(MANY)
    with pytest.raises(ImportNotFound):
        desk.imports.cancel("nobody", import_id)
    desk.imports.cancel(LOCAL_USER, import_id)
    held_up.set()
    ended = desk.ended(import_id)
    assert ended.state == "cancelled"
    assert 0 < ended.added < 400
    for chat in desk.chats().values():
        assert chat["messages"]
        assert chat["active_leaf_id"] == chat["messages"][-1]["id"]
    until(lambda: not desk.imports.spools._held)
    rest = desk.put_in(MANY)
    assert (rest.state, rest.added, rest.unchanged) == ("done", 400 - ended.added, ended.added)


def test_one_ends_with_the_reason_when_it_becomes_read_only_and_the_file_again_adds_the_rest(
    desk: Desk, held_up: threading.Event
) -> None:
    import_id = desk.imports.start(desk.held(MANY))
    until(desk.chats)
    desk.database.maintenance = Maintenance(utc_now(), "Back at 9.")
    held_up.set()
    ended = desk.ended(import_id)
    assert (ended.state, 0 < ended.added < 400) == ("failed", True)
    assert ended.error == "Read only for maintenance. Back at 9. Try again later."
    spool = desk.held(MANY)
    with pytest.raises(ReadOnly):
        desk.imports.start(spool)
    desk.imports.spools.close(spool)
    desk.database.maintenance = Maintenance()
    rest = desk.put_in(MANY)
    assert (rest.state, rest.added, rest.unchanged) == ("done", 400 - ended.added, ended.added)


def test_a_process_that_ends_leaves_it_interrupted(desk: Desk, held_up: threading.Event) -> None:
    import_id = desk.imports.start(desk.held(MANY))
    held_up.set()
    desk.imports._closing.set()
    assert desk.ended(import_id).state == "interrupted"
    with pytest.raises(TooMany):
        desk.imports.start(desk.held(MANY))


@pytest.mark.parametrize("somebody_else", [True, False])
def test_it_rests_only_while_others_are_at_work(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, somebody_else: bool
) -> None:
    rests: list[float] = []

    class Told(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rests.append(timeout or 0)
            return False

    note = importing._BeingRead._note

    def after_others(reading: Any, count: Any) -> None:
        if somebody_else:
            with desk.database.reading():
                pass
        note(reading, count)

    monkeypatch.setattr(arrivals, "BATCH", 50)
    monkeypatch.setattr(importing._BeingRead, "_note", after_others)
    desk.imports._closing = Told()
    import_id = desk.imports.start(desk.held(MANY))
    desk.imports._threads[import_id].join(20)
    assert desk.imports.get(LOCAL_USER, import_id).state == "done"
    assert len(rests) > 4
    assert [rest > 0 for rest in rests] == [somebody_else] * len(rests)


def test_chats_are_written_whole_with_few_statements(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "BATCH", 50)
    seen: list[str] = []

    @event.listens_for(desk.database.engine, "before_cursor_execute")
    def note(*given: Any) -> None:
        seen.append(given[2])

    assert desk.put_in(MANY).added == 400
    starts = [" ".join(one.split()[:3]) for one in seen]
    # A chat weighs as much as 25 messages, so two go together.
    assert starts.count("INSERT INTO messages") == 20
    assert not [one for one in starts if one.startswith("UPDATE sessions")]


def test_one_that_gives_no_sign_of_life_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.database.transaction() as db:
        left = imports.begin(db, user_id=LOCAL_USER, total=5)
        with pytest.raises(Conflict):
            imports.begin(db, user_id=LOCAL_USER, total=5)
        assert imports.get(db, user_id=LOCAL_USER, import_id=left).is_running
        monkeypatch.setattr(imports, "SILENT", -imports.SILENT)
        assert imports.get(db, user_id=LOCAL_USER, import_id=left).state == "interrupted"
        for _ in range(imports.KEPT + 3):
            imports.begin(db, user_id=LOCAL_USER, total=5)
        with pytest.raises(ImportNotFound):
            imports.get(db, user_id=LOCAL_USER, import_id=left)


def test_what_is_skipped_is_named_up_to_a_number(desk: Desk) -> None:
    done = desk.put_in(dumped([{}] * 300))
    assert (done.state, done.skipped_count, len(done.skipped)) == ("done", 300, intake.NAMED)
    assert done.skipped[0]["where"] == "chat 1"


def test_what_is_damaged_later_keeps_what_came_before(desk: Desk) -> None:
    done = desk.put_in(dumped([exports.chatgpt()])[:-1] + b', {"mapping": tru')
    assert done.state == "failed"
    assert "not JSON" in done.error or "early" in done.error


def test_nobody_reads_a_file_beside_somebody_else(desk: Desk) -> None:
    held = desk.held(MANY)
    desk.imports.preview(held)
    held.take()
    for attempt in (desk.imports.preview, desk.imports.start):
        with pytest.raises(Conflict):
            attempt(held)
    with pytest.raises(TooMany):
        desk.held(MANY)
    held.leave()
    assert desk.ended(desk.imports.start_held(LOCAL_USER, held.id)).added == 400


def test_files_have_a_size_and_an_owner(desk: Desk) -> None:
    spools = desk.imports.spools
    with pytest.raises(TooLarge):
        spools.open("ann", "guest", GUEST_MB * MB + 1)
    spool = spools.open("ann", "guest")
    spool.most = 10
    with pytest.raises(TooLarge):
        spools.write(spool, b"x" * 11)
    spools.close(spool)
    held = desk.held(b"content\nHi\n")
    assert not list(Path("/tmp").glob(f"parley-*{held.id}*"))
    desk.imports.preview(held)
    assert desk.imports.waiting(LOCAL_USER, held.id)
    assert desk.imports.waiting("ann", held.id) is None
    with pytest.raises(UploadNotFound):
        desk.imports.start_held("ann", held.id)
    newer = desk.held(b"content\nHi\n")
    desk.imports.preview(newer)
    assert desk.imports.waiting(LOCAL_USER, held.id) is None
    desk.imports.discard(LOCAL_USER, newer.id)
    assert not spools._held


GUESTS = {
    "auth": "guest",
    "guest_sessions": 2,
    "guest_message_max_chars": 300,
    "guest_file_bytes_per_hour": 15_000,
}


@pytest.fixture
def guest_desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings.model_copy(update=GUESTS))
    yield made
    made.imports.close()
    made.database.close()


def test_guests_have_their_limits(guest_desk: Desk) -> None:
    with guest_desk.database.transaction() as db:
        guest = users.create(db, username="guest-1", role="guest").id
    chats = [exports.claude(f"k-{at}", f"Wheel {at}") for at in range(4)]
    chats[0]["chat_messages"][0]["content"][0]["text"] = "x" * 301
    chats[0]["chat_messages"][1]["content"][1]["text"] = "x" * 301
    done = guest_desk.put_in(dumped(chats), guest, "guest")
    assert (done.state, len(guest_desk.chats(guest))) == ("done", 2)
    why = " ".join(one["why"] for one in done.skipped)
    assert "Guests may have 2 chats" in why
    assert "longer than 300" in why
    shelf = {"folder_id": "f", "name": "F", "created_at": "2024-05-01T12:00:00Z"}
    own = {"format": "parley", "folders": [{**shelf, "system_prompt": "x" * 301}], "sessions": []}
    assert "301 characters" in guest_desk.put_in(dumped(own), guest, "guest").skipped[0]["why"]
    held = guest_desk.held(dumped(chats) + b" " * 15_000, guest, "guest")
    guest_desk.imports.spools.hold(held)
    with pytest.raises((InvalidInput, TooMany)):
        guest_desk.imports.start(held)
    assert guest_desk.imports.waiting(guest, held.id) is None
    assert not held.is_used


def test_no_more_files_are_looked_at_at_once_than_may_be(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LOOK_SECONDS", 0.01)
    with ExitStack() as looking:
        for _ in range(importing.AT_ONCE):
            looking.enter_context(desk.imports._looking)
        with pytest.raises(TooMany):
            desk.preview(MANY)
    first = desk.preview(MANY)
    desk.put_in(MANY)
    assert (first.count.known, desk.preview(MANY).count.known) == (0, 40)


def test_own_personas_come_back_checked(desk: Desk) -> None:
    book = desk.imports.personas
    made = book.create(LOCAL_USER, PersonaDraft("Cook", system_prompt="Cook."))
    whole = taken_out(desk.database, LOCAL_USER)
    book.remove(LOCAL_USER, made.id)
    whole["personas"] += [{**whole["personas"][0], "id": "own-2", "icon": "<script>"}, {"id": 3}]
    done = desk.put_in(dumped(whole))
    assert book.get(LOCAL_USER, made.id) == made
    assert done.skipped_count == 2
