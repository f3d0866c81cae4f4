"""Chats that do not stay: temporary ones, those with an end, those that are cleared."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from store import cleanup, sessions
from store.session_values import ChatSession, NewSession
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.store.samples import seed

BANNER = "Temporary chat."
KEPT = "The temporary chat is gone"


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


def stored(parts: Runtime, session_id: str, *, trashed: bool = False) -> ChatSession:
    with parts.database.reading() as db:
        return sessions.get(db, SessionKey(LOCAL_USER, session_id), trashed=trashed)


def count(parts: Runtime) -> int:
    """How many there are, temporary ones too."""
    with parts.database.reading() as db:
        return cleanup.count_sessions(db)


def day_in(days: int) -> date:
    """By the clock of a viewer whose zone is not known."""
    return utc_now().date() + timedelta(days=days)


def temporary(tab: OpenScriptTab) -> ScriptTab:
    chat = tab()
    chat.fill("Temporary chat", True)
    chat.ask("A secret")
    return chat


def test_a_temporary_chat_is_marked_and_goes_when_it_is_left(
    tab: OpenScriptTab, parts: Runtime
) -> None:
    [other] = seed(parts.database, "Other")
    chat = temporary(tab)
    assert BANNER in chat.text
    assert chat.titles() == ["Other"]
    chat.go("settings")
    chat.go("chat")
    assert BANNER in chat.text
    chat.reload()
    assert BANNER in chat.text
    gone = chat.session_id
    chat.open(other)
    assert BANNER not in chat.text
    assert count(parts) == 1
    chat.open(gone)
    assert "This chat is not here" in chat.errors
    assert not chat.field("Temporary chat").value


def test_a_new_chat_ends_it_too_and_a_starter_begins_one(
    tab: OpenScriptTab, parts: Runtime
) -> None:
    chat = tab()
    chat.fill("Temporary chat", True)
    chat.fill("Suggestions", chat.options("Suggestions")[0])
    chat.ended()
    assert BANNER in chat.text
    chat.new_chat()
    assert count(parts) == 0


def test_it_is_kept_by_a_click(tab: OpenScriptTab, parts: Runtime) -> None:
    chat = temporary(tab)
    chat.click("keep-chat")
    assert BANNER not in chat.text
    assert "This chat is kept." in chat.text
    assert chat.titles() == ["A secret"]
    chat.new_chat()
    assert count(parts) == 1


def test_the_options_of_a_new_chat_have_it(tab: OpenScriptTab) -> None:
    chat = tab()
    chat.click("new-chat-options")
    chat.fill("Temporary chat", True)
    chat.press("Create session")
    assert BANNER in chat.text
    assert chat.titles() == []


def test_what_was_chosen_just_before_enter_counts(tab: OpenScriptTab, parts: Runtime) -> None:
    chat = tab()
    composer = chat.app.part("composer")
    chat.fill("Temporary chat", True)
    key = SessionKey(LOCAL_USER, composer["session"]["id"])
    parts.turns.send(key, "Quick", new=NewSession())
    chat.asks_for("sent", sent=1, session=key.session_id)
    assert stored(parts, key.session_id).temporary


def test_one_that_goes_while_it_is_open_is_said_to(tab: OpenScriptTab, parts: Runtime) -> None:
    chat = temporary(tab)
    parts.sessions.close(SessionKey(LOCAL_USER, chat.session_id))
    chat.run()
    assert KEPT in chat.errors


def test_the_end_of_a_chat_is_chosen_in_its_details(tab: OpenScriptTab, parts: Runtime) -> None:
    [only] = seed(parts.database, "Passing")
    chat = tab(only)
    chat.act_on(only, "Details")
    assert "never" in chat.asks
    chat.pick("Move to the trash", "in 7 days")
    chat.press("Apply")
    assert "The chat goes in 7 days." in chat.text
    ends = stored(parts, only).expires_at
    assert ends
    assert timedelta(days=6) < ends - utc_now() <= timedelta(days=7)
    assert chat.row(only)["expires_at"]
    chat.act_on(only, "Details")
    assert "in 7 days, into the trash" in chat.asks
    assert chat.button("Apply").disabled
    chat.pick("Move to the trash", "on a date")
    day = chat.app.date_input(key=f"day-{only}")
    chat.use(day.set_value(None))
    assert chat.button("Apply").disabled, "a day that is missing is not never"
    chat.use(chat.app.date_input(key=f"day-{only}").set_value(day_in(7)))
    chat.press("Apply")
    assert "The chat goes in 8 days." in chat.text
    chat.act_on(only, "Pin")
    chat.act_on(only, "Details")
    assert "never, while it is pinned" in chat.asks
    chat.pick("Move to the trash", "Never")
    chat.press("Apply")
    assert stored(parts, only).expires_at is None


def test_a_chat_that_expires_while_it_is_open_comes_back(
    tab: OpenScriptTab, parts: Runtime
) -> None:
    [only] = seed(parts.database, "Passing")
    chat, key = tab(only), SessionKey(LOCAL_USER, only)
    with parts.database.transaction() as db:
        sessions.change(db, key, expires_at=utc_now() - timedelta(minutes=1))
    parts.sessions.trash([key])
    chat.run()
    assert "The time of “Passing” is over: it is in the trash." in chat.errors
    chat.click("undo")
    assert chat.session_id == only
    assert stored(parts, only).expires_at is None


def test_clearing_and_taking_it_back(tab: OpenScriptTab, parts: Runtime) -> None:
    [only] = seed(parts.database, "Full")
    chat = tab(only)
    chat.act_on(only, "Clear")
    assert "“Full” is emptied" in chat.asks
    chat.press("Cancel")
    assert chat.messages
    chat.act_on(only, "Clear")
    chat.press("Clear")
    assert not chat.messages
    assert chat.titles() == ["Full"]
    chat.click("undo")
    assert len(chat.messages) == 2
    chat.act_on(only, "Clear")
    chat.press("Clear")
    chat.ask("Anew")
    chat.act_on(only, "Details")
    chat.click("restore-cleared")
    chat.reads("Answer to Full")
    chat.press("Next version", chat.questions[0])
    chat.reads("This is a scripted answer.")


def test_an_unused_chat_says_so_and_can_be_made_active(tab: OpenScriptTab, parts: Runtime) -> None:
    [only] = seed(parts.database, "Old")
    parts.sessions.change(SessionKey(LOCAL_USER, only), is_active=False)
    chat = tab(only)
    chat.act_on(only, "Details")
    assert chat.field("Active").value is False
    chat.fill("Active", True)
    chat.press("Apply")
    assert "The chat is active." in chat.text
    assert stored(parts, only).is_active


def test_the_bare_address_opens_the_last_chat_for_whoever_wants_that(
    tab: OpenScriptTab, parts: Runtime
) -> None:
    pinned, last = seed(parts.database, "Pinned", "Last")
    parts.sessions.change(SessionKey(LOCAL_USER, pinned), pinned=True)
    chat = tab()
    assert not chat.session_id
    chat.go("settings")
    assert chat.field("Open the last chat").value is False
    chat.fill("Open the last chat", True)
    assert "It opens with your last chat from now on." in chat.text
    chat.new_chat()
    assert not chat.session_id
    assert tab().session_id == last
    assert tab(pinned).session_id == pinned
    chat = tab()
    chat.new_chat()
    assert not chat.session_id
    chat.go("settings")
    assert chat.field("Open the last chat").value is True
    chat.fill("Open the last chat", False)
    assert not tab().session_id
