"""Somebody's personas: those of the file and their own, checked before they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chat.config import Settings
from chat.errors import InvalidInput
from chat.limits.spending import Limits
from chat.personas.book import ICONS, PersonaBook, is_gone, tool_words
from chat.personas.file import load_personas
from chat.tools import builtin
from store import personas, users
from store.database import Database
from store.errors import PersonaNotFound, Refused
from store.personas import PERSONAS_MAX
from store.values import PERSONA_FIELDS, PersonaDraft
from tests import cook
from tests.store.samples import ANN, BOB, opened, statements

COOK = replace(
    cook.COOK,
    starters=("Eggs",),
    system_prompt="You cook.",
    tools=("current_time", "mcp:*"),
    model="scripted-1",
    parameters={"temperature": 0.5},
)


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    with opened(sqlite_url) as database:
        yield database


@pytest.fixture
def book(database: Database, sqlite_url: str) -> PersonaBook:
    limits = Limits(Settings(database_url=sqlite_url), database)
    return PersonaBook(load_personas(), database, limits, builtin())


def test_own_ones_come_after_those_of_the_file(book: PersonaBook) -> None:
    made = book.create(ANN, COOK)
    assert made.own
    assert {name: getattr(made, name) for name in PERSONA_FIELDS} == {
        name: getattr(COOK, name) for name in PERSONA_FIELDS
    }
    assert book.all(ANN) == [*book.built_in.all(), made]
    assert book.all(BOB) == book.built_in.all()
    assert book.get(ANN, made.id) == made


def test_only_own_ones_are_looked_up(book: PersonaBook, database: Database) -> None:
    made = book.create(ANN, COOK)
    with statements(database.engine) as seen:
        for persona_id in ("", "default", "nurse", "gone", "Own-1"):
            book.get(ANN, persona_id)
        assert seen == []
        book.get(ANN, made.id)
    assert len(seen) == 1


def test_the_default_one_stands_in_for_what_is_gone(book: PersonaBook) -> None:
    made = book.create(ANN, COOK)
    assert book.get(BOB, made.id) is book.built_in.default
    assert not is_gone(made, made.id)
    book.remove(ANN, made.id)
    found = book.get(ANN, made.id)
    assert found is book.built_in.default
    assert is_gone(found, made.id)
    assert is_gone(book.get(ANN, "gone"), "gone")
    assert not is_gone(found, "")
    assert not is_gone(found, "default")


def test_what_is_left_out_is_filled_in(book: PersonaBook) -> None:
    made = book.create(ANN, PersonaDraft(name="  Bo ", system_prompt=" You are Bo. "))
    assert (made.name, made.system_prompt) == ("Bo", "You are Bo.")
    assert made.greeting == "Hello! I am Bo."
    assert made.description
    assert made.icon in ICONS.values()


def test_a_copy(book: PersonaBook) -> None:
    copy = book.duplicate(ANN, "support")
    support = book.built_in.get("support")
    assert (copy.name, copy.own) == ("Copy of Technical Support", True)
    assert (copy.tools, copy.starters, copy.system_prompt) == (
        support.tools,
        support.starters,
        support.system_prompt,
    )
    book.change(ANN, copy.id, replace(COOK, tools=copy.tools))  # also tools there are no more
    again = book.duplicate(ANN, book.create(ANN, replace(COOK, name="x" * 60)).id)
    assert again.name.startswith("Copy of xxx")
    for user_id, persona_id in ((BOB, copy.id), (ANN, "gone"), (ANN, "own-1")):
        with pytest.raises(PersonaNotFound):
            book.duplicate(user_id, persona_id)


def test_others_change_and_remove_nothing(book: PersonaBook) -> None:
    made = book.create(ANN, COOK)
    for user_id, persona_id in ((BOB, made.id), (ANN, "nurse"), (ANN, "own-1")):
        with pytest.raises(PersonaNotFound):
            book.change(user_id, persona_id, COOK)
        with pytest.raises(PersonaNotFound):
            book.remove(user_id, persona_id)
    assert book.get(ANN, made.id) == made


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", " ", "The name must not be empty."),
        ("name", "x" * 61, "The name must have 1 to 60 characters."),
        ("icon", "forum", "The icon must be a Material icon, such as :material/forum:."),
        ("description", "x" * 201, "The description must have 1 to 200 characters."),
        ("greeting", "x" * 2001, "The greeting must have 1 to 2,000 characters."),
        ("system_prompt", "\n", "The system prompt must not be empty."),
        ("system_prompt", "x" * 20_001, "The system prompt must have 1 to 20,000 characters."),
        ("starters", tuple("abcdefghi"), "The starters must be 0 to 8 texts."),
        ("starters", ("a", "a "), "The starters (“a”) must not be there twice."),
        ("starters", ("x" * 201,), f"The starters (“{'x' * 40}…”) must be a text of 1 to 200"),
        ("tools", ("teleport",), "The tools (“teleport”) must be one of "),
        ("tools", ("mcp:",), "The tools (“mcp:”) must be the name of a tool, mcp:<server>"),
        ("model", "x" * 201, "The model's name must have 0 to 200 characters."),
        ("parameters", {"temperature": 3}, "The parameters (temperature) must be a number from"),
        ("parameters", {"mood": 1}, "The parameters (mood) must be one of temperature"),
    ],
)
def test_what_does_not_fit_is_said(book: PersonaBook, field: str, value: object, said: str) -> None:
    made = book.create(ANN, COOK)
    draft = replace(COOK, **{field: value})  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as refused:
        book.create(ANN, draft)
    assert refused.value.message.startswith(said)
    with pytest.raises(InvalidInput):
        book.change(ANN, made.id, draft)
    assert book.all(ANN)[-1] == made


def test_what_cannot_be_stored_is_refused(book: PersonaBook) -> None:
    with pytest.raises(Refused):
        book.create(ANN, replace(COOK, greeting="a\0b"))


def test_guests_have_short_prompts(database: Database, sqlite_url: str) -> None:
    settings = Settings(
        database_url=sqlite_url,
        auth="guest",
        guest_message_max_chars=100,
        guest_models=(COOK.model,),
    )
    book = PersonaBook(load_personas(), database, Limits(settings, database), builtin())
    with database.transaction() as db:
        guest = users.create(db, username="g", role="guest").id
    long = replace(COOK, system_prompt="x" * 101)
    made = book.create(guest, COOK)
    for attempt in (lambda: book.create(guest, long), lambda: book.change(guest, made.id, long)):
        with pytest.raises(InvalidInput, match="As a guest use at most 100"):
            attempt()
    book.create(ANN, long)


def test_there_is_an_end_to_copies(book: PersonaBook, database: Database) -> None:
    with database.transaction() as db:
        for _ in range(PERSONAS_MAX):
            personas.create(db, user_id=ANN, draft=PersonaDraft("x"))
    with pytest.raises(Refused):
        book.duplicate(ANN, "nurse")


def test_tools_have_names_for_people(book: PersonaBook) -> None:
    choices = book.tool_choices([])
    assert choices["current_time"] == "Current time"
    assert not any(name.startswith("mcp:") for name in choices)
    assert tool_words("mcp:*") == "All tools of MCP servers"
    assert tool_words("mcp:files") == "MCP server files"


def test_servers_are_offered(book: PersonaBook) -> None:
    offered = list(book.tool_choices(["time", "files"]))
    assert offered[-3:] == ["mcp:*", "mcp:files", "mcp:time"]
