"""Nobody reaches what is not theirs: every function of the store that names a session is called.

The functions are found by their signatures, so a new one is tested, or fails here until it is
known how to call it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

import store
from store import answers, budgets, clearing, endings, messages, sessions, shares, waiting
from store.adding import Entry
from store.asking import Ask
from store.budgets import Charge
from store.endings import Ending, Received
from store.errors import NotFound, SessionNotFound
from store.provenance_record import Provenance
from store.result_values import NewComputed
from store.share_values import Included, NewShare, OpenShare
from store.types import utc_now
from store.values import SessionKey
from tests.store.samples import (
    ANN,
    BOB,
    FREE,
    OWNER,
    add_result,
    asked,
    chain,
    everything,
    exchange,
    make,
)

MINE = Ask("mine", "fetch", {}, "May it?")
NAMED = Provenance({"mine": "now"}, {"0" * 64: "mine now"})
ARGUMENTS: dict[str, Any] = {
    "address": "192.0.2.1",
    "asks": [MINE],
    "call_id": MINE.call_id,
    "chars": 1000,
    "cleared_at": utc_now(),
    "content": "mine now",
    "count": 1,
    "decision": "once",
    "depth": 1,
    "ending": Ending("complete", "mine now", provenance=NAMED),
    "handle": "mine",
    "handles": ["mine"],
    "ids": [1, 2],
    "leaf_id": 2,
    "most": 9,
    "max_chars": 1000,
    "may": FREE,
    "message_id": 2,
    "owner": OWNER,
    "parent_id": 2,
    "paused": {},
    "result": {"mine": "now"},
    "role": "user",
    "new": NewShare(mode="live", expires_at=utc_now()),
    "share": OpenShare(
        SessionKey(ANN, "hers"),
        *("id", "live", "", "", None, Included(), None, utc_now(), utc_now()),
    ),
    "share_id": "mine",
    "so_far": Ending("streaming", "mine now", provenance=NAMED),
    "source": "x",
    "status": "stopped",
    "title": "mine now",
    "token_hash": "mine",
    "told": set(),
    "file_ids": [],
    "found": [],
    "result_id": "mine",
    "entry": Entry(role="user", content="mine now"),
    "entries": [Entry(role="user", content="mine now")],
}
FIELDS: dict[str, dict[str, Any]] = {
    "sessions.change": {"description": "mine now"},
    "marks.mark": {"bookmarked": True},
}
"""What is given for ``**fields``."""
QUIET: dict[str, Any] = {
    "files.of_branch": [],
    "files.of_messages": {},
    "messages.window": [],
    "results.of_messages": {},
    "results.tables_above": [],
    "tree.below": None,
    "provenance.named_messages": {},
    "provenance.of": None,
    "provenance.of_messages": {},
    "provenance.said_above": [],
    "tree.said": [],
    "tree.context": [],
    "answers.start_next": None,
    "budgets.charge_of": None,
    "cleanup.remove_temporary": True,
    "clearing.forget": None,
    "budgets.count_open": (0, 0, 0, 0),
    "endings.end_as": False,
    "endings.finish": False,
    "profiles.count": 0,
    "tree.at_depth": None,
    "waiting.own_words": [],
    "waiting.pause": False,
    "waiting.paused_of": None,
    "waiting.refuse_all": None,
}
"""Functions that tell by their result, instead of by an error, that nothing is there."""
NEW_RESULT = NewComputed("id", "table", "Mine", "", {}, (), 0, 0, b"", b"")
NO_IDS = ["missing", "", "%", "../x", "x" * 65, "x\n", "a\0b", "\ud800", "' OR 1=1 --"]
MAKES_ITS_OWN = {"sessions.create"}
INSIDE = {"adding.add", "answers.so_far", "messages.siblings_of", "pieces.remove"}
INSIDE |= {"profiles.of_session", "tags.put", "provenance.copy_named", "provenance.keep"}
INSIDE |= {"files.attach", "messages.with_parts"}
INSIDE |= {"files.attach_rows", "results.carry_on", "results.count_anew"}
INSIDE |= {"search_files.named"}
INSIDE |= {"search_index.copied", "search_index.removed", "search_index.titled"}
"""For the store alone: those that call them have found the session to be theirs."""
COUNTS = {"counting.count_asides"}
"""Counts for whoever asked, also where the session is not theirs any more."""


def doors() -> dict[str, Callable[..., Any]]:
    """Every public function of the store that takes a transaction, a user and a session."""
    found = {}
    for module_info in pkgutil.iter_modules(store.__path__):
        module = importlib.import_module(f"store.{module_info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            parameters = set(inspect.signature(function).parameters)
            wanted = {"db", "key"} <= parameters or {"db", "user_id", "session_id"} <= parameters
            if wanted and function.__module__ == module.__name__ and not name.startswith("_"):
                found[f"{module_info.name}.{name}"] = function
    return found


NOT_DOORS = MAKES_ITS_OWN | INSIDE | COUNTS
DOORS = {name: door for name, door in doors().items() if name not in NOT_DOORS}


def call(db: Session, name: str, user_id: str, session_id: str, **more: Any) -> Any:
    parameters = inspect.signature(DOORS[name]).parameters.values()
    needed = {
        parameter.name: (ARGUMENTS | more)[parameter.name]
        for parameter in parameters
        if parameter.default is inspect.Parameter.empty
        and parameter.kind is not inspect.Parameter.VAR_KEYWORD
        and parameter.name not in {"db", "key", "user_id", "session_id"}
    }
    fields = FIELDS.get(name, {})
    if "key" in inspect.signature(DOORS[name]).parameters:
        return DOORS[name](db, SessionKey(user_id, session_id), **needed, **fields)
    return DOORS[name](db, user_id=user_id, session_id=session_id, **needed, **fields)


def all_are_turned_away(db: Session, name: str, *who: tuple[str, str]) -> bool:
    """Whether each of these users with these sessions is, and nothing has changed by it."""
    before = everything(db)
    for user_id, session_id in who:
        try:
            result = call(db, name, user_id, session_id)
        except NotFound:
            continue
        assert name in QUIET, (user_id, session_id)
        assert result == QUIET[name], (user_id, session_id)
    return everything(db) == before


def test_the_doors_are_found() -> None:
    known = {sessions.get, sessions.trash, messages.window, messages.delete, answers.ask}
    assert known <= set(DOORS.values())
    assert len(DOORS) >= 24
    assert {*FIELDS, *QUIET} <= set(DOORS)
    assert set(doors()) >= INSIDE | COUNTS


@pytest.mark.parametrize("name", sorted(DOORS))
def test_each_door_is_closed_to_others(db: Session, name: str) -> None:
    hers = make(db, title="secret").session_id
    trashed = make(db, title="secret")
    for place in (SessionKey(ANN, hers), trashed):
        exchange(db, place, "secret", "secret")
        answer = asked(db, place, "secret").answer
        due = Charge(place.session_id, place, answer.id, "guest", "::/64", False, utc_now())
        budgets.open_charge(db, due)
        shares.create(db, place, new=ARGUMENTS["new"], token_hash=place.session_id)
    sessions.trash(db, trashed)
    exchange(db, make(db, user_id=BOB))
    others = [(who, hers) for who in (BOB, "nobody", "ann' --", "%")]
    assert all_are_turned_away(db, name, (BOB, trashed.session_id), *others)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_each_door_knows_only_ids_that_are_there(db: Session, name: str) -> None:
    exchange(db, make(db))
    assert all_are_turned_away(db, name, *((ANN, session_id) for session_id in NO_IDS))


@pytest.mark.parametrize("name", sorted(DOORS))
def test_each_door_opens_for_its_owner(db: Session, name: str) -> None:
    place = make(db)
    chain(db, place, 4)
    more: dict[str, Any] = {}
    messages_deleted = name == "messages.restore"
    if messages_deleted:
        messages.delete(db, place, message_id=2)
    if name in ("sessions.restore", "unused.restore"):
        sessions.trash(db, place)
    if name == "clearing.restore":
        clearing.clear(db, place)
    if name == "waiting.decide":
        answer = asked(db, place).answer.id
        given = {name: ARGUMENTS[name] for name in ("so_far", "asks", "paused")}
        assert waiting.pause(db, place, message_id=answer, **given)
        more["message_id"] = answer
    if name.startswith("results."):
        more["result_id"] = add_result(db, place, 2).result_id
    if name == "results.save":
        more["new"] = NEW_RESULT
    if name == "shares.revoke":
        made = shares.create(db, place, new=ARGUMENTS["new"], token_hash="mine")
        more["share_id"] = made.share_id
    call(db, name, place.user_id, place.session_id, **more)


@pytest.mark.parametrize("left", [False, True])
def test_what_is_written_of_an_answer_is_closed_to_others(db: Session, left: bool) -> None:
    """Pieces come and go only with an answer that is found by the same key."""
    hers = make(db, title="secret")
    answer = asked(db, hers, "secret").answer
    endings.checkpoint(db, [Received(hers, answer.id, "secret")])
    exchange(db, make(db, user_id=BOB))
    if left:
        endings.interrupt(db, is_gone=lambda _: True)
    before = everything(db)
    assert len(before["answer_pieces"]) == (0 if left else 1)
    others = [SessionKey(name, hers.session_id) for name in (BOB, "nobody", "ann' --", "%")]
    for key in (*others, SessionKey(ANN, "missing")):
        for again in (False, True):
            theirs = Received(key, answer.id, "mine now", again=again)
            assert endings.checkpoint(db, [theirs]) == [theirs]
            assert not endings.take_back(db, theirs, owner=OWNER)
            assert everything(db) == before
        ending = Ending("complete", "mine now")
        assert not endings.finish(db, key, message_id=answer.id, ending=ending)
        assert everything(db) == before


def test_a_new_session_of_the_same_id_leaves_the_other_alone(db: Session) -> None:
    hers = make(db, session_id="same", title="secret")
    exchange(db, hers, "secret")
    before = everything(db)
    made, new = sessions.create(db, SessionKey(BOB, "same"), may=FREE)
    assert new
    assert (made.title, made.message_count) == ("", 0)
    exchange(db, SessionKey(BOB, "same"), "mine")
    messages.delete(db, SessionKey(BOB, "same"), message_id=1)
    assert all(row in everything(db)["sessions"] for row in before["sessions"])
    assert all(row in everything(db)["messages"] for row in before["messages"])


def test_a_message_of_another_session_is_not_there(db: Session) -> None:
    long, short = make(db), make(db)
    chain(db, long, 10)
    chain(db, short, 2)
    with pytest.raises(NotFound):
        messages.get(db, short, message_id=9)
    with pytest.raises(SessionNotFound):
        messages.get(db, SessionKey(BOB, long.session_id), message_id=9)
    assert messages.window(db, short, leaf_id=9) == []
