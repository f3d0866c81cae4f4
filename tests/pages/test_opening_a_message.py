"""A message by its address, or opened by a page: its branch is shown, and the part that has it."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from store import messages, sessions
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.store.samples import add_user, answered_again, chain, end, exchange, make

ODD = ["0", "-1", "abc", "9" * 9, "9" * 400, "1' OR 1=1", "\u0661", "1.5", "\x00"]
NOT_HERE = "This message is not here"


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


def branches(parts: Runtime) -> SessionKey:
    """A chat whose first answer (2) and what followed it (3, 4) are on another branch."""
    with parts.database.transaction() as db:
        place = make(db, LOCAL_USER, title="Branches")
        exchange(db, place, "First question", "First answer")
        exchange(db, place, "Second question", "Hidden answer")
        end(db, place, answered_again(db, place, message_id=2).id, "Other answer")
    return place


def long(parts: Runtime, count: int = 200) -> str:
    with parts.database.transaction() as db:
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, count)
    return place.session_id


def marked(chat: ScriptTab) -> int | None:
    spot = chat.app.part("transcript")["spot"]
    return spot[0] if spot else None


def shown(chat: ScriptTab) -> list[str]:
    return [message.markdown[0].value for message in chat.messages]


def test_it_is_shown_in_its_branch(tab: OpenScriptTab, parts: Runtime) -> None:
    place = branches(parts)
    chat = tab(place.session_id)
    assert shown(chat) == ["First question", "Other answer"]
    chat = tab(place.session_id, message="4")
    assert shown(chat) == ["First question", "First answer", "Second question", "Hidden answer"]
    assert marked(chat) == 4
    assert sorted(chat.app.query_params) == ["session"]


def test_afterwards_people_go_where_they_like(tab: OpenScriptTab, parts: Runtime) -> None:
    place = branches(parts)
    chat = tab(place.session_id, message="4")
    before = chat.app.part("transcript")["spot"]
    chat.run()
    assert chat.app.part("transcript")["spot"] == before, "the browser marks it once"
    chat.press("Next version", chat.answers[0])
    assert shown(chat) == ["First question", "Other answer"]
    chat.reload()
    assert shown(chat) == ["First question", "Other answer"]
    assert marked(chat) is None


@pytest.mark.parametrize("message", ODD)
def test_an_unknown_one(tab: OpenScriptTab, parts: Runtime, message: str) -> None:
    place = branches(parts)
    chat = tab(place.session_id, message=message)
    assert shown(chat) == ["First question", "Other answer"]
    assert NOT_HERE in chat.errors
    assert marked(chat) is None
    assert sorted(chat.app.query_params) == ["session"]
    chat.new_chat()
    assert NOT_HERE not in chat.errors


def test_one_in_the_trash(tab: OpenScriptTab, parts: Runtime) -> None:
    place = branches(parts)
    with parts.database.transaction() as db:
        messages.delete(db, place, message_id=3)
    chat = tab(place.session_id, message="4")
    assert NOT_HERE in chat.errors
    assert shown(chat) == ["First question", "Other answer"]


def test_one_of_a_chat_that_is_gone(tab: OpenScriptTab, parts: Runtime) -> None:
    place = branches(parts)
    with parts.database.transaction() as db:
        sessions.trash(db, place)
    chat = tab(place.session_id, message="4")
    assert "This chat is not here" in chat.errors
    assert not chat.messages


def test_the_part_of_a_long_chat_that_has_it(tab: OpenScriptTab, parts: Runtime) -> None:
    chat = tab(long(parts), message="100")
    assert shown(chat) == [f"text {number}" for number in range(96, 116)]
    assert marked(chat) == 100
    chat.click("show-later")
    assert shown(chat)[-1] == "text 135"
    chat.asks_for("earlier", session=chat.session_id)
    assert (shown(chat)[0], len(shown(chat))) == ("text 76", 60)
    for _more in range(4):
        chat.click("show-later")
    assert shown(chat)[-1] == "text 200"
    assert not chat.has("show-later")


def test_near_the_end_nothing_is_left_out(tab: OpenScriptTab, parts: Runtime) -> None:
    chat = tab(long(parts), message="190")
    assert shown(chat) == [f"text {number}" for number in range(186, 201)]
    assert not chat.has("show-later")


def test_what_is_sent_there_is_seen(tab: OpenScriptTab, parts: Runtime) -> None:
    chat = tab(long(parts), message="20")
    assert chat.app.part("composer")["question"] == 199
    chat.send("Something new")
    chat.ended()
    assert shown(chat)[-2:] == ["Something new", "This is a scripted answer."]
    assert not chat.has("show-later")


def test_only_the_newest_has_all_actions(tab: OpenScriptTab, parts: Runtime) -> None:
    chat = tab(long(parts), message="20")
    assert not chat.keys("regenerate-")
    assert not chat.keys("edit-")


def test_nobody_elses(tab: OpenScriptTab, parts: Runtime) -> None:
    bob = add_user(parts.database, "bob", "Secret plans")
    with parts.database.reading() as db:
        [theirs] = sessions.recent(db, user_id=bob.id)
    chat = tab(theirs.session_id, message="1")
    assert "This chat is not here" in chat.errors
    assert "Secret" not in chat.text
