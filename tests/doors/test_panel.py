"""Who is shown the analysis results of a chat: its owner, and nobody else."""

from __future__ import annotations

import pytest

from store import profiles
from store.database import Database
from store.values import SessionKey
from tests.doors.people import ANN, People
from tests.page_reader import read_page
from tests.processes import Server

SECRET = "her-secret-handle"


@pytest.fixture
def analysed(hers: str, people: People, database: Database) -> str:
    """Ann's session, with a result."""
    with database.transaction() as db:
        profiles.save(
            db,
            SessionKey(people.users[ANN].id, hers),
            source="x",
            handle=SECRET,
            result={"handle": SECRET, "post_count": 0},
        )
    return hers


def test_the_owner_sees_it_and_nobody_else(server: Server, people: People, analysed: str) -> None:
    for name in ("owner by cookie", "another user by cookie", "admin by cookie"):
        read = read_page(server.url, "chat", people.known[name].cookies, session=analysed)
        assert read.has("Log out"), name
        assert read.has(SECRET) == name.startswith("owner"), name
    stranger = read_page(server.url, "chat", session=analysed)
    assert not stranger.has(SECRET)


def test_a_guest_does_not(guest_server: Server, people: People, analysed: str) -> None:
    guest = read_page(guest_server.url, "chat", people.guest.cookies, session=analysed)
    assert guest.has("Guest")
    owner = people.known["owner by cookie"].cookies
    for read in (guest, read_page(guest_server.url, "chat", owner, session=analysed)):
        assert not read.has(SECRET)
