"""What the search page looks for is in its address, and comes back from there."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from chat.ui.internals import runs
from store import marks
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.store.samples import NOON, add_file, add_user, exchange, make

WORDS = "Search in messages"
ODD = {
    "session_id": ("", "unknown", "\x00", "' OR 1=1 --", "ÄÖ" * 500),
    "role": ("system", "assistant\x00"),
    "archived": ("true", "maybe"),
    "folder": ("unknown", "\x00", "x" * 5000),
    "tag": ("unknown", "\x00"),
    "persona": ("nobody", "\x00"),
    "since": ("yesterday", "2024-13-01", "9" * 400),
    "until": ("", "0000-00-00"),
    "bookmarked": ("false", "1"),
    "has_files": ("false", "1"),
    "sort": ("worst", "\x00"),
}


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def place(parts: Runtime) -> SessionKey:
    with parts.database.transaction() as db:
        key = make(db, LOCAL_USER, title="Garden", tags=["spring"])
        file = add_file(db, LOCAL_USER)
        exchange(db, key, "Any zebra & more?", "A zebra", now=NOON, file_ids=[file.file_id])
        marks.mark(db, key, message_id=1, bookmarked=True)
        exchange(db, make(db, LOCAL_USER, title="Other"), "A zebra", "No.")
    return key


def at(tab: OpenScriptTab, **address: str) -> ScriptTab:
    """As in a browser that is opened with the address of the page."""
    chat = tab()
    chat.known.followed = False
    chat.app.query_params.update(address)
    chat.go("search")
    return chat


def address(chat: ScriptTab) -> dict[str, str]:
    return {name: "".join(said) for name, said in chat.app.query_params.items()}


def test_a_reload_and_a_link_bring_all_of_it_back(tab: OpenScriptTab, place: SessionKey) -> None:
    chat = tab()
    chat.search('zebra "&"')
    chat.click("search-messages")
    chat.run()
    assert address(chat) == {"q": 'zebra "&"'}
    chat.fill(WORDS, "zebra")
    chat.fill("Order", "Newest first")
    chat.pick("Chat", "Garden")
    chat.pick("Tag", "spring")
    chat.pick("Folder", "In no folder")
    chat.fill("Model", " scripted ")
    chat.fill("Bookmarked", True)
    chat.fill("In chats with files", True)
    for key in ("search-since", "search-until"):
        chat.use(chat.app.date_input(key=key).set_value(NOON.date()))
    said = address(chat)
    days = {"since": "2024-05-01", "until": "2024-05-01"}
    assert said == {"q": "zebra", "sort": "newest", "session_id": place.session_id} | days | {
        "tag": "spring",
        "folder": "",
        "model": "scripted",
        "bookmarked": "true",
        "has_files": "true",
    }
    again = at(tab, **said)
    assert address(again) == said
    assert again.called("clear-search-filters") == chat.called("clear-search-filters")
    again.fill("Model", "")
    assert again.keys("hit-") == [f"hit-{place.session_id}-1"]
    again.fill(WORDS, "best")
    again.click("clear-search-filters")
    assert address(again) == {"q": "best", "sort": "newest"}


def test_back_and_forward(
    tab: OpenScriptTab, place: SessionKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = at(tab, q="absent", role="user")
    assert "Nothing was found." in chat.text
    chat.fill(WORDS, "zebra")
    assert address(chat) == {"q": "zebra", "role": "user"}
    monkeypatch.setattr(runs, "back_or_forward", lambda: True)
    chat.app.query_params.clear()
    chat.app.query_params.update({"q": "more", "sort": "newest"})
    chat.run()
    assert (chat.field(WORDS).value, chat.field("Order").value) == ("more", "Newest first")
    assert chat.keys("hit-") == [f"hit-{place.session_id}-1"]
    chat.app.query_params.clear()
    chat.app.query_params.update({"session": place.session_id})  # on the way from a hit to its chat
    chat.run()
    assert address(chat) == {"q": "more", "sort": "newest"}
    chat.app.query_params.clear()
    chat.run()
    assert "Words in any order" in chat.text
    chat.asks_for("open", turn=chat.known.turn + 1, session=place.session_id, new=False)
    chat.app.query_params.clear()
    chat.app.query_params.update({"q": "zebra", "tag": "spring"})  # from a chat to the search
    chat.go("chat")
    assert address(chat) == {"session": place.session_id}
    assert len(chat.messages) == 2


@pytest.mark.parametrize("name", ODD)
def test_what_an_address_cannot_mean_is_not_said(
    tab: OpenScriptTab, place: SessionKey, name: str
) -> None:
    for odd in ODD[name]:
        chat = at(tab, q="zebra", other="x", **{name: odd})
        assert len(chat.keys("hit-")) == 3, odd
        assert address(chat) == {"q": "zebra"}


def test_long_and_broken_words(tab: OpenScriptTab, place: SessionKey) -> None:
    chat = at(tab, q="zebra " * 5000, since="0001-01-01", until="9999-12-31", model="x\x00" * 500)
    assert len(chat.field(WORDS).value) == 500
    assert len(chat.field("Model").value) == 200
    chat = at(tab, q="zebra \x00")
    assert "\x00" not in chat.field(WORDS).value


def test_a_link_of_somebody_else_leads_to_ones_own(
    tab: OpenScriptTab, parts: Runtime, place: SessionKey
) -> None:
    bob = add_user(parts.database, "bob")
    with parts.database.transaction() as db:
        theirs = make(db, bob.id, title="Theirs", tags=["secret"])
        exchange(db, theirs, "A zebra", "No.")
    chat = at(tab, q="zebra", session_id=theirs.session_id, tag="secret")
    assert address(chat) == {"q": "zebra"}
    assert len(chat.keys("hit-")) == 3
    assert "Theirs" not in chat.text
