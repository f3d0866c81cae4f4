"""The search page, and the list's search in messages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from chat.ui.sessions import search as page_search
from store import folders, marks, search, sessions
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.store.samples import NOON, answered_again, end, exchange, make, make_folder


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def place(parts: Runtime) -> SessionKey:
    """A chat whose branch on screen has nothing of what is looked for."""
    with parts.database.transaction() as db:
        key = make(db, LOCAL_USER, title="About *phones*")
        exchange(db, key, "Hello", "A [zebra](http://a.invalid) :red[x] <b>", now=NOON)
        end(db, key, answered_again(db, key, message_id=2).id, "Another answer")
    return key


def look_for(chat: ScriptTab, text: str) -> None:
    chat.fill("Search in messages", text)


def test_a_hit_opens_its_message_in_its_branch(tab: OpenScriptTab, place: SessionKey) -> None:
    chat = tab(page="search")
    look_for(chat, "ZEBRA")
    assert "1 place found." in chat.text
    assert "About *phones*" in chat.text
    key = f"hit-{place.session_id}-2"
    label = chat.key(key).label
    assert label.startswith(":small[Answer · 2024-05-01 12:00] — A ")
    assert ":primary-background[**zebra**]" in label
    assert not [bad for bad in ("](http", ":red[", "<b>") if bad in label]
    chat.click(key)
    chat.run()
    assert chat.known.page == "chat"
    assert chat.messages[0].markdown[0].value == "Hello"
    assert chat.app.part("transcript")["spot"][0] == 2
    assert "zebra" in chat.text


def test_from_the_box_above_the_list(tab: OpenScriptTab, place: SessionKey) -> None:
    chat = tab()
    chat.search("zeb")
    [row] = chat.rows
    assert (row["group"], row["message"]) == ("In messages", 2)
    assert "zebra" in row["preview"]
    asked = {"turn": chat.known.turn + 1, "session": row["session_id"], "message": row["message"]}
    chat.asks_for("open", new=False, **asked)
    assert chat.app.part("transcript")["spot"][0] == 2
    chat.search("zebra")
    chat.click("search-messages")
    chat.run()
    assert chat.known.page == "search"
    assert chat.field("Search in messages").value == "zebra"
    assert chat.has(f"hit-{place.session_id}-2")
    chat.go("manage")
    chat.asks_for("search", query="hello")
    chat.run()
    assert chat.has(f"hit-{place.session_id}-1")


def test_titles_and_previews_come_first_in_the_list(
    tab: OpenScriptTab, parts: Runtime, place: SessionKey
) -> None:
    with parts.database.transaction() as db:
        exchange(db, make(db, LOCAL_USER, title="Zebra crossings"), "Hi", "A zebra")
        gone = make(db, LOCAL_USER, title="Gone")
        exchange(db, gone, "A zebra", "Yes")
        sessions.trash(db, gone)
    chat = tab()
    chat.search("zebra")
    assert chat.titles() == ["Zebra crossings", "About *phones*"]
    assert ["group" in row for row in chat.rows] == [False, True]
    chat.search("-zebra")
    assert chat.titles() == []
    chat.search("zeppelin")
    assert "messages" in chat.app.part("sessions")["nothing"]


def test_what_is_said_when_there_is_nothing(tab: OpenScriptTab, place: SessionKey) -> None:
    chat = tab(page="search")
    assert "a phrase" in chat.text
    look_for(chat, "zeppelin")
    assert "Nothing was found." in chat.text
    look_for(chat, "-zebra")
    assert "only what is not to be there" in chat.text
    look_for(chat, '"')
    assert "no word to look for" in chat.text
    chat.search("   ")
    assert not chat.has("search-messages")


def test_conditions(tab: OpenScriptTab, parts: Runtime, place: SessionKey) -> None:
    with parts.database.transaction() as db:
        marks.mark(db, place, message_id=1, bookmarked=True)
    chat = tab(page="search")
    look_for(chat, "zebra OR hello")
    assert len(chat.keys("hit-")) == 2
    chat.fill("Bookmarked", True)
    assert chat.keys("hit-") == [f"hit-{place.session_id}-1"]
    chat.fill("Bookmarked", False)
    chat.pick("What", "Answers")
    assert chat.keys("hit-") == [f"hit-{place.session_id}-2"]
    chat.fill("Model", "none")
    assert chat.keys("hit-") == []
    chat.fill("Model", "")
    chat.use(chat.app.date_input(key="search-since").set_value(NOON.date() + timedelta(days=1)))
    assert chat.keys("hit-") == []
    chat.use(chat.app.date_input(key="search-since").set_value(NOON.date()))
    chat.use(chat.app.date_input(key="search-until").set_value(NOON.date()))
    assert chat.keys("hit-") == [f"hit-{place.session_id}-2"]


def test_chat_folder_and_tag_and_which_filter_to_lift(
    tab: OpenScriptTab, parts: Runtime, place: SessionKey
) -> None:
    with parts.database.transaction() as db:
        work = make_folder(db, "Work", LOCAL_USER)
        other = make(db, LOCAL_USER, title="About *phones*", folder=work, tags=["a:red[b]"])
        exchange(db, other, "A zebra", "No.", now=NOON)
    hits = [f"hit-{key.session_id}-{at}" for key, at in ((other, 1), (place, 2))]
    chat = tab(page="search")
    look_for(chat, "zebra")
    assert sorted(chat.keys("hit-")) == sorted(hits)
    assert not chat.has("clear-search-filters")
    chat.click(f"only-in-{place.session_id}")
    assert chat.keys("hit-") == hits[1:]
    assert not chat.keys("only-in-")
    chat.pick("Tag", "a:red[b]")
    assert chat.keys("hit-") == []
    assert chat.called("clear-search-filters").startswith("Clear 2 filters: About *phones* (")
    assert chat.keys("lift-") == ["lift-search-chat", "lift-search-tag"]
    assert chat.called("lift-search-tag") == "Without the filter “a:red[b]”: 1"
    chat.click("lift-search-chat")
    assert chat.keys("hit-") == hits[:1]
    chat.go("manage")
    chat.go("search")
    assert chat.keys("hit-") == hits[:1]
    chat.click("clear-search-filters")
    assert len(chat.keys("hit-")) == 2
    chat.pick("Folder", "Work")
    assert chat.keys("hit-") == hits[:1]
    with parts.database.transaction() as db:
        folders.remove(db, user_id=LOCAL_USER, folder_id=work)
    chat.run()
    assert len(chat.keys("hit-")) == 2, "a filter of what is gone is none"


def test_more_than_are_counted(
    tab: OpenScriptTab, place: SessionKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CANDIDATES", 1)
    monkeypatch.setattr(page_search, "CANDIDATES", 1)
    chat = tab(page="search")
    look_for(chat, "zebra OR hello")
    assert "More than 1 places found." in chat.text


def test_more_of_them(tab: OpenScriptTab, parts: Runtime) -> None:
    with parts.database.transaction() as db:
        key = make(db, LOCAL_USER, title="Many")
        for number in range(25):
            exchange(db, key, f"zebra {number}", "No.")
    chat = tab(page="search")
    look_for(chat, "zebra")
    assert len(chat.keys("hit-")) == 20
    chat.click("search-more")
    assert len(chat.keys("hit-")) == 25
    assert not chat.has("search-more")
    look_for(chat, "zebra 1*")
    assert chat.known.found == 20
