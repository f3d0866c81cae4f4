"""No use case that costs something leaves its limit out: each is tried by a guest at the limit."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path

import pytest

from chat.config import ROOT, Settings
from chat.errors import InvalidInput, TooMany
from chat.filing import Filing
from chat.limits.payers import NOWHERE
from chat.people.members import Members
from chat.personas.book import PersonaBook
from chat.profiles.analyses import Analyses, AnalysisRequest
from chat.runtime import Runtime, put_together
from chat.sessions import Sessions
from chat.sharing.sharing import Sharing, Wanted
from chat.turns.decisions import Decisions
from chat.turns.service import Turns
from store import copies, messages, users
from store.folders import NewFolder
from store.session_values import ChatSession, NewSession
from store.share_values import OpenShare
from store.values import PersonaDraft, SessionKey
from tests.store.samples import FREE
from tests.waiting import until

GUEST = "guest1"
ONE, OTHER = SessionKey(GUEST, "one"), SessionKey(GUEST, "other")
LONG = PersonaDraft("Cook", system_prompt="x" * 101)
SHORT = replace(LONG, system_prompt="x")
Try = Callable[[Runtime, int], object]
"""What somebody does who has the answer of this id in their only chat."""

FREE_OF_COST = {
    Sessions: "change set_parameter archive trash trash_all restore restore_those_left purge "
    "close clear purge_trash mark note_seen show_version delete_message restore_message",
    Turns: "stop stop_quietly stop_each stop_all attach running_in running_sessions count_running",
    Decisions: "decide refuse_overdue",
    Analyses: "of_session of dismiss remove",
    PersonaBook: "all all_in get get_in duplicate remove check checked tool_choices",
    Sharing: "create preview revoke revoke_those_of revoke_all find enter read picture again look",
    Filing: "remove_folder move tag put_back",
    Members: "change_profile log_out_everywhere revoke_token revoke_all_tokens revoke_code "
    "prefer_last_chat set_role set_disabled remove",
}
MAKES_A_SESSION: Mapping[tuple[type, str], Try] = {
    (Sessions, "create"): lambda parts, _: parts.sessions.create(OTHER, NewSession()),
    (Sessions, "duplicate"): lambda parts, _: parts.sessions.duplicate(ONE),
    (Sessions, "branch"): lambda parts, answer: parts.sessions.branch(ONE, answer),
    (Sessions, "add_message"): lambda parts, _: parts.sessions.add_message(
        OTHER, "hi", new=NewSession()
    ),
    (Turns, "send"): lambda parts, _: parts.turns.send(OTHER, "hi", new=NewSession()),
    (Analyses, "start"): lambda parts, _: parts.analyses.start(
        OTHER, AnalysisRequest("", "@a"), new=NewSession()
    ),
    (Sharing, "copy"): lambda parts, _: parts.sharing.copy(GUEST, shared(parts), NOWHERE),
    (PersonaBook, "create_session"): lambda parts, _: within(parts, OTHER),
}
ASKS_A_MODEL: Mapping[tuple[type, str], Try] = {
    (Turns, "send"): lambda parts, _: parts.turns.send(ONE, "hi"),
    (Turns, "answer_again"): lambda parts, answer: parts.turns.answer_again(ONE, answer),
    (Analyses, "start"): lambda parts, _: parts.analyses.start(ONE, AnalysisRequest("", "@a")),
}
KEEPS_A_PROMPT: Mapping[tuple[type, str], Try] = {
    (PersonaBook, "create"): lambda parts, _: parts.personas.create(GUEST, LONG),
    (PersonaBook, "change"): lambda parts, _: parts.personas.change(
        GUEST, parts.personas.create(GUEST, SHORT).id, LONG
    ),
    (Filing, "create_folder"): lambda parts, _: parts.filing.create_folder(
        GUEST, NewFolder("Long", system_prompt="x" * 101)
    ),
    (Filing, "change_folder"): lambda parts, _: parts.filing.change_folder(
        GUEST,
        parts.filing.create_folder(GUEST, NewFolder("Short"))[0].folder_id,
        system_prompt="x" * 101,
    ),
}
COSTS = (MAKES_A_SESSION, ASKS_A_MODEL, KEEPS_A_PROMPT)


def within(parts: Runtime, key: SessionKey) -> object:
    with parts.sessions.limits.spending(key.user_id) as may:
        return parts.personas.create_session(may, key, NewSession())


def shared(parts: Runtime) -> OpenShare:
    """The chat of the guest, as somebody opens it who has a link."""
    guest = parts.identities.local
    made = parts.sharing.create(replace(guest, user_id=GUEST), ONE, Wanted())
    return parts.sharing.find(made.token, NOWHERE)


@pytest.fixture
def parts(sqlite_url: str) -> Iterator[Runtime]:
    """A process in which the guest has one chat and one answer, and may have no more."""
    settings = Settings(
        database_url=sqlite_url,
        auth="guest",
        find_local_servers=False,
        offline_tokens_per_second=100_000,
        guest_sessions=1,
        guest_messages_per_hour=1,
        guest_message_max_chars=100,
    )
    with ExitStack() as opened:
        made = put_together(settings)
        opened.callback(made.close)
        with made.database.transaction() as db:
            users.create(db, username=GUEST, user_id=GUEST, role="guest")
        made.start()
        yield made


@pytest.fixture
def answer(parts: Runtime) -> int:
    asked = parts.turns.send(ONE, "hi", new=NewSession())

    def ended() -> bool:
        with parts.database.reading() as db:
            return not messages.get(db, ONE, message_id=asked.answer.id).is_open

    until(ended)
    return asked.answer.id


def public(of: type) -> set[str]:
    return {name for name, made in vars(of).items() if callable(made) and name[0] != "_"}


@pytest.mark.parametrize("of", FREE_OF_COST, ids=lambda of: of.__name__)
def test_every_use_case_is_known_by_what_it_costs(of: type) -> None:
    costing = {name for costs in COSTS for owner, name in costs if owner is of}
    free = set(FREE_OF_COST[of].split())
    assert public(of) == costing | free
    assert not costing & free


def check(name: str, attempt: Try, parts: Runtime, answer: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"[Gg]uest"):
        attempt(parts, answer)
    with parts.database.reading() as db:
        found = messages.get(db, ONE, message_id=answer)
    assert found.versions == (answer,), name


@pytest.mark.parametrize("which", MAKES_A_SESSION, ids=lambda which: which[1])
def test_no_session_more_than_allowed(which: tuple[type, str], parts: Runtime, answer: int) -> None:
    check(which[1], MAKES_A_SESSION[which], parts, answer, TooMany)


@pytest.mark.parametrize("which", ASKS_A_MODEL, ids=lambda which: which[1])
def test_no_call_more_than_allowed(which: tuple[type, str], parts: Runtime, answer: int) -> None:
    check(which[1], ASKS_A_MODEL[which], parts, answer, TooMany)


@pytest.mark.parametrize("which", KEEPS_A_PROMPT, ids=lambda which: which[1])
def test_no_longer_prompt_than_allowed(
    which: tuple[type, str], parts: Runtime, answer: int
) -> None:
    check(which[1], KEEPS_A_PROMPT[which], parts, answer, InvalidInput)


class Careless(Sessions):
    """A use case as it must not be: with an allowance of its own."""

    def duplicate(self, key: SessionKey) -> ChatSession:
        with self.database.transaction() as db:
            return copies.duplicate(db, key, may=FREE)


def test_one_without_the_limit_is_found(parts: Runtime, answer: int) -> None:
    given = {one.name: getattr(parts.sessions, one.name) for one in fields(Sessions)}
    mine = replace(parts, sessions=Careless(**given))
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        check("duplicate", MAKES_A_SESSION[Sessions, "duplicate"], mine, answer, TooMany)


def test_nobody_else_allows_anything() -> None:
    """The store wants an allowance for whatever costs.

    There is one besides its protocol, and that of the command which an operator puts chats in with.
    """
    found = [
        (path.relative_to(ROOT).as_posix(), node.name)
        for folder in ("chat", "store", "pages")
        for path in sorted(Path(ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        if any(isinstance(one, ast.FunctionDef) and one.name == "ask_model" for one in node.body)
    ]
    assert found == [
        ("chat/limits/spending.py", "Spending"),
        ("store/put_in.py", "_Everything"),
        ("store/values.py", "Allowance"),
    ]
