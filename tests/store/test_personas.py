"""Personas that people make: kept, changed, removed, and nobody else's business."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from store import personas, sessions, users
from store.errors import PersonaNotFound, Refused
from store.personas import PERSONAS_MAX
from store.values import OWN, OwnPersona, PersonaDraft
from tests.store.samples import ANN, BOB, NOON, everything, make

ICON = ":material/forum:"
FIELDS: dict[str, Any] = {
    "description": "Cooks",
    "greeting": "Hello 👋",
    "starters": ("One", "Zwei"),
    "system_prompt": "You cook.",
    "tools": ("calculate", "mcp:*"),
    "model": "scripted-1",
    "parameters": {"temperature": 0.5},
}
QUIET = {"count_uses": 0}
"""Functions that tell by their result, instead of by an error, that nothing is there."""


def new(
    db: Session, user_id: str = ANN, name: str = "Cook", now: datetime | None = None, **fields: Any
) -> OwnPersona:
    return personas.create(db, user_id=user_id, draft=PersonaDraft(name, **fields), now=now)


def doors() -> dict[str, Callable[..., Any]]:
    """Every public function that takes a transaction, a user and a persona."""
    return {
        name: function
        for name, function in inspect.getmembers(personas, inspect.isfunction)
        if {"db", "user_id", "persona_id"} <= set(inspect.signature(function).parameters)
        and not name.startswith("_")
    }


def test_what_is_made_is_kept(db: Session) -> None:
    made = new(db, now=NOON, **FIELDS)
    assert made.id.startswith(OWN)
    assert personas.get(db, user_id=ANN, persona_id=made.id) == made
    assert {name: getattr(made, name) for name in FIELDS} == FIELDS
    assert (made.name, made.icon, made.created_at, made.updated_at) == ("Cook", ICON, NOON, NOON)
    bare = new(db)
    assert (bare.starters, bare.tools, bare.parameters, bare.model) == ((), (), {}, "")


def test_they_are_listed_by_name_for_their_owner_only(db: Session) -> None:
    for name in ("b", "A", "c"):
        new(db, name=name)
    new(db, BOB)
    assert [one.name for one in personas.listed(db, user_id=ANN)] == ["A", "b", "c"]
    assert personas.count(db, user_id=ANN) == 3
    assert personas.listed(db, user_id="nobody") == []


def test_some_is_changed_and_the_rest_stays(db: Session) -> None:
    made = new(db, now=NOON, **FIELDS)
    draft = replace(made, name="Chef", tools=())
    changed = personas.change(db, user_id=ANN, persona_id=made.id, draft=draft)
    assert (changed.name, changed.tools) == ("Chef", ())
    assert (changed.greeting, changed.created_at) == ("Hello 👋", NOON)
    assert changed.updated_at > NOON


def test_what_is_removed_is_gone_and_its_sessions_stay(db: Session) -> None:
    made = new(db)
    place = make(db, persona=made.id)
    trashed = make(db, persona=made.id)
    sessions.trash(db, trashed)
    assert personas.count_uses(db, user_id=ANN, persona_id=made.id) == 1
    personas.remove(db, user_id=ANN, persona_id=made.id)
    assert personas.listed(db, user_id=ANN) == []
    assert sessions.get(db, place).persona == made.id
    with pytest.raises(PersonaNotFound):
        personas.remove(db, user_id=ANN, persona_id=made.id)


def test_the_doors_are_found() -> None:
    assert set(doors()) >= {"get", "change", "remove", "count_uses"}


@pytest.mark.parametrize("name", sorted(doors()))
@pytest.mark.parametrize("user_id", [BOB, "nobody", "%", "ann' --"])
def test_each_door_is_closed_to_others(db: Session, name: str, user_id: str) -> None:
    hers = new(db)
    make(db, persona=hers.id)
    new(db, BOB)
    before = everything(db)
    fields = {"draft": PersonaDraft("mine now")} if name == "change" else {}
    for persona_id in (hers.id, "missing", "", "%", "x" * 65, "a\0b", "' OR 1=1 --"):
        try:
            result = doors()[name](db, user_id=user_id, persona_id=persona_id, **fields)
        except PersonaNotFound:
            continue
        assert name in QUIET, persona_id
        assert result == QUIET[name]
    assert everything(db) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 61},
        {"name": "a\0b"},
        {"description": "x" * 201},
        {"model": "x" * 201},
        {"greeting": "\ud800"},
        {"starters": ("fine", "a\0b")},
        {"tools": ("a\0b",)},
    ],
)
def test_what_cannot_be_kept_is_refused(db: Session, fields: dict[str, Any]) -> None:
    made, draft = new(db), PersonaDraft(**{"name": "x", **fields})
    with pytest.raises(Refused):
        personas.change(db, user_id=ANN, persona_id=made.id, draft=draft)
    with pytest.raises(Refused):
        personas.create(db, user_id=ANN, draft=draft)
    assert personas.listed(db, user_id=ANN) == [made]


def test_its_id_and_its_times_are_not_what_is_said_of_it(db: Session) -> None:
    made = new(db)
    draft = replace(made, id=f"{OWN}1", created_at=NOON, name="Chef")
    changed = personas.change(db, user_id=ANN, persona_id=made.id, draft=draft)
    assert (changed.id, changed.created_at, changed.name) == (made.id, made.created_at, "Chef")
    copy = personas.create(db, user_id=ANN, draft=draft)
    assert copy.id not in {made.id, draft.id}
    assert copy.created_at > made.created_at


def test_there_is_an_end_to_them(db: Session) -> None:
    for _ in range(PERSONAS_MAX):
        new(db)
    with pytest.raises(Refused, match="Delete some"):
        new(db)
    new(db, BOB)


def test_they_go_with_their_owner(db: Session) -> None:
    new(db)
    kept = new(db, BOB)
    users.remove(db, user_id=ANN)
    assert personas.listed(db, user_id=ANN) == []
    assert personas.listed(db, user_id=BOB) == [kept]


def test_they_go_with_a_guest_who_left(db: Session) -> None:
    guest = users.create(db, username="guest", role="guest", now=NOON)
    new(db, guest.id)
    assert users.remove_stale_guests(db, before=users.utc_now()) == 1
    assert personas.listed(db, user_id=guest.id) == []


def test_they_are_handed_over_with_the_chats(db: Session) -> None:
    made = new(db, **FIELDS)
    make(db, persona=made.id)
    assert users.hand_over(db, user_id=ANN, to_user_id=BOB) == 1
    assert personas.listed(db, user_id=BOB) == [made]
    assert personas.listed(db, user_id=ANN) == []
