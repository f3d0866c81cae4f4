"""Own personas: whoever made them has them, nobody else sees their names, texts or ids."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store import personas, sessions
from store.database import Database
from store.session_values import NewSession
from store.values import OwnPersona, PersonaDraft, SessionKey
from tests.doors.people import ANN, BOB, People, Person
from tests.doors.test_api import ask
from tests.page_reader import read_page
from tests.processes import Server
from tests.store.samples import FREE

NAME, GREETING, PROMPT = "Her secret cook", "Her secret greeting", "Her secret prompt"


@pytest.fixture
def her_cook(database: Database, people: People) -> Iterator[OwnPersona]:
    ann = people.users[ANN].id
    with database.transaction() as db:
        made = personas.create(
            db,
            user_id=ann,
            draft=PersonaDraft(NAME, ":material/star:", greeting=GREETING, system_prompt=PROMPT),
        )
    yield made
    with database.transaction() as db:
        personas.remove(db, user_id=ann, persona_id=made.id)


def others(people: People) -> list[Person]:
    return [people.known[name] for name in people.known if not name.startswith("owner")]


@pytest.mark.parametrize("page", ["chat", "settings"])
def test_only_their_owner_sees_them_on_pages(
    server: Server, guest_server: Server, people: People, her_cook: OwnPersona, page: str
) -> None:
    assert read_page(server.url, page, people.known["owner by cookie"].cookies).has(NAME)
    readers = [(server, one) for one in others(people) if one.cookies]
    for where, person in (*readers, (guest_server, people.guest)):
        read = read_page(where.url, page, person.cookies)
        assert read.has("Technical Support")
        for secret in (NAME, GREETING, PROMPT, her_cook.id):
            assert not read.has(secret)


def test_only_their_owner_has_them_over_the_api(
    server: Server, people: People, her_cook: OwnPersona
) -> None:
    status, mine = ask(server, "GET", "/personas", people.known["owner by token"], None)
    assert (status, mine[-1]["id"], mine[-1]["own"]) == (200, her_cook.id, True)
    body = {"persona": her_cook.id}
    for person in others(people):
        status, listed = ask(server, "GET", "/personas", person, None)
        assert (status, [one["own"] for one in listed]) == (200, [False] * 5)
        for path, said in (("/users/me/sessions", {}), ("/chat/stream", {"message": "Hi"})):
            status, refused = ask(server, "POST", path, person, body | said)
            assert (status, refused["error"]["field"]) == (422, "persona")
            nobody = ask(server, "POST", path, person, {"persona": "own-1"} | said)
            assert nobody == (status, refused)


def test_a_foreign_one_in_a_chat_is_not_there(
    server: Server, people: People, her_cook: OwnPersona, database: Database
) -> None:
    with database.transaction() as db:
        made, _ = sessions.create(
            db, SessionKey.new(people.users[BOB].id), NewSession(persona=her_cook.id), may=FREE
        )
    cookies = people.known["another user by cookie"].cookies
    read = read_page(server.url, "chat", cookies, session=made.session_id)
    assert read.has("The persona that this chat began with was deleted.")
    assert not read.has(NAME)
    assert not read.has(GREETING)
