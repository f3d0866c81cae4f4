"""Own personas over the API: listed for whoever made them, and chosen for sessions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store import users
from store.users import LOCAL_USER
from store.values import Persona, PersonaDraft
from tests.chat.api.conftest import MINE, Api

COOK = PersonaDraft(name="Cook", starters=("Eggs",), system_prompt="You cook.")


@pytest.fixture
def cook(api: Api) -> Iterator[Persona]:
    made = api.parts.personas.create(LOCAL_USER, COOK)
    yield made
    api.parts.personas.remove(LOCAL_USER, made.id)


@pytest.fixture
def foreign(api: Api) -> Iterator[Persona]:
    """Somebody else's."""
    with api.parts.database.transaction() as db:
        bob = users.create(db, username="bob").id
    yield api.parts.personas.create(bob, COOK)
    with api.parts.database.transaction() as db:
        users.remove(db, user_id=bob)


def test_own_ones_are_listed_last_and_marked(api: Api, cook: Persona, foreign: Persona) -> None:
    listed = api.get("/personas").json
    assert [one["own"] for one in listed] == [False] * 5 + [True]
    assert listed[-1] == {
        "id": cook.id,
        "name": "Cook",
        "icon": cook.icon,
        "description": cook.description,
        "greeting": cook.greeting,
        "starters": ["Eggs"],
        "own": True,
        "is_default": False,
    }


def test_an_own_one_for_a_session(api: Api, cook: Persona) -> None:
    path = api.make(persona=cook.id)
    assert api.get(path).json["persona"] == cook.id
    assert api.patch(path, {"persona": "nurse"}).json["persona"] == "nurse"
    assert api.patch(path, {"persona": cook.id}).json["persona"] == cook.id
    with api.stream("POST", "/chat/stream", {"message": "hi", "persona": cook.id}) as stream:
        thread = list(stream)[-1].data["thread_id"]
    assert api.get(f"{MINE}/{thread}").json["persona"] == cook.id


def test_those_of_others_are_not_there(api: Api, foreign: Persona) -> None:
    path = api.make()
    for persona in (foreign.id, "own-1", "own-", "nobody"):
        for reply in (
            api.post(MINE, {"persona": persona}),
            api.patch(path, {"persona": persona}),
            api.post("/chat/stream", {"message": "hi", "persona": persona}),
        ):
            assert (reply.status, reply.json["error"]["field"]) == (422, "persona")
            assert "or one of your own" in reply.json["error"]["fix"]
